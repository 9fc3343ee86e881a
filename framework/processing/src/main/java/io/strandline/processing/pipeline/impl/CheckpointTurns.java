package io.strandline.processing.pipeline.impl;

import io.strandline.processing.pipeline.Checkpoint;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has one checkpoint taken after the other. All who ask while one is being taken get the next.
 *
 * <p>Belongs to the context of the run.
 */
final class CheckpointTurns {

    private final Ticker.TimeSource time;
    private final Supplier<Future<Checkpoint>> again;
    private final Consumer<@Nullable Throwable> done;
    private @Nullable Future<Checkpoint> running;
    /** The checkpoint after the running one. Holds all who asked since that began. */
    private @Nullable Promise<Checkpoint> next;

    /** When the last checkpoint was durable or found to be true, or the run began. */
    private long takenNanos;

    /**
     * Takes none yet.
     *
     * @param again asks for the next one, if the run still takes any
     * @param done is told why a checkpoint failed, or null
     */
    CheckpointTurns(Ticker.TimeSource time, Supplier<Future<Checkpoint>> again, Consumer<@Nullable Throwable> done) {
        this.time = time;
        this.again = again;
        this.done = done;
        this.takenNanos = time.nanos();
    }

    /** Takes a checkpoint of everything processed by now. If one is being taken, another one follows it. */
    Future<Checkpoint> take(CheckpointTaker taker) {
        if (running != null) {
            Promise<Checkpoint> waiting = next == null ? Promise.promise() : next;
            next = waiting;
            return waiting.future();
        }
        Future<Checkpoint> taken = taker.take();
        running = taken;
        return taken.onComplete((checkpoint, cause) -> {
            running = null;
            if (cause == null) {
                takenNanos = time.nanos();
            }
            done.accept(cause);
            askAgain();
        });
    }

    private void askAgain() {
        Promise<Checkpoint> waiting = next;
        next = null;
        if (waiting != null) {
            again.get().onComplete(waiting);
        }
    }

    /** Milliseconds since the last one. */
    long ageMillis() {
        return (time.nanos() - takenNanos) / 1_000_000;
    }
}
