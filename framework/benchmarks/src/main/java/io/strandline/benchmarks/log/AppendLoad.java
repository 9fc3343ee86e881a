package io.strandline.benchmarks.log;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.Retention;
import io.strandline.Strandline;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Load;
import io.strandline.log.LogOptions;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A verticle that appends events as fast as its writer takes them: until the writer is full, and again when it has
 * drained. Everything runs on the one event loop of the verticle.
 */
final class AppendLoad extends VerticleBase implements Load {

    /** One event out of so many is timed. */
    private static final int SAMPLED = 64;
    /** Appends between two turns of the event loop, so that completions are not kept waiting. */
    private static final int APPENDS_PER_TURN = 4 * 1024;

    private final Job job;
    private final long limit;
    private final LogOptions options;
    private final Retention retention;
    private final BufferSource source = new BufferSource();
    private final AtomicLong acknowledged = new AtomicLong(); // written by the event loop alone
    private final Latencies latencies = new Latencies();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final Completable<Appended> acknowledge = this::acknowledge;

    private @Nullable Strandline log;
    private long sent;

    private AppendLoad(Job job, long limit, LogOptions options, Retention retention) {
        this.job = job;
        this.limit = limit;
        this.options = options;
        this.retention = retention;
    }

    /** Appends until the process ends. */
    static AppendLoad endless(Job job) {
        return endless(job, Retention.everything());
    }

    /** Appends until the process ends to a stream that keeps no more than the rule says. */
    static AppendLoad endless(Job job, Retention retention) {
        return new AppendLoad(job, Long.MAX_VALUE, new LogOptions(), retention);
    }

    /** Appends a number of events. */
    static AppendLoad limited(Job job, long events, LogOptions options) {
        return new AppendLoad(job, events, options, Retention.everything());
    }

    @Override
    public Future<?> start() {
        return MeasuredLog.openWithStream(vertx, job, options, retention)
                .onSuccess(opened -> log = opened)
                .compose(MeasuredLog::writer)
                .onSuccess(writer -> {
                    writer.exceptionHandler(failure::completeExceptionally);
                    writer.drainHandler(drained -> fill(writer));
                    fill(writer);
                });
    }

    @Override
    public Future<?> stop() {
        return log == null ? Future.succeededFuture() : log.close();
    }

    @Override
    public long completed() {
        return acknowledged.get();
    }

    @Override
    public Latencies latencies() {
        return latencies;
    }

    @Override
    public CompletableFuture<Void> failure() {
        return failure;
    }

    /** Completes when the last event of a limited load is acknowledged. */
    CompletableFuture<Void> end() {
        return end;
    }

    private void fill(EventWriter<Buffer> writer) {
        for (int appends = 0; appends < APPENDS_PER_TURN; appends++) {
            if (sent == limit || writer.writeQueueFull()) {
                return;
            }
            append(writer);
        }
        context.runOnContext(nextTurn -> fill(writer));
    }

    private void append(EventWriter<Buffer> writer) {
        Future<Appended> appended = writer.append(source.nextKey(), source.payload(sent));
        appended.onComplete(sent % SAMPLED == 0 ? timed(System.nanoTime()) : acknowledge);
        sent++;
    }

    private Completable<Appended> timed(long start) {
        return (appended, cause) -> {
            latencies.record(System.nanoTime() - start);
            acknowledge(appended, cause);
        };
    }

    private void acknowledge(@Nullable Appended appended, @Nullable Throwable cause) {
        if (cause != null) {
            failure.completeExceptionally(cause);
            end.completeExceptionally(cause);
            return;
        }
        long count = acknowledged.getPlain() + 1;
        acknowledged.lazySet(count);
        if (count == limit) {
            end.complete(null);
        }
    }
}
