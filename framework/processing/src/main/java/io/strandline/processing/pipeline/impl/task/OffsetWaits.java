package io.strandline.processing.pipeline.impl.task;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Callers who wait until a task has come to an offset of its partition. Owned by the task's context. */
public final class OffsetWaits {

    private final PriorityQueue<Waiting> waiting = new PriorityQueue<>(Comparator.comparingLong(Waiting::offset));

    /** Least offset that somebody waits for. */
    private long least = Long.MAX_VALUE;

    /** Someone who waits for an offset. */
    private record Waiting(long offset, Promise<Void> reached) {}

    /**
     * Waits for an offset that the task has not come to.
     *
     * @param place what is waited for, for messages
     */
    Future<Void> add(long offset, Object place) {
        if (waiting.size() >= RunningPipeline.MAX_WAITING) {
            return Future.failedFuture(overloaded(place));
        }
        Promise<Void> reached = Promise.promise();
        waiting.add(new Waiting(offset, reached));
        least = Math.min(least, offset);
        return reached.future();
    }

    public static StrandlineException.Overloaded overloaded(Object place) {
        return new StrandlineException.Overloaded(RunningPipeline.MAX_WAITING + " callers wait already for " + place
                + ", the limit is " + RunningPipeline.MAX_WAITING);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** The task has come to this offset. */
    void reached(long offset) {
        if (offset >= least) {
            answer(offset);
        }
    }

    private void answer(long offset) {
        for (Waiting first = waiting.peek(); first != null && first.offset() <= offset; first = waiting.peek()) {
            waiting.remove();
            first.reached().complete();
        }
        Waiting next = waiting.peek();
        least = next == null ? Long.MAX_VALUE : next.offset();
    }

    /** The task comes to none of these offsets any more. */
    void fail(Throwable cause) {
        waiting.forEach(caller -> caller.reached().fail(cause));
        waiting.clear();
        least = Long.MAX_VALUE;
    }
}
