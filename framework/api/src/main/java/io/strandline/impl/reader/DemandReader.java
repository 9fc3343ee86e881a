package io.strandline.impl.reader;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.Truncation;
import io.strandline.spi.RetryWindow;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.streams.WriteStream;
import java.util.concurrent.Flow;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;

/**
 * The shared part of all readers: handlers, demand, turns on the event loop, and the end. Everything happens on one
 * context.
 *
 * <p>{@link #deliver} is called when something that could be handed over has arrived. It asks the subclass for events as
 * long as there is demand.
 */
public abstract class DemandReader<E> implements EventReader<E> {

    /**
     * Events after which others on the event loop have their turn. A checkpoint waits for several such turns, of all tasks of the loop.
     */
    static final int EVENTS_A_TURN = 1_024;

    /** How long reads are repeated that fail for a passing reason, in milliseconds. */
    static final long RETRY_MILLIS = 10_000;

    /** What {@link #deliverSome} returns if it has to wait. */
    static final int NOTHING_YET = -1;

    final ContextInternal context;
    final StreamName stream;
    private final Runnable onEnd;

    private @Nullable Handler<EventRecord<E>> handler;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> endHandler;
    private @Nullable Handler<Truncation> truncationHandler;
    /** Told if the reader is closed before its end. Whoever waits for the end would wait forever. */
    private @Nullable Handler<Throwable> closeHandler;

    private long demand = Long.MAX_VALUE;
    /** Paused, and nothing was asked for since: not even the end is told. */
    private boolean paused;

    private boolean endsWithoutDemand;

    private boolean started;
    private boolean delivering;
    private boolean scheduled;
    private boolean stopped;

    /** @param onEnd called when the reader has stopped */
    DemandReader(ContextInternal context, StreamName stream, Runnable onEnd) {
        this.context = context;
        this.stream = stream;
        this.onEnd = onEnd;
    }

    // ---- what a subclass does

    /** The first handler is there: reads what is to be delivered. */
    abstract void start();

    /** True if everything was handed over. */
    abstract boolean isFinished();

    /**
     * Hands over up to {@code most} events through {@link #handOver}, while {@link #mayHandOver}.
     *
     * @return how many, or {@link #NOTHING_YET}
     */
    abstract int deliverSome(int most);

    /** Everything was handed over, and the reader is about to stop. */
    void ended() {}

    /** Lets go of what was read: the reader has stopped. */
    abstract void drop();

    // ---- what a subclass repeats

    /**
     * Does a step again after a pause, unless the reader stops meanwhile. Returns false, and does nothing, if its failure does not pass,
     * or has lasted too long.
     */
    final boolean repeat(RetryWindow retries, @Nullable Throwable failure, Runnable step) {
        long pause = retries.pauseAfter(failure);
        if (pause == RetryWindow.OVER) {
            return false;
        }
        context.setTimer(pause, ignored -> {
            if (!stopped) {
                step.run();
            }
        });
        return true;
    }

    // ---- delivering

    final boolean isStopped() {
        return stopped;
    }

    final boolean mayHandOver() {
        return demand > 0 && !stopped && handler != null;
    }

    /**
     * Hands one event to the handler. A handler that throws has not processed it, and going on would lose it: then the reader
     * is to be stopped there.
     *
     * @return what the handler threw, with its place, or null
     */
    final StrandlineException.@Nullable Invalid handOver(EventRecord<E> event) {
        Handler<EventRecord<E>> to = handler;
        if (to == null) {
            return null;
        }
        if (demand != Long.MAX_VALUE) {
            demand--;
        }
        try {
            to.handle(event);
            return null;
        } catch (Throwable e) { // an Error must not pass for a processed event either
            return UserCode.refused(
                    "the handler of a reader failed at offset " + event.offset() + " of partition " + event.partition()
                            + " of " + stream + ", key " + event.key(),
                    e);
        }
    }

    /** Tells of events that were removed before they could be handed over. */
    final void handOver(Truncation removed) {
        Handler<Truncation> to = truncationHandler;
        if (to != null) {
            context.dispatch(removed, to);
        }
    }

    /** Delivers on a later turn of the context. */
    final void schedule() {
        if (!scheduled && !delivering && !stopped && started) {
            scheduled = true;
            context.runOnContext(ignored -> {
                scheduled = false;
                deliver();
            });
        }
    }

    /** Delivers what there is, unless that is happening already. */
    final void deliver() {
        if (delivering || stopped) {
            return;
        }
        delivering = true;
        int events = 0;
        try {
            while (!stopped && handler != null) {
                if (isFinished()) {
                    if (!paused) {
                        finish();
                    }
                    return;
                }
                int some = deliverSome(EVENTS_A_TURN - events);
                if (some == NOTHING_YET) {
                    return;
                }
                events += some;
                if (demand == 0) {
                    if (endsWithoutDemand && isFinished()) {
                        finish();
                    }
                    return;
                }
                if (events >= EVENTS_A_TURN) {
                    return;
                }
            }
        } finally {
            delivering = false;
            if (events >= EVENTS_A_TURN) {
                schedule();
            }
        }
    }

    // ---- end

    private void finish() {
        Handler<Void> end = endHandler;
        ended();
        stop();
        if (end != null) {
            context.dispatch(null, end);
        }
    }

