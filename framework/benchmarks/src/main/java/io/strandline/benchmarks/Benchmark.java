package io.strandline.benchmarks;

import java.io.IOException;
import java.util.List;

/** A named comparison of sides, with the bars that it has to reach. */
public interface Benchmark {

    /** Names the benchmark on the command line and in its last line. */
    String name();

    /** Says in one sentence what is measured and how durable each side is. Printed with the figures. */
    String subject();

    /** Measures the planned rounds. */
    Rounds run(Workbench workbench) throws IOException, InterruptedException;

    /** Judges the medians of the rounds. The last bar is the final one of the benchmark. */
    List<Bar> bars(Rounds rounds);
}
