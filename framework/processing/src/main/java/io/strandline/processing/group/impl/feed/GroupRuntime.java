package io.strandline.processing.group.impl.feed;

import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.SplittableRandom;

/** Time and turns of one reader, handed in so that a test can order them. */
public interface GroupRuntime {

    /** Monotonic time. */
    long nanoTime();

    /** A random number, 0 or more. */
    long salt();

    /** Runs a task on the reader's context after a pause. */
    long timer(long millis, Runnable task);

    /** Cancels a timer. Does nothing if it has run. */
    void cancel(long timer);

    /** Runs a task on the reader's context: at once if this is it. */
    void run(Runnable task);

    /** Runs a task on a later turn of the reader's context. Callable from any thread. */
    void later(Runnable task);

    /** The runtime of a reader on a Vert.x context. */
    static GroupRuntime of(Vertx vertx, ContextInternal context) {
        SplittableRandom random = new SplittableRandom();
        return new GroupRuntime() {
            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public long salt() {
                return random.nextLong(Long.MAX_VALUE);
            }

            @Override
            public long timer(long millis, Runnable task) {
                // Of the context: a timer of Vert.x ends with the verticle, and a reader that is leaving still needs
                // it.
                return context.setTimer(Math.max(1, millis), fired -> run(task));
            }

            @Override
            public void cancel(long timer) {
                vertx.cancelTimer(timer);
            }

            @Override
            public void run(Runnable task) {
                if (context.inThread()) {
                    task.run();
                } else {
                    later(task);
                }
            }

            @Override
            public void later(Runnable task) {
                context.runOnContext(turn -> task.run());
            }
        };
    }
}
