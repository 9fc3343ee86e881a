package io.strandline.processing.pipeline.impl;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Delivers a few events in each turn of its context, so that other calls come between them. */
final class MemoryReader<E> implements EventReader<E> {

    private static final int EVENTS_PER_TURN = 5;

    private final MemoryStrandline strandline;
    private final ContextInternal context;
    private final StreamName stream;
    private final EventCodec<E> codec;
    private final SortedMap<Long, Long> position;
    /** Empty for a subscription. */
    private final SortedMap<Long, Long> ends;

    private @Nullable Handler<EventRecord<E>> handler;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> endHandler;
    private boolean paused;
    private volatile boolean closed;
    private boolean scheduled;

    MemoryReader(
            MemoryStrandline strandline,
            ContextInternal context,
            StreamName stream,
            EventCodec<E> codec,
            SortedMap<Long, Long> position,
            SortedMap<Long, Long> ends) {
        this.strandline = strandline;
        this.context = context;
        this.stream = stream;
        this.codec = codec;
        this.position = position;
        this.ends = ends;
    }

    private void schedule() {
        if (closed || strandline.crashed()) {
            return;
        }
        context.runOnContext(turn -> {
            if (!scheduled) {
                scheduled = true;
                context.runOnContext(next -> {
                    scheduled = false;
                    deliver();
                });
            }
        });
    }

    private void deliver() {
        int delivered = 0;
        for (Map.Entry<Long, Long> next : position.entrySet()) {
            while (true) {
                Handler<EventRecord<E>> to = handler;
                if (to == null || paused || closed || strandline.crashed()) {
                    return;
                }
                if (delivered == EVENTS_PER_TURN) {
                    schedule();
                    return;
                }
                long offset = next.getValue();
                if (offset == ends.getOrDefault(next.getKey(), -1L)) {
                    break;
                }
                MemoryLog.Stored stored;
                E event;
                try {
                    stored = strandline.log.read(stream.toString(), next.getKey(), offset);
                    if (stored == null) {
                        break;
                    }
                    event = codec.decode(stored.type(), stored.bytes(), 0, stored.bytes().length);
                } catch (IOException | RuntimeException e) {
                    closed = true;
                    if (exceptionHandler != null) {
                        exceptionHandler.handle(e);
                    }
                    return;
                }
                next.setValue(offset + 1);
                if (strandline.losesEvent(stream, offset)) {
                    continue;
                }
                delivered++;
                to.handle(new EventRecord<>(next.getKey(), offset, offset, stored.key(), stored.type(), event));
            }
        }
        boolean ended = !ends.isEmpty()
                || position.entrySet().stream()
                        .allMatch(at -> strandline.log.isAtSeal(stream.toString(), at.getKey(), at.getValue()));
        if (!ended) {
            strandline.log.watch(stream.toString(), position, this::schedule);
        } else {
            closed = true;
            if (endHandler != null) {
                endHandler.handle(null);
            }
        }
    }

    @Override
    public StreamName stream() {
        return stream;
    }

    @Override
    public StreamCut position() {
        return new StreamCut(stream, position);
    }

    @Override
    public Flow.Publisher<EventRecord<E>> asPublisher() {
        throw new UnsupportedOperationException("not simulated");
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return Future.succeededFuture();
    }

    @Override
    public EventReader<E> handler(@Nullable Handler<EventRecord<E>> handler) {
        this.handler = handler;
        schedule();
        return this;
    }

    @Override
    public EventReader<E> exceptionHandler(@Nullable Handler<Throwable> handler) {
        this.exceptionHandler = handler;
        return this;
    }

    @Override
    public EventReader<E> endHandler(@Nullable Handler<Void> handler) {
        this.endHandler = handler;
        return this;
    }

    @Override
    public EventReader<E> pause() {
        paused = true;
        return this;
    }

    @Override
    public EventReader<E> resume() {
        paused = false;
        schedule();
        return this;
    }

    @Override
    public EventReader<E> fetch(long amount) {
        throw new UnsupportedOperationException();
    }
}
