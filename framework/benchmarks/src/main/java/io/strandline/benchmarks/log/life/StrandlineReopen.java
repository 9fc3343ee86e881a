package io.strandline.benchmarks.log.life;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.ReaderOptions;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * Opens the log that {@link StrandlineUntilKilled} has left. Measures from the call of open to the first event at a
 * handler, then reads on, and fails if an acknowledged event is missing.
 */
public final class StrandlineReopen implements Side {

    private static final double NANOS_PER_MILLI = 1e6;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Reopening reopening = new Reopening(job);
        Awaited.await(Vertx.vertx().deployVerticle(reopening));
        long read = Awaited.await(reopening.end.future());
        if (read != job.events()) {
            throw new IllegalStateException("recovered " + read + " events, acknowledged were " + job.events());
        }
        return List.of(Measurement.ofDuration(reopening.nanosToFirstEvent / NANOS_PER_MILLI));
    }

    private static final class Reopening extends VerticleBase {

        private final Job job;
        private final Promise<Long> end = Promise.promise();
        private long events;
        private volatile long nanosToFirstEvent;

        Reopening(Job job) {
            this.job = job;
        }

        @Override
        public Future<?> start() {
            long start = System.nanoTime();
            return MeasuredLog.open(vertx, job, new LogOptions())
                    .compose(log -> log.read(MeasuredLog.STREAM, EventCodec.raw(), new ReaderOptions()))
                    .onSuccess(reader -> read(reader, start));
        }

        private void read(EventReader<Buffer> reader, long start) {
            reader.exceptionHandler(end::tryFail)
                    .endHandler(ended -> end.tryComplete(events))
                    .handler(event -> {
                        if (events == 0) {
                            nanosToFirstEvent = System.nanoTime() - start;
                        }
                        events++;
                    });
        }
    }
}
