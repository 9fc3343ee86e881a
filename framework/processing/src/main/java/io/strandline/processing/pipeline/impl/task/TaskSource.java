package io.strandline.processing.pipeline.impl.task;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.state.Shuffled;
import io.strandline.spi.Logger;
import io.strandline.spi.RetryTime;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The reader of a task's partition. When the partition cannot be read, it is opened again where the task is, for as long as the
 * options allow without an event, and without an {@link Outage} that ends.
 *
 * <p>Belongs to the task's context.
 */
final class TaskSource {

    private static final Logger LOG = Logger.of(TaskSource.class);

    private final Vertx vertx;
    private final Strandline strandline;
    private final StreamName stream;
    private final EventCodec<Object> codec;
    private final long partition;
    private final PipelineOptions options;
    private final LongSupplier offset;
    private final Listener listener;
    private final RetryTime time;

    private @Nullable EventReader<Object> reader;
    private @Nullable Outage outage;
    /** Where the task was when the outage began. */
    private long failedAt;

    private boolean begun;
    private boolean paused;
    private boolean closed;

    /** The task. */
    interface Listener {

        void event(EventRecord<?> record);

        /** No event comes any more: the partition is sealed. */
        void ended();

        /** Nothing comes any more. */
        void failed(Throwable cause);
    }

    /** @param offset where the task is */
    TaskSource(RunSetting run, long partition, LongSupplier offset, Listener listener) {
        this(run, partition, offset, listener, RetryTime.SYSTEM);
    }

    TaskSource(RunSetting run, long partition, LongSupplier offset, Listener listener, RetryTime time) {
        this.vertx = run.vertx();
        this.strandline = run.log();
        this.stream = run.pipeline().source();
        this.codec = Undecodable.codec(codec(run.pipeline().topology().source()));
        this.partition = partition;
        this.options = run.options();
        this.offset = offset;
        this.listener = listener;
        this.time = time;
    }

    @SuppressWarnings("unchecked") // the operators take events of this codec
    private static EventCodec<Object> codec(Operator.Input input) {
        return input instanceof Operator.Shuffle shuffle
                ? Shuffled.codec(shuffle)
                : (EventCodec<Object>) ((Operator.Source) input).codec();
    }

    /** Opens the reader. No event comes before {@link #begin}. */
    Future<Void> open() {
        return subscribe().map(opened -> {
            reader = opened;
            return null;
        });
    }

    private Future<EventReader<Object>> subscribe() {
        return strandline.subscribe(
                stream.toString(),
                codec,
                new ReaderOptions()
                        .setFrom(StartPosition.at(StreamCut.of(stream, partition, offset.getAsLong())))
                        .setFollowScaling(false)
                        .setReadAheadBytes(options.getReadAheadBytes()));
    }

    /** Lets events come. */
    void begin() {
        begun = true;
        EventReader<Object> opened = reader;
        if (opened != null) {
            listen(opened);
        }
    }

    private void listen(EventReader<Object> opened) {
        if (paused) {
            opened.pause();
        }
        opened.exceptionHandler(cause -> failed(opened, cause));
        opened.endHandler(atSeal -> {
            if (opened == reader) {
                listener.ended();
            }
        });
        opened.handler(record -> {
            if (opened == reader) {
                listener.event(record);
            }
        });
    }

    private void failed(EventReader<Object> of, Throwable cause) {
        if (of == reader && !closed) {
            reader = null;
            of.close();
            openAgain(cause);
        }
    }

    private void openAgain(Throwable cause) {
        Outage current = outage;
        if (current == null || current.hasEnded() || failedAt != offset.getAsLong()) {
            current = new Outage(vertx.getOrCreateContext(), time, options.getRetryTimeoutMillis());
            failedAt = offset.getAsLong();
            outage = current;
            if (StrandlineException.isTransient(cause)) {
                LOG.warn(
                        "{} partition {} cannot be read at offset {}; it is tried for {} ms: {}",
                        stream,
                        partition,
                        failedAt,
                        options.getRetryTimeoutMillis(),
                        cause.toString());
            }
        }
        current.retry(cause, this::reopen, listener::failed);
    }

    private void reopen() {
        if (!closed) {
            subscribe().onComplete((opened, cause) -> {
                if (cause != null) {
                    openAgain(cause);
                } else if (closed) {
                    opened.close();
                } else {
                    reader = opened;
                    if (outage != null) {
                        outage.back();
                    }
                    listen(opened);
                }
            });
        }
    }

    /** Reads the event at which the task is again. */
    void readAgain() {
        EventReader<Object> before = reader;
        if (before != null) {
            reader = null;
            before.close();
            reopen();
        }
    }

    void pause(boolean pause) {
        if (pause == paused) {
            return;
        }
        paused = pause;
        EventReader<Object> opened = reader;
        if (opened != null && begun) {
            if (pause) {
                opened.pause();
            } else {
                opened.resume();
            }
        }
    }

    Future<Void> close() {
        closed = true;
        EventReader<Object> opened = reader;
        reader = null;
        return opened == null ? Future.succeededFuture() : opened.close();
    }
}
