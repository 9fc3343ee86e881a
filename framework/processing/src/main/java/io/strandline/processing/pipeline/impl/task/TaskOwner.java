package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.processing.pipeline.impl.checkpoint.StepDecision;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import io.vertx.core.Future;
import java.util.NavigableMap;

/** Receives the signals of a task. Called on the task's context. */
public interface TaskOwner {

    /** As many events as the options name were processed since the last cut, or the partition has ended. */
    void checkpointDue();

    /** So many events more came too late for their windows. */
    void eventsWereLate(long count);

    /** The task has stopped in front of its next event. */
    void taskFailed(Throwable cause);

    /** Step → tick, for what a task that begins at a step has to take again. Called on the context of the run. */
    NavigableMap<Long, TickAt> ticks(long partition, long fromStep);

    /** A step has failed as often as it may, and the pipeline is to pause. The task waits already. */
    void stepFailed(Place place, Throwable cause);

    /** Completes on the caller's context when a decision is durable. */
    Future<Void> decide(StepDecision decision);
}
