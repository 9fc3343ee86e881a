package io.strandline.benchmarks.log;

import io.strandline.Appended;
import io.strandline.Compression;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.WriterOptions;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** Appends a number of {@link FlightEvents} as fast as one writer takes them. The first fifth warms up. */
final class FlightLoad extends VerticleBase {

    private static final int WARM_UP_PART = 5;
    private static final int APPENDS_PER_TURN = 1024;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MICRO = 1e3;

    private final Job job;
    private final LogOptions options;
    private final long limit;
    private final Compression compression;
    private final FlightEvents events;
    private final CpuTime cpu = CpuTime.ofThisProcess();
    private final Promise<Measurement> end = Promise.promise();
    private @Nullable Strandline log;
    private long sent;
    private long acknowledged;
    private long startNanos;
    private long startCpu;

    FlightLoad(Job job, LogOptions options, long limit, Compression compression, FlightEvents events) {
        this.job = job;
        this.options = options;
        this.limit = limit;
        this.compression = compression;
        this.events = events;
    }

    @Override
    public Future<?> start() {
        return MeasuredLog.openWithStream(vertx, job, options)
                .onSuccess(opened -> log = opened)
                .compose(opened -> opened.createWriter(
                        MeasuredLog.STREAM, EventCodec.raw(), new WriterOptions().setCompression(compression)))
                .onSuccess(writer -> {
                    writer.exceptionHandler(end::tryFail);
                    writer.drainHandler(drained -> fill(writer));
                    fill(writer);
                });
    }

    @Override
    public Future<?> stop() {
        return log == null ? Future.succeededFuture() : log.close();
    }

    /** Completes with the last acknowledgement. */
    Future<Measurement> end() {
        return end.future();
    }

    private void fill(EventWriter<Buffer> writer) {
        for (int appends = 0; appends < APPENDS_PER_TURN; appends++) {
            if (sent == limit || writer.writeQueueFull()) {
                return;
            }
            writer.append(events.key(sent), events.payload(sent)).onComplete(this::acknowledge);
            sent++;
        }
        context.runOnContext(nextTurn -> fill(writer));
    }

    private void acknowledge(@Nullable Appended appended, @Nullable Throwable cause) {
        if (cause != null) {
            end.tryFail(cause);
            return;
        }
        acknowledged++;
        if (acknowledged == limit / WARM_UP_PART) {
            startNanos = System.nanoTime();
            startCpu = cpu.nanos();
        } else if (acknowledged == limit) {
            long measured = acknowledged - acknowledged / WARM_UP_PART;
            end.complete(new Measurement(
                    measured * NANOS_PER_SECOND / (System.nanoTime() - startNanos),
                    (cpu.nanos() - startCpu) / NANOS_PER_MICRO / measured,
                    Double.NaN,
                    Double.NaN));
        }
    }
}
