package io.strandline.benchmarks.log.life;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.BufferSource;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes at full speed, to few partitions and then to many, and waits until compaction is done. Some keys have few events,
 * spread over all of the first part. Measures the first and the last tenth of the first part, the second part, and the wait.
 */
public final class StrandlineMonths implements Side {

    static final int FEW_PARTITIONS = 16;
    static final int MANY_PARTITIONS = 4096;
    static final String MANY = "benchmark/many";

    /** Keys of few events, and how many of each. */
    static final int RARE_KEYS = 20;

    static final int RARE_EVENTS = 500;

    private static final int MANY_PART = 5;
    private static final int TENTHS = 10;
    private static final int APPENDS_PER_TURN = 4 * 1024;
    private static final long QUIET_MILLIS = 5_000;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MILLI = 1e6;

    static String rareKey(int number) {
        return "rare-" + number;
    }

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.openWithStream(vertx, job, new LogOptions()));
        Awaited.await(log.catalog().createStream(MANY, new StreamOptions().setPartitions(MANY_PARTITIONS)));
        long[] few = Awaited.await(write(vertx, log, MeasuredLog.STREAM, job.events()));
        long[] many = Awaited.await(write(vertx, log, MANY, job.events() / MANY_PART));
        long start = System.nanoTime();
        long quiet = awaitQuiet(job.directory());
        Awaited.await(log.close());
        Awaited.await(vertx.close());
        return List.of(
                rate(job.events() / TENTHS, few[1] - few[0]),
                rate(job.events() / TENTHS, few[TENTHS] - few[TENTHS - 1]),
                rate(job.events() / MANY_PART, many[TENTHS] - many[0]),
                Measurement.ofDuration((quiet - start) / NANOS_PER_MILLI));
    }

    private static Measurement rate(long events, long nanos) {
        return new Measurement(events * NANOS_PER_SECOND / nanos, Double.NaN, Double.NaN, Double.NaN);
    }

    /** Returns when every tenth ended, from the beginning on. */
    private static Future<long[]> write(Vertx vertx, Strandline log, String stream, long events) {
        Writing writing = new Writing(log, stream, events);
        return vertx.deployVerticle(writing).compose(id -> writing.end.future().compose(ends -> vertx.undeploy(id)
                .map(ends)));
    }

    /** Waits until no chunk was added or removed for a while. Returns the time of the last change. */
    private static long awaitQuiet(Path directory) throws InterruptedException {
        Set<Path> seen = chunks(directory);
        long since = System.nanoTime();
        while (System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(QUIET_MILLIS)) {
            Thread.sleep(100);
            Set<Path> now = chunks(directory);
            if (!now.equals(seen)) {
                seen = now;
                since = System.nanoTime();
            }
        }
        return since;
    }

    private static Set<Path> chunks(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".chunk")).collect(Collectors.toSet());
        } catch (UncheckedIOException | IOException vanished) {
            return Set.of(); // a file went while the directory was walked: the next look is soon
        }
    }

    private static final class Writing extends VerticleBase {

        private final Strandline log;
        private final String stream;
        private final long events;
        private final long rareEvery;
        private final BufferSource source = new BufferSource();
        private final long[] ends = new long[TENTHS + 1];
        private final Promise<long[]> end = Promise.promise();
        private long sent;
        private long acknowledged;
        private int tenths;

        Writing(Strandline log, String stream, long events) {
            this.log = log;
            this.stream = stream;
            this.events = events;
            this.rareEvery = Math.max(1, events / ((long) RARE_KEYS * RARE_EVENTS));
        }

        @Override
        public Future<?> start() {
            return log.createWriter(
                            stream,
                            EventCodec.raw(),
                            new WriterOptions().setWriteQueueBytes(MeasuredLog.BULK_QUEUE_BYTES))
                    .onSuccess(writer -> {
                        ends[0] = System.nanoTime();
                        writer.exceptionHandler(end::tryFail);
                        writer.drainHandler(drained -> fill(writer));
                        fill(writer);
                    });
        }

        private void fill(EventWriter<Buffer> writer) {
            for (int appends = 0; appends < APPENDS_PER_TURN; appends++) {
                if (sent == events || writer.writeQueueFull()) {
                    return;
                }
                writer.append(nextKey(), source.payload(sent)).onComplete((appended, failure) -> acknowledge(failure));
                sent++;
            }
            context.runOnContext(nextTurn -> fill(writer));
        }

        private String nextKey() {
            return sent % rareEvery == 0 ? rareKey((int) (sent / rareEvery % RARE_KEYS)) : source.nextKey();
        }

        private void acknowledge(Throwable failure) {
            if (failure != null) {
                end.tryFail(failure);
                return;
            }
            acknowledged++;
            if (acknowledged == (tenths + 1) * events / TENTHS) {
                tenths++;
                ends[tenths] = System.nanoTime();
                System.err.printf(
                        "%s: %,d events, %,.0f a second%n",
                        stream, acknowledged, NANOS_PER_SECOND * events / TENTHS / (ends[tenths] - ends[tenths - 1]));
                if (tenths == TENTHS) {
                    end.tryComplete(ends);
                }
            }
        }
    }
}
