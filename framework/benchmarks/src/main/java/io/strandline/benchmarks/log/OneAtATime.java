package io.strandline.benchmarks.log;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Measurement;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A verticle that appends an event when the one before it is acknowledged. */
public final class OneAtATime extends VerticleBase {

    private final Function<Vertx, Future<Strandline>> opening;
    private final BufferSource source = new BufferSource();
    private @Nullable EventWriter<Buffer> writer;

    public OneAtATime(Job job) {
        this.opening = vertx -> MeasuredLog.openWithStream(vertx, job, new LogOptions());
    }

    /** Appends to the log of a server. */
    OneAtATime(Job job, String address) {
        this.opening = vertx -> MeasuredLog.openWithStream(vertx, job, address);
    }

    @Override
    public Future<?> start() {
        return opening.apply(vertx).compose(MeasuredLog::writer).onSuccess(created -> writer = created);
    }

    /** Appends for a while. Called from any thread. Completes with the number of events. */
    public Future<Long> run(Duration time, Latencies latencies) {
        Promise<Long> done = Promise.promise();
        context.runOnContext(
                started -> append(requireWriter(), 0, System.nanoTime() + time.toNanos(), latencies, done));
        return done.future();
    }

    /** What a run of a side that appends one at a time has measured, without its CPU. */
    public static Measurement measurement(long events, Job job, Latencies latencies) {
        return new Measurement(
                events * 1e9 / job.measured().toNanos(), Double.NaN, latencies.millisAt(0.5), latencies.millisAt(0.99));
    }

    private void append(EventWriter<Buffer> open, long count, long end, Latencies latencies, Promise<Long> done) {
        long start = System.nanoTime();
        if (start - end >= 0) {
            done.complete(count);
            return;
        }
        open.append(source.nextKey(), source.payload(count))
                .onSuccess(appended -> {
                    latencies.record(System.nanoTime() - start);
                    append(open, count + 1, end, latencies, done);
                })
                .onFailure(done::fail);
    }

    private EventWriter<Buffer> requireWriter() {
        if (writer == null) {
            throw new IllegalStateException("not deployed");
        }
        return writer;
    }
}
