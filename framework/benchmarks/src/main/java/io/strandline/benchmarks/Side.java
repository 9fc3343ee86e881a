package io.strandline.benchmarks;

import java.util.List;

/**
 * One side of a comparison. It has a public constructor without parameters and runs in a fresh JVM every round, so that
 * no round profits from what another one compiled, cached or left on the heap. The JVM ends with the job: a side need not
 * stop the threads that it started, but does stop its server.
 */
public interface Side {

    /**
     * Does the job and returns when it is done. Called once, on the main thread.
     *
     * @return the measurements. Empty for a side that only prepares data
     * @throws Exception to fail the whole run
     */
    List<Measurement> run(Job job) throws Exception;
}
