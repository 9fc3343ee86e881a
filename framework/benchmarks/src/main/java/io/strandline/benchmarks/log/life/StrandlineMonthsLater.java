package io.strandline.benchmarks.log.life;

import io.strandline.EventCodec;
import io.strandline.HistoryOptions;
import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * Opens what {@link StrandlineMonths} wrote, in a JVM that has done nothing before. Measures the opening, the reads of the
 * keys with few events, and, in the place of a time, the MiB of heap that the log holds on to before and after these reads.
 */
public final class StrandlineMonthsLater implements Side {

    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MEBIBYTE = 1 << 20;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        long before = heap();
        long start = System.nanoTime();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        double openMillis = (System.nanoTime() - start) / NANOS_PER_MILLI;
        long opened = heap() - before;
        Latencies latencies = new Latencies();
        latencies.open();
        for (int i = 0; i < StrandlineMonths.RARE_KEYS; i++) {
            long from = System.nanoTime();
            long events = Awaited.await(count(log, StrandlineMonths.rareKey(i)));
            latencies.record(System.nanoTime() - from);
            if (events != StrandlineMonths.RARE_EVENTS) {
                throw new IllegalStateException(StrandlineMonths.rareKey(i) + " has " + events + " events, not "
                        + StrandlineMonths.RARE_EVENTS);
            }
        }
        Measurement history =
                new Measurement(Double.NaN, Double.NaN, latencies.millisAt(0.5), latencies.millisAt(0.99));
        System.err.printf("heap of the log after the reads: %.1f MiB%n", (heap() - before) / MEBIBYTE);
        Awaited.await(log.close());
        return List.of(Measurement.ofDuration(openMillis), history, Measurement.ofDuration(opened / MEBIBYTE));
    }

    private static long heap() {
        Runtime runtime = Runtime.getRuntime();
        System.gc();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static Future<Long> count(Strandline log, String key) {
        Promise<Long> end = Promise.promise();
        long[] events = new long[1];
        log.history(MeasuredLog.STREAM, key, EventCodec.raw(), new HistoryOptions())
                .onFailure(end::tryFail)
                .onSuccess(reader -> reader.exceptionHandler(end::tryFail)
                        .endHandler(ended -> end.tryComplete(events[0]))
                        .handler(event -> events[0]++));
        return end.future();
    }
}
