package io.strandline.server.impl.subscription;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.client.operation.Payload;
import io.strandline.server.impl.operation.EventBytes;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events of a stream for one client, in the order of each partition, as far as its credit reaches. The credit is in events and in
 * bytes ({@link EventBytes}). An event is handed over while some of both is left, so one event may take more bytes than there are.
 *
 * <p>A client that gives no credit costs the server {@link Wanted#readAheadBytes}, or one batch of the log. What was handed over is the sink's:
 * it gives credit again when that has left.
 *
 * <p>Belongs to the event-loop context on which it was opened. Everything is called there.
 */
public final class Subscription {

    /** Takes what a subscription hands over. Called on its context, and not after {@link Subscription#close}. */
    public interface Sink {

        /**
         * Takes events, those of one turn of the context together.
         *
         * @param bytes what they took of the credit
         * @param next the position after them, at which another subscription goes on
         */
        void events(List<EventRecord<Payload>> events, long bytes, StreamCut next);

        /**
         * The subscription is over.
         *
         * @param failure why, or null if the stream was sealed and all its events were handed over
         */
        void ended(@Nullable Throwable failure);
    }

    private final Context context;
    private final EventReader<Payload> reader;
    private final Sink sink;
    private final int maxBatchBytes;
    private List<EventRecord<Payload>> batch = new ArrayList<>();
    private long batchBytes;
    private long events;
    private long bytes;
    /** The reader has demand. */
    private boolean isFlowing;
    /** The batch is handed over in the next turn. */
    private boolean isDue;

    private boolean isOver;

    private Subscription(Context context, EventReader<Payload> reader, Wanted wanted, Sink sink) {
        this.context = context;
        this.reader = reader;
        this.sink = sink;
        this.maxBatchBytes = wanted.maxBatchBytes();
    }

    /**
     * Opens a subscription on the current context, without credit. Fails as {@link Strandline#subscribe(String,
     * io.strandline.EventCodec, io.strandline.ReaderOptions)} does.
     */
    public static Future<Subscription> open(Vertx vertx, Strandline log, Wanted wanted, Sink sink) {
        Context context = vertx.getOrCreateContext();
        return log.subscribe(wanted.stream().toString(), Payload.CODEC, wanted.readerOptions())
                .map(reader -> {
                    Subscription subscription = new Subscription(context, reader, wanted, sink);
                    subscription.begin();
                    return subscription;
                });
    }

    private void begin() {
        reader.pause();
        reader.exceptionHandler(this::end);
        reader.endHandler(over -> end(null));
        reader.handler(this::take);
    }

    /**
     * Gives credit.
     *
     * @param moreEvents 0 or more
     * @param moreBytes 0 or more
     */
    public void grant(long moreEvents, long moreBytes) {
        if (isOver) {
            return;
        }
        events += moreEvents;
        bytes += moreBytes;
        if (isFlowing && moreEvents > 0) {
            reader.fetch(moreEvents);
        }
        goOn();
    }

    /** For each partition the offset after the last event that was handed over or is about to be. */
    public StreamCut position() {
        return reader.position();
    }

    /** Stops. The sink hears nothing more. */
    public Future<Void> close() {
        isOver = true;
        batch = new ArrayList<>();
        return reader.close();
    }

    // ---- events

    private void take(EventRecord<Payload> event) {
        long size = EventBytes.of(event);
        batch.add(event);
        batchBytes += size;
        events--;
        bytes -= size;
        if (events <= 0 || bytes <= 0 || batchBytes >= maxBatchBytes || batch.size() >= Wanted.MAX_BATCH_EVENTS) {
            isFlowing = false;
            reader.pause();
        }
        if (!isDue) {
            isDue = true;
            context.runOnContext(turned -> handOver());
        }
    }

    /** In a turn of its own, because the position of the reader is after an event when its handler has returned. */
    private void handOver() {
        isDue = false;
        if (isOver) {
            return;
        }
        flush();
        goOn();
    }

    private void flush() {
        if (batch.isEmpty()) {
            return;
        }
        List<EventRecord<Payload>> full = batch;
        long fullBytes = batchBytes;
        batch = new ArrayList<>();
        batchBytes = 0;
        sink.events(full, fullBytes, reader.position());
    }

    private void goOn() {
        if (!isOver && !isFlowing && batch.isEmpty() && events > 0 && bytes > 0) {
            isFlowing = true;
            reader.fetch(events);
        }
    }

    private void end(@Nullable Throwable failure) {
        if (isOver) {
            return;
        }
        flush();
        isOver = true;
        sink.ended(failure);
    }
}
