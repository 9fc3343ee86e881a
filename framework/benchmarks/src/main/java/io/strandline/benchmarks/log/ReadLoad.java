package io.strandline.benchmarks.log;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Load;
import io.strandline.benchmarks.Progress;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;

/** A verticle that reads a stream from its start to its end, again and again, with one reader and one handler call an event. */
final class ReadLoad extends VerticleBase {

    private final Job job;
    private final Function<Vertx, Future<Strandline>> opening;
    private final Progress progress = new Progress();

    ReadLoad(Job job) {
        this(job, vertx -> MeasuredLog.open(vertx, job, new LogOptions()));
    }

    /** @param opening opens the log */
    ReadLoad(Job job, Function<Vertx, Future<Strandline>> opening) {
        this.job = job;
        this.opening = opening;
    }

    @Override
    public Future<?> start() {
        return opening.apply(vertx).onSuccess(this::pass);
    }

    /** How far it has come. */
    Load progress() {
        return progress;
    }

    private void pass(Strandline log) {
        long start = progress.completed();
        log.read(MeasuredLog.STREAM, EventCodec.raw(), new ReaderOptions())
                .onSuccess(reader -> read(reader).endHandler(ended -> {
                    requireAll(progress.completed() - start);
                    pass(log);
                }))
                .onFailure(progress::fail);
    }

    private EventReader<Buffer> read(EventReader<Buffer> reader) {
        return reader.exceptionHandler(progress::fail).handler(this::handle);
    }

    private void handle(EventRecord<Buffer> event) {
        if (event.event().length() != EventSource.EVENT_BYTES) {
            progress.fail(new IllegalStateException(
                    "event of " + event.event().length() + " bytes, written were " + EventSource.EVENT_BYTES));
        }
        progress.count();
    }

    private void requireAll(long read) {
        if (read != job.events()) {
            progress.fail(new IllegalStateException("read " + read + " events, written were " + job.events()));
        }
    }
}
