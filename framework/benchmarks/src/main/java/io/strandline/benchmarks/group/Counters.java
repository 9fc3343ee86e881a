package io.strandline.benchmarks.group;

import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what several readers handle, and measures passes through a stream: from the first event of a pass to the last. What
 * lies between two passes, opening readers or resetting a group, is in no figure.
 */
final class Counters {

    /** Readers of each side. */
    static final int READERS = 4;

    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MICRO = 1e3;

    /** One per reader, written by its event loop alone. */
    private final List<AtomicLong> handled = new ArrayList<>();

    private final CompletableFuture<Void> failure = new CompletableFuture<>();

    Counters() {
        for (int i = 0; i < READERS; i++) {
            handled.add(new AtomicLong());
        }
    }

    AtomicLong of(int reader) {
        return handled.get(reader);
    }

    /** One more event of a reader. */
    static void count(AtomicLong counter) {
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
        CpuTime cpu = CpuTime.ofThisProcess();
        long startCpu = cpu.nanos();
        long nanos = 0;
        long events = 0;
        while (nanos < job.measured().toNanos()) {
            nanos += pass(job, pass);
            events += job.events();
        }
        double micros = (cpu.nanos() - startCpu) / NANOS_PER_MICRO;
        return new Measurement(events * NANOS_PER_SECOND / nanos, micros / events, Double.NaN, Double.NaN);
    }

    private long pass(Job job, Pass pass) throws Exception {
        long before = total();
        pass.begin();
        while (total() == before) {
            pause();
        }
        long start = System.nanoTime();
        while (total() - before < job.events()) {
            pause();
        }
        long nanos = System.nanoTime() - start;
        pause();
        if (total() - before != job.events()) {
            throw new IllegalStateException(
                    "a pass handled " + (total() - before) + " events, written were " + job.events());
        }
        return nanos;
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
