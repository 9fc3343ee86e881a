package io.strandline.benchmarks;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The part of a {@link Load} that counts: after the warm-up, for the measured time. */
public final class Window {

    private static final Duration LOOK = Duration.ofMillis(10);
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MICRO = 1e3;

    private Window() {}

    /**
     * Measures a running load: returns after warm-up and window, and leaves the load running. The warm-up begins with the first
     * event, however long a peer takes to start.
     */
    public static Measurement measure(Job job, Load load, CpuTime cpu) throws InterruptedException, ExecutionException {
        while (load.completed() == 0) {
            pass(load, LOOK);
        }
        pass(load, job.warmUp());
        load.latencies().open();
        long startEvents = load.completed();
        long startCpu = cpu.nanos();
        long start = System.nanoTime();
        pass(load, job.measured());
        long nanos = System.nanoTime() - start;
        long cpuNanos = cpu.nanos() - startCpu;
        long events = load.completed() - startEvents;
        load.latencies().close();
        return measurement(events, nanos, cpuNanos, load.latencies());
    }

    static Measurement measurement(long events, long nanos, long cpuNanos, Latencies latencies) {
        return new Measurement(
                events * NANOS_PER_SECOND / nanos,
                events == 0 ? Double.NaN : cpuNanos / NANOS_PER_MICRO / events,
                latencies.millisAt(0.5),
                latencies.millisAt(0.99));
    }

    private static void pass(Load load, Duration time) throws InterruptedException, ExecutionException {
        try {
            load.failure().get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException expected) {
            return;
        }
        throw new IllegalStateException("The load ended by itself");
    }
}
