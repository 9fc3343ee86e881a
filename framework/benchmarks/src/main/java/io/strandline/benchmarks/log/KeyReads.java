package io.strandline.benchmarks.log;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Measurement;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

/**
 * Reads the events of some keys, one key after the other, in a JVM that has done nothing before but open the log. Each
 * is measured from the call to the end.
 */
final class KeyReads extends VerticleBase {

    /**
     * Keys are chosen at random, so no key has exactly its share of the events. But none has less than this part of it.
     */
    private static final double MIN_SHARE = 0.5;

    private final Job job;
    private final Read read;
    private final int keys;
    private final String[] allKeys = new EventSource().keys();
    private final Latencies latencies = new Latencies();
    private final Promise<Measurement> end = Promise.promise();
    private long events;

    /** Opens a reader that hands over the events of a key, alone or among others. */
    @FunctionalInterface
    interface Read {

        /** Calls the log, on the context of a verticle. */
        Future<EventReader<Buffer>> of(Strandline log, String key);
    }

    private KeyReads(Job job, int keys, Read read) {
        this.job = job;
        this.keys = keys;
        this.read = read;
    }

    /** Reads this number of keys. Returns the latencies alone. */
    static Measurement measure(Job job, int keys, Read read) throws Exception {
        KeyReads verticle = new KeyReads(job, keys, read);
        Awaited.await(Vertx.vertx().deployVerticle(verticle));
        return Awaited.await(verticle.end.future());
    }

    @Override
    public Future<?> start() {
        latencies.open();
        return MeasuredLog.open(vertx, job, new LogOptions()).onSuccess(log -> readNext(log, 0));
    }

    private void readNext(Strandline log, int done) {
        if (done == keys) {
            end.tryComplete(new Measurement(Double.NaN, Double.NaN, latencies.millisAt(0.5), latencies.millisAt(0.99)));
            return;
        }
        String key = allKeys[done * (allKeys.length / keys)];
        events = 0;
        long start = System.nanoTime();
        read.of(log, key).onFailure(end::tryFail).onSuccess(reader -> reader.exceptionHandler(end::tryFail)
                .endHandler(ended -> {
                    latencies.record(System.nanoTime() - start);
                    requireShare(key);
                    readNext(log, done + 1);
                })
                .handler(event -> count(event, key)));
    }

    private void count(EventRecord<Buffer> event, String key) {
        if (key.equals(event.key())) {
            events++;
        }
    }

    private void requireShare(String key) {
        if (events < MIN_SHARE * job.events() / EventSource.KEYS) {
            end.tryFail("read " + events + " events of " + key + ", written were " + job.events() + " of all keys");
        }
    }
}
