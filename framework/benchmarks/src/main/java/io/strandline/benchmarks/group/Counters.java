package io.strandline.benchmarks.group;

import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what several readers handle, and measures passes through a stream at full speed: between a fifth and nine tenths of
 * the events. How readers open, how a group is set back, and the last partition's end are in no figure.
 */
final class Counters {

    /** Readers of each side. */
    static final int READERS = 4;

    /** Numbers between those of two readers, so that they share no cache line. */
    private static final int PADDING = 16;

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MICRO = 1e3;

    /** One per reader, written by its event loop alone. */
    private final List<AtomicLong> handled = new ArrayList<>();

    private final long[] seen = new long[READERS * PADDING];
    private final CpuTime cpu = CpuTime.ofThisProcess();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();

    Counters() {
        for (int i = 0; i < READERS; i++) {
            handled.add(new AtomicLong());
        }
    }

    /** Looks at an event of a reader, so that it has to be made, and counts it. */
    void handle(int reader, Buffer event) {
        seen[reader * PADDING] ^= event.getLong(0);
        AtomicLong counter = handled.get(reader);
        counter.lazySet(counter.getPlain() + 1);
    }

    void fail(Throwable cause) {
        failure.completeExceptionally(cause);
    }

    private long total() {
        long total = 0;
        for (AtomicLong counter : handled) {
            total += counter.get();
        }
        return total;
    }

    /** Makes passes until the warm-up is over, and measures those that follow. */
    Measurement measure(Job job, Pass pass) throws Exception {
        long warm = System.nanoTime() + job.warmUp().toNanos();
        while (System.nanoTime() < warm) {
            pass(job, pass);
        }
        long end = System.nanoTime() + job.measured().toNanos();
        Steady steady = new Steady(0, 0, 0);
        while (System.nanoTime() < end) {
            steady = steady.plus(pass(job, pass));
        }
        return steady.measurement();
    }

    private Steady pass(Job job, Pass pass) throws Exception {
        long before = total();
        pass.begin();
        Steady start = at(before + job.events() / 5);
        Steady end = at(before + job.events() / 10 * 9);
        at(before + job.events());
        pause();
        if (total() - before != job.events()) {
            throw new IllegalStateException(
                    "a pass handled " + (total() - before) + " events, written were " + job.events());
        }
        return end.minus(start);
    }

    /** Waits until so many events were handled. */
    private Steady at(long events) throws Exception {
        while (total() < events) {
            pause();
        }
        return new Steady(total(), System.nanoTime(), cpu.nanos());
    }

    /** What was handled, in which time, and with how much work. */
    private record Steady(long events, long nanos, long cpuNanos) {

        Steady plus(Steady other) {
            return new Steady(events + other.events, nanos + other.nanos, cpuNanos + other.cpuNanos);
        }

        Steady minus(Steady other) {
            return new Steady(events - other.events, nanos - other.nanos, cpuNanos - other.cpuNanos);
        }

        Measurement measurement() {
            return new Measurement(
                    events * NANOS_PER_SECOND / nanos, cpuNanos / NANOS_PER_MICRO / events, Double.NaN, Double.NaN);
        }
    }

    private void pause() throws InterruptedException, ExecutionException {
        try {
            failure.get(1, TimeUnit.MILLISECONDS);
        } catch (TimeoutException stillRunning) {
            return;
        }
    }

    /** What sets the readers going. */
    interface Pass {

        void begin() throws Exception;
    }
}