    /** The failure of a read, with the stream in its message if it says that stored events cannot be read. */
    static Throwable inStream(StreamName stream, Throwable failure) {
        return failure instanceof StrandlineException known ? inStream(stream, known) : failure;
    }

    /** As {@link #inStream(StreamName, Throwable)}. */
    static StrandlineException inStream(StreamName stream, StrandlineException failure) {
        if (failure instanceof StrandlineException.Corrupt) {
            return new StrandlineException.Corrupt("stream " + stream + ": " + failure.getMessage(), failure);
        }
        return failure instanceof StrandlineException.Invalid
                ? new StrandlineException.Invalid("stream " + stream + ": " + failure.getMessage(), failure)
                : failure;
    }

    /** Stops the reader with a failure. */
    final void fail(Throwable failure) {
        if (stopped) {
            return;
        }
        Handler<Throwable> to = exceptionHandler;
        stop();
        if (to != null) {
            context.dispatch(failure, to);
        } else {
            context.reportException(failure);
        }
    }

    /**
     * Stops the reader because its log was closed. The code that closed the log knows that, so nobody else gets a stack
     * trace.
     */
    public final void logClosed(Throwable closed) {
        if (stopped) {
            return;
        }
        if (exceptionHandler == null) {
            stop();
        } else {
            fail(closed);
        }
    }

    private void stop() {
        if (!stopped) {
            stopped = true;
            drop();
            onEnd.run();
        }
    }

    /** Stops the reader because its verticle was undeployed. */
    public final void undeployed() {
        closeBecause("the verticle of a reader of " + stream + " was undeployed before the reader ended");
    }

    private void closeBecause(String message) {
        if (!stopped) {
            Handler<Throwable> to = closeHandler;
            stop();
            if (to != null) {
                context.dispatch(new StrandlineException.Unavailable(message), to);
            }
        }
    }

    // ---- what waits for the end

    /** Has a handler told if the reader is closed before its end, or at once if it has stopped already. */
    final void closeHandler(Handler<Throwable> handler) {
        closeHandler = handler;
        if (stopped) {
            handler.handle(new StrandlineException.Unavailable("a reader of " + stream + " has stopped already"));
        }
    }

    private <T> Future<T> unlessClosed(Future<T> end) {
        Promise<T> promise = context.promise();
        end.onComplete(promise::tryComplete, promise::tryFail);
        closeHandler(promise::tryFail);
        return promise.future();
    }

    @Override
    public final <R, A> Future<R> collect(Collector<EventRecord<E>, A, R> collector) {
        requireContext();
        return unlessClosed(EventReader.super.collect(collector));
    }

    @Override
    public final Future<Void> pipeTo(WriteStream<EventRecord<E>> destination) {
        requireContext();
        return unlessClosed(EventReader.super.pipeTo(destination));
    }

    @Override
    public final Flow.Publisher<EventRecord<E>> asPublisher() {
        requireContext();
        return new ReaderPublisher<>(this);
    }

    /** Waits for the first demand, but tells the end without any. Handlers wait for the demand after their last event. */
    final void awaitDemand() {
        demand = 0;
        paused = false;
        endsWithoutDemand = true;
    }

    // ---- ReadStream

    @Override
    public final StreamName stream() {
        return stream;
    }

    @Override
    public final Future<Void> close() {
        requireContext();
        closeBecause("a reader of " + stream + " was closed before its end");
        return context.succeededFuture();
    }

    @Override
    public final EventReader<E> handler(@Nullable Handler<EventRecord<E>> eventHandler) {
        requireContext();
        handler = eventHandler;
        if (eventHandler != null && !stopped) {
            if (!started) {
                started = true;
                start();
            }
            schedule();
        }
        return this;
    }

    @Override
    public final EventReader<E> exceptionHandler(@Nullable Handler<Throwable> failureHandler) {
        requireContext();
        exceptionHandler = failureHandler;
        return this;
    }

    @Override
    public final EventReader<E> endHandler(@Nullable Handler<Void> finishHandler) {
        requireContext();
        endHandler = finishHandler;
        return this;
    }

    @Override
    public final EventReader<E> truncationHandler(@Nullable Handler<Truncation> removalHandler) {
        requireContext();
        truncationHandler = removalHandler;
        return this;
    }

    @Override
    public final EventReader<E> pause() {
        requireContext();
        demand = 0;
        paused = true;
        return this;
    }

    @Override
    public final EventReader<E> resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public final EventReader<E> fetch(long amount) {
        requireContext();
        if (amount < 0) {
            throw new IllegalArgumentException("fetch of " + amount + " events");
        }
        long sum = demand + amount;
        demand = sum < 0 ? Long.MAX_VALUE : sum;
        if (demand > 0) {
            paused = false;
            schedule();
        }
        return this;
    }

    /** Runs on the context, at once if the caller is there. */
    final void onContext(Runnable action) {
        context.emit(action, Runnable::run);
    }

    final void requireContext() {
        if (!context.inThread()) {
            throw new IllegalStateException(
                    "a reader may be used only on the context that created it, not on " + Thread.currentThread()
                            + ": create one in each verticle, or call it by the context's runOnContext");
        }
    }
}
