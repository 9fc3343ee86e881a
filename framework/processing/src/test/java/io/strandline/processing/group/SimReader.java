package io.strandline.processing.group;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one partition of a {@link SimLog}, some events a turn; ends where a sealed one ends. */
final class SimReader<E> implements EventReader<E> {

    private final SimLog log;
    private final SimProcess process;
    private final SimLog.Events events;
    private final EventCodec<E> codec;
    private long position;
    private long demand = Long.MAX_VALUE;
    private boolean closed;
    private boolean scheduled;
    private @Nullable Handler<EventRecord<E>> handler;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> endHandler;

    SimReader(SimLog log, SimProcess process, SimLog.Events events, long position, EventCodec<E> codec) {
        this.log = log;
        this.process = process;
        this.events = events;
        this.position = position;
        this.codec = codec;
    }

    private void schedule() {
        if (!scheduled && !closed && !process.crashed) {
            scheduled = true;
            process.time.after(process.time.pause(), process, () -> {
                scheduled = false;
                deliver();
            });
        }
    }

    private void deliver() {
        int most = 1 + process.time.random.nextInt(8);
        for (int i = 0; i < most && demand > 0 && !closed && handler != null && !process.crashed; i++) {
            if (position < events.start) {
                fail(new StrandlineException.Truncated("offset " + position + " is before " + events.start));
                return;
            }
            if (position == events.end) {
                break;
            }
            demand -= demand == Long.MAX_VALUE ? 0 : 1;
            handler.handle(next());
        }
        if (closed || demand == 0) {
            return;
        }
        if (position < events.end) {
            schedule();
        } else if (events.sealed) {
            closed = true;
            if (endHandler != null) {
                endHandler.handle(null);
            }
        } else {
            log.watch(this::schedule);
        }
    }

    private EventRecord<E> next() {
        long offset = position++;
        byte[] bytes = Long.toString(offset).getBytes(StandardCharsets.UTF_8);
        EventType type = offset % 5 == 3 ? SimLog.OTHER_TYPE : SimLog.TYPE;
        try {
            E event = codec.decode(type, bytes, 0, bytes.length);
            return new EventRecord<>(events.description.id(), offset, 0, "key" + offset % 7, type, event);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void fail(Throwable failure) {
        closed = true;
        if (exceptionHandler != null) {
            exceptionHandler.handle(failure);
        }
    }

    @Override
    public StreamName stream() {
        return log.stream;
    }

    @Override
    public StreamCut position() {
        return StreamCut.of(log.stream, events.description.id(), position);
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return Future.succeededFuture();
    }

    @Override
    public EventReader<E> handler(@Nullable Handler<EventRecord<E>> eventHandler) {
        handler = eventHandler;
        schedule();
        return this;
    }

    @Override
    public EventReader<E> exceptionHandler(@Nullable Handler<Throwable> failureHandler) {
        exceptionHandler = failureHandler;
        return this;
    }

    @Override
    public EventReader<E> endHandler(@Nullable Handler<Void> finishHandler) {
        endHandler = finishHandler;
        return this;
    }

    @Override
    public EventReader<E> pause() {
        demand = 0;
        return this;
    }

    @Override
    public EventReader<E> resume() {
        demand = Long.MAX_VALUE;
        schedule();
        return this;
    }

    @Override
    public EventReader<E> fetch(long amount) {
        throw new UnsupportedOperationException();
    }
}
