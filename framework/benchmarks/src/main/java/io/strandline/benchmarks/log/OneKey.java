package io.strandline.benchmarks.log;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

/** Reads the events of one key once, in a JVM that has done nothing before, and measures from the call to the end. */
final class OneKey extends VerticleBase {

    /** The key's share of the events is not exact: draws are random. */
    private static final double LEAST_SHARE = 0.5;

    private static final double NANOS_PER_MILLI = 1e6;

    private final Job job;
    private final Read read;
    private final String key = new EventSource().keys()[EventSource.KEYS / 2];
    private final Promise<Measurement> end = Promise.promise();
    private long events;

    /** Opens a reader that hands over the events of a key, among others or alone. */
    @FunctionalInterface
    interface Read {

        /** Calls the log, on the context of a verticle. */
        Future<EventReader<Buffer>> of(Strandline log, String key);
    }

    private OneKey(Job job, Read read) {
        this.job = job;
        this.read = read;
    }

    static Measurement measure(Job job, Read read) throws Exception {
        OneKey verticle = new OneKey(job, read);
        MeasuredLog.await(Vertx.vertx().deployVerticle(verticle));
        return MeasuredLog.await(verticle.end.future());
    }

    @Override
    public Future<?> start() {
        return MeasuredLog.open(vertx, job, new LogOptions()).onSuccess(this::read);
    }

    private void read(Strandline log) {
        long start = System.nanoTime();
        read.of(log, key).onFailure(end::tryFail).onSuccess(reader -> reader.exceptionHandler(end::tryFail)
                .endHandler(ended -> finish(start))
                .handler(this::count));
    }

    private void count(EventRecord<Buffer> event) {
        if (key.equals(event.key())) {
            events++;
        }
    }

    private void finish(long start) {
        double millis = (System.nanoTime() - start) / NANOS_PER_MILLI;
        if (events < LEAST_SHARE * job.events() / EventSource.KEYS) {
            end.tryFail("read " + events + " events of " + key + " out of " + job.events());
        } else {
            end.tryComplete(Measurement.ofDuration(millis));
        }
    }
}
