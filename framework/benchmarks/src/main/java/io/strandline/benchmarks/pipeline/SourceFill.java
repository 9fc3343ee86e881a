package io.strandline.benchmarks.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.WriterOptions;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.function.LongFunction;

/** A verticle that writes the source of a pipeline, as fast as its writer takes events. */
public final class SourceFill<E> extends VerticleBase {

    private static final int APPENDS_PER_TURN = 4 * 1024;

    private final Job job;
    private final EventCodec<E> codec;
    private final LongFunction<String> keys;
    private final LongFunction<? extends E> events;
    private final Promise<Void> end = Promise.promise();
    private long sent;

    private SourceFill(Job job, EventCodec<E> codec, LongFunction<String> keys, LongFunction<? extends E> events) {
        this.job = job;
        this.codec = codec;
        this.keys = keys;
        this.events = events;
    }

    /**
     * Writes the events of a job and closes the log. Blocks.
     *
     * @param keys number of an event → its key, asked for one event after the other
     * @param events number of an event → the event
     */
    public static <E> void run(
            Job job, EventCodec<E> codec, LongFunction<String> keys, LongFunction<? extends E> events)
            throws Exception {
        Vertx vertx = Vertx.vertx();
        SourceFill<E> fill = new SourceFill<>(job, codec, keys, events);
        Awaited.await(vertx.deployVerticle(fill));
        Awaited.await(fill.end.future());
        Awaited.await(vertx.close());
    }

    @Override
    public Future<?> start() {
        WriterOptions options = new WriterOptions().setWriteQueueBytes(MeasuredLog.BULK_QUEUE_BYTES);
        return MeasuredLog.openWithStream(vertx, job, new LogOptions())
                .compose(log -> log.createWriter(MeasuredLog.STREAM, codec, options))
                .onSuccess(writer -> {
                    writer.exceptionHandler(end::tryFail);
                    writer.drainHandler(drained -> fill(writer));
                    fill(writer);
                });
    }

    private void fill(EventWriter<E> writer) {
        for (int appends = 0; appends < APPENDS_PER_TURN; appends++) {
            if (sent == job.events()) {
                writer.flush().onComplete(end);
                return;
            }
            if (writer.writeQueueFull()) {
                return;
            }
            writer.append(keys.apply(sent), events.apply(sent)).onFailure(end::tryFail);
            sent++;
        }
        context.runOnContext(nextTurn -> fill(writer));
    }
}
