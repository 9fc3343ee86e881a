package io.strandline.processing.process;

import io.vertx.core.Vertx;

/**
 * Where a process takes its time from: that of the machine, or that of a test ({@code VirtualClock} of the test kit). Called on the
 * context of the process.
 */
public interface ProcessClock {

    /** Milliseconds since 1970. May jump in both directions: a timer fires once all the same. */
    long millis();

    /**
     * Runs a task once, when a time has passed, on any thread.
     *
     * @param delayMillis 1 or more
     * @return takes the task back, if it did not run yet
     */
    Runnable schedule(long delayMillis, Runnable task);

    /** The time of the machine. */
    static ProcessClock system(Vertx vertx) {
        return new ProcessClock() {
            @Override
            public long millis() {
                return System.currentTimeMillis();
            }

            @Override
            public Runnable schedule(long delayMillis, Runnable task) {
                long timer = vertx.setTimer(delayMillis, due -> task.run());
                return () -> vertx.cancelTimer(timer);
            }
        };
    }
}
