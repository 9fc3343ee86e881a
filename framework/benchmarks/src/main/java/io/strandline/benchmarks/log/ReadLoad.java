package io.strandline.benchmarks.log;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Load;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** A verticle that reads a stream from its start to its end, again and again, with one reader and one handler call an event. */
final class ReadLoad extends VerticleBase implements Load {

    private final Job job;
    private final AtomicLong handled = new AtomicLong(); // written by the event loop alone
    private final Latencies latencies = new Latencies();
    private final CompletableFuture<Void> failure = new CompletableFuture<>();

    ReadLoad(Job job) {
        this.job = job;
    }

    @Override
    public Future<?> start() {
        return MeasuredLog.open(vertx, job, new LogOptions()).onSuccess(this::pass);
    }

    @Override
    public long completed() {
        return handled.get();
    }

    @Override
    public Latencies latencies() {
        return latencies;
    }

    @Override
    public CompletableFuture<Void> failure() {
        return failure;
    }

    private void pass(Strandline log) {
        long start = handled.getPlain();
        log.read(MeasuredLog.STREAM, EventCodec.raw(), new ReaderOptions())
                .onSuccess(reader -> read(reader).endHandler(ended -> {
                    requireAll(handled.getPlain() - start);
                    pass(log);
                }))
                .onFailure(failure::completeExceptionally);
    }

    private EventReader<Buffer> read(EventReader<Buffer> reader) {
        return reader.exceptionHandler(failure::completeExceptionally).handler(this::handle);
    }

    private void handle(EventRecord<Buffer> event) {
        if (event.event().length() != EventSource.EVENT_BYTES) {
            failure.completeExceptionally(new IllegalStateException(
                    "event of " + event.event().length() + " bytes, written were " + EventSource.EVENT_BYTES));
        }
        handled.lazySet(handled.getPlain() + 1);
    }

    private void requireAll(long read) {
        if (read != job.events()) {
            failure.completeExceptionally(
                    new IllegalStateException("read " + read + " events, written were " + job.events()));
        }
    }
}
