package io.strandline.processing.pipeline.impl;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.WriterOptions;
import io.strandline.spi.BytesOutput;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Appends what it was handed in one turn of its context in the next turn, so a crash loses the last turn. */
public final class MemoryWriter<E> implements EventWriter<E> {

    private final MemoryStrandline strandline;
    private final ContextInternal context;
    private final StreamName stream;
    private final EventCodec<E> codec;
    private final String id;
    private final int epoch;
    private final int fullAt;
    private final Sequence lastKnown;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable Handler<Void> drainHandler;
    private @Nullable Handler<Throwable> exceptionHandler;
    private long count;
    private int bytes;

    /** @param expected offset of the first event, or -1 for any */
    private record Waiting(Sequence first, List<MemoryLog.Stored> events, long expected, Promise<Appended> promise) {}

    MemoryWriter(
            MemoryStrandline strandline,
            ContextInternal context,
            StreamName stream,
            EventCodec<E> codec,
            String id,
            int epoch,
            WriterOptions options) {
        this.strandline = strandline;
        this.context = context;
        this.stream = stream;
        this.codec = codec;
        this.id = id;
        this.epoch = epoch;
        this.fullAt = options.getWriteQueueBytes();
        this.lastKnown = strandline.log.lastOf(stream.toString(), id);
    }

    @Override
    public StreamName stream() {
        return stream;
    }

    @Override
    public Future<Appended> append(@Nullable String key, E event) {
        return append(key, event, new Sequence(epoch, count++));
    }

    @Override
    public Future<Appended> append(@Nullable String key, E event, Sequence sequence) {
        return append(key, List.of(event), sequence, -1);
    }

    private Future<Appended> append(@Nullable String key, List<E> events, Sequence first, long expected) {
        if (!context.inThread()) {
            throw new IllegalStateException("writer of another context");
        }
        Promise<Appended> promise = context.promise();
        List<MemoryLog.Stored> stored = new ArrayList<>();
        try {
            for (E event : events) {
                byte[] payload = BytesOutput.of(codec, event);
                stored.add(new MemoryLog.Stored(key, codec.typeOf(event), payload));
                bytes += payload.length;
            }
        } catch (IOException | RuntimeException e) {
            promise.fail(new StrandlineException.Invalid("codec: " + e.getMessage(), e));
            return promise.future();
        }
        waiting.add(new Waiting(first, stored, expected, promise));
        strandline.accepted(stream.toString());
        if (waiting.size() == 1) {
            long millis = strandline.latencyOf(stream);
            if (millis > 0) {
                context.setTimer(millis, fired -> appendAll());
            } else {
                context.runOnContext(turn -> appendAll());
            }
        }
        return promise.future();
    }

    private void appendAll() {
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            strandline.called("append " + stream);
            if (strandline.crashed()) {
                return;
            }
            try {
                next.promise()
                        .complete(strandline.log.append(
                                stream.toString(), id, epoch, next.first(), next.events(), next.expected()));
            } catch (RuntimeException e) {
                next.promise().fail(e);
                if (e instanceof StrandlineException.Fenced && exceptionHandler != null) {
                    exceptionHandler.handle(e);
                }
            }
        }
        bytes = 0;
        if (drainHandler != null) {
            drainHandler.handle(null);
        }
    }

    @Override
    public Future<Appended> append(NewEvent<E> event) {
        Sequence sequence = event.sequence();
        return sequence == null ? append(event.key(), event.event()) : append(event.key(), event.event(), sequence);
    }

    @Override
    public long claimGeneration() {
        return 0;
    }

    @Override
    public long failedAppends() {
        throw new UnsupportedOperationException("not simulated");
    }

    @Override
    public @Nullable StrandlineException firstFailure() {
        throw new UnsupportedOperationException("not simulated");
    }

    @Override
    public Sequence lastKnown() {
        return lastKnown;
    }

    /** Replays over this fake are not compared. */
    @Override
    public SortedMap<Long, WriterMark> marks(Sequence next) {
        return new TreeMap<>();
    }

    @Override
    public Future<Appended> appendBatch(@Nullable String key, List<E> events) {
        return appendAt(key, events, -1);
    }

    @Override
    public Future<Appended> appendBatch(@Nullable String key, List<E> events, Headers headers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Appended> appendIf(String key, List<E> events, long expectedOffset, Headers headers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Appended> appendIfUnchanged(
            String key, List<E> events, StreamCut since, List<KeyCondition> others, Headers headers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Appended> appendIf(String key, List<E> events, long expectedOffset) {
        return appendAt(key, events, expectedOffset);
    }

    private Future<Appended> appendAt(@Nullable String key, List<E> events, long expected) {
        Sequence first = new Sequence(epoch, count);
        count += events.size();
        return append(key, events, first, expected);
    }

    @Override
    public Future<Void> flush() {
        List<Future<Appended>> all = new ArrayList<>();
        waiting.forEach(next -> all.add(next.promise().future()));
        if (strandline.crashed()) {
            return Promise.<Void>promise().future();
        }
        return Future.join(all).transform(done -> Future.succeededFuture());
    }

    @Override
    public Future<Void> write(NewEvent<E> event) {
        return append(event).mapEmpty();
    }

    @Override
    public Future<Void> barrier() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> end() {
        return strandline.crashed() ? Future.succeededFuture() : flush();
    }

    @Override
    public EventWriter<E> setWriteQueueMaxSize(int maxSize) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean writeQueueFull() {
        return bytes >= fullAt;
    }

    @Override
    public EventWriter<E> drainHandler(@Nullable Handler<Void> handler) {
        this.drainHandler = handler;
        return this;
    }

    @Override
    public EventWriter<E> exceptionHandler(@Nullable Handler<Throwable> handler) {
        this.exceptionHandler = handler;
        return this;
    }
}
