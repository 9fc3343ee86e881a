package io.strandline.processing.group.impl.member;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.StreamName;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** What the readers of a simulation have in common: handlers, and a demand that is all or nothing. */
abstract class SimEventReader<E> implements EventReader<E> {

    private final StreamName stream;
    boolean paused;
    boolean closed;

    @Nullable
    Handler<EventRecord<E>> handler;

    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> endHandler;

    SimEventReader(StreamName stream) {
        this.stream = stream;
    }

    /** Delivers on a later turn. */
    abstract void schedule();

    final void end() {
        closed = true;
        if (endHandler != null) {
            endHandler.handle(null);
        }
    }

    final void fail(Throwable failure) {
        closed = true;
        if (exceptionHandler != null) {
            exceptionHandler.handle(failure);
        }
    }

    @Override
    public final StreamName stream() {
        return stream;
    }

    @Override
    public final Flow.Publisher<EventRecord<E>> asPublisher() {
        throw new UnsupportedOperationException("not simulated");
    }

    @Override
    public final Future<Void> close() {
        closed = true;
        return Future.succeededFuture();
    }

    @Override
    public final EventReader<E> handler(@Nullable Handler<EventRecord<E>> eventHandler) {
        handler = eventHandler;
        schedule();
        return this;
    }

    @Override
    public final EventReader<E> exceptionHandler(@Nullable Handler<Throwable> failureHandler) {
        exceptionHandler = failureHandler;
        return this;
    }

    @Override
    public final EventReader<E> endHandler(@Nullable Handler<Void> finishHandler) {
        endHandler = finishHandler;
        return this;
    }

    @Override
    public final EventReader<E> pause() {
        paused = true;
        return this;
    }

    @Override
    public final EventReader<E> resume() {
        paused = false;
        schedule();
        return this;
    }

    @Override
    public final EventReader<E> fetch(long amount) {
        throw new UnsupportedOperationException("demand of " + amount + " events");
    }
}
