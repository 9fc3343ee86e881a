package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.vertx.core.Future;

/**
 * A deployed pipeline. Callable from any thread. Futures complete on the caller's context.
 *
 * <p>A pipeline that cannot go on (a step throws, an output is refused, a newer run of the same name fences it, a
 * checkpoint cannot be written) stops by itself without a final checkpoint. A restart makes up for that. After such a
 * stop every future here fails with its cause.
 */
public interface RunningPipeline {

    /** Most callers that may wait for offsets of one task, or for the tasks of one run to begin. */
    int MAX_WAITING = 1_000;

    /**
     * For each partition of the source the offset after the last event that was processed. A sealed partition is named at
     * its end until all its successors have begun. So the cut always covers every key, and a reader that starts from it
     * reads the events that the pipeline has still to process.
     */
    Future<StreamCut> position();

    /**
     * Number of events in the source that are not yet processed, those of sealed partitions and of the ones that took over
     * included.
     */
    Future<Long> lag();

    /**
     * Takes a checkpoint of everything that is processed by now. If nothing was processed since the last one, completes
     * with that.
     *
     * <p>When the future completes, state and outputs up to the checkpoint's cut are durable.
     */
    Future<Checkpoint> checkpoint();

    /**
     * Waits until all source events before a cut are processed and a checkpoint holds them: then they and their outputs
     * are durable, and no restart will process them again. The cut may name sealed partitions and, if the pipeline has not come
     * to them yet, those that took over; the checkpoint's own cut names the partitions where the pipeline is then.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if the cut is one of another stream, names a partition that the source
     * does not have, or is past the end of a sealed one, and with {@link StrandlineException.Overloaded} if
     * {@value #MAX_WAITING} callers wait already.
     */
    Future<Checkpoint> awaitPosition(StreamCut cut);

    /** As {@link #awaitPosition}, for the end that the source has now. */
    Future<Checkpoint> awaitEnd();

    /** The pipeline's checkpoints until now. */
    CheckpointStatistics statistics();

    /**
     * Number of events that came too late for their windows since this run began. An event that a restart processes again is
     * counted again.
     */
    long lateEvents();

    /** Completes when the pipeline was closed, and fails with the cause when it stopped by itself. */
    Future<Void> ended();

    /**
     * Stops cleanly: takes no more events, and completes when a final checkpoint is durable and everything is released.
     * Calling it again has no further effect. It never throws. A pipeline that runs when Vert.x is closed is closed in
     * the same way, before its log.
     */
    Future<Void> close();
}
