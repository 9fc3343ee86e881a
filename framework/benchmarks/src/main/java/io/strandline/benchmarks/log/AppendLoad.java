package io.strandline.benchmarks.log;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.Retention;
import io.strandline.Strandline;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Load;
import io.strandline.benchmarks.Progress;
import io.strandline.log.LogOptions;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A verticle that appends events as fast as its writer takes them: until the writer is full, and again when it has
 * drained. Everything runs on the one event loop of the verticle.
 */
public final class AppendLoad extends VerticleBase {

    /** One event out of so many is timed. */
    private static final int SAMPLED = 64;
    /** Appends between two turns of the event loop, so that completions are not kept waiting. */
    private static final int APPENDS_PER_TURN = 4 * 1024;

    private final long limit;
    private final Function<Vertx, Future<Strandline>> opening;
    private final BufferSource source = new BufferSource();
    private final Progress progress = new Progress();
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final Completable<Appended> acknowledge = this::acknowledge;

    private @Nullable Strandline log;
    private long sent;

    private AppendLoad(long limit, Function<Vertx, Future<Strandline>> opening) {
        this.limit = limit;
        this.opening = opening;
    }

    /** Appends until the process ends. */
    public static AppendLoad endless(Job job) {
        return endless(job, Retention.everything());
    }

    /** Appends until the process ends to a stream that keeps no more than the rule says. */
    public static AppendLoad endless(Job job, Retention retention) {
        return new AppendLoad(
                Long.MAX_VALUE, vertx -> MeasuredLog.openWithStream(vertx, job, new LogOptions(), retention));
    }

    /** Appends to the log of a server until the process ends. */
    static AppendLoad endless(Job job, String address) {
        return new AppendLoad(Long.MAX_VALUE, vertx -> MeasuredLog.openWithStream(vertx, job, address));
    }

    /** Appends a number of events. */
    public static AppendLoad limited(Job job, long events, LogOptions options) {
        return new AppendLoad(events, vertx -> MeasuredLog.openWithStream(vertx, job, options));
    }

    @Override
    public Future<?> start() {
        return opening.apply(vertx)
                .onSuccess(opened -> log = opened)
                .compose(MeasuredLog::writer)
                .onSuccess(writer -> {
                    writer.exceptionHandler(progress::fail);
                    writer.drainHandler(drained -> fill(writer));
                    fill(writer);
                });
    }

    @Override
    public Future<?> stop() {
        return log == null ? Future.succeededFuture() : log.close();
    }

    /** How far it has come. */
    public Load progress() {
        return progress;
    }

    /** Completes when the last event of a limited load is acknowledged. */
    public CompletableFuture<Void> end() {
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
            progress.record(System.nanoTime() - start);
            acknowledge(appended, cause);
        };
    }

    private void acknowledge(@Nullable Appended appended, @Nullable Throwable cause) {
        if (cause != null) {
            progress.fail(cause);
            end.completeExceptionally(cause);
            return;
        }
        if (progress.count() == limit) {
            end.complete(null);
        }
    }
}
