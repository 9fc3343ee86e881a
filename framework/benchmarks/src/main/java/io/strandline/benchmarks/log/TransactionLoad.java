package io.strandline.benchmarks.log;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.Transaction;
import io.strandline.TransactionStatus;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A verticle that begins a transaction when the one before it is committed. */
final class TransactionLoad extends VerticleBase {

    static final int EVENTS = 10;
    static final int STREAMS = 3;

    private final Job job;
    private final BufferSource source = new BufferSource();
    private @Nullable Strandline log;

    TransactionLoad(Job job) {
        this.job = job;
    }

    @Override
    public Future<?> start() {
        return MeasuredLog.openWithStream(vertx, job, new LogOptions()).compose(opened -> {
            log = opened;
            Future<?> created = Future.succeededFuture();
            for (int stream = 0; stream < STREAMS; stream++) {
                String name = name(stream);
                created = created.compose(before ->
                        opened.catalog().createStream(name, new StreamOptions().setPartitions(job.partitions())));
            }
            return created;
        });
    }

    private static String name(int stream) {
        return MeasuredLog.STREAM + "-" + stream;
    }

    /** Commits transactions for a while. Called from any thread. Completes with their number. */
    Future<Long> run(Duration time, Latencies latencies) {
        Promise<Long> done = Promise.promise();
        context.runOnContext(started -> commit(requireLog(), 0, System.nanoTime() + time.toNanos(), latencies, done));
        return done.future();
    }

    private void commit(Strandline open, long count, long end, Latencies latencies, Promise<Long> done) {
        long start = System.nanoTime();
        if (start - end >= 0) {
            done.complete(count);
            return;
        }
        open.transactions()
                .begin()
                .compose(transaction -> fill(transaction, count))
                .onSuccess(committed -> {
                    latencies.record(System.nanoTime() - start);
                    commit(open, count + 1, end, latencies, done);
                })
                .onFailure(done::fail);
    }

    private Future<TransactionStatus> fill(Transaction transaction, long count) {
        for (int event = 0; event < EVENTS; event++) {
            // A lost event fails the commit.
            transaction.append(
                    name(event % STREAMS), EventCodec.raw(), source.nextKey(), source.payload(count * EVENTS + event));
        }
        return transaction.commit();
    }

    private Strandline requireLog() {
        if (log == null) {
            throw new IllegalStateException("not deployed");
        }
        return log;
    }
}
