package io.strandline.spi;

import io.strandline.StrandlineException;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The end of something that an application opens: it closes when its owner says so, or with its Vert.x instance, once.
 *
 * <p>A close may be asked for as often as one likes, from any thread and also after Vert.x was closed. It never throws, and
 * every call completes with the one outcome, within {@link #LONGEST_CLOSE_MILLIS}.
 */
public final class CloseOnce {

    /** In which order things close with Vert.x: those that use others come first. */
    public enum Stage {
        /** What lets other processes in: servers. */
        DOORS,
        /** Pipelines and reader groups. */
        PROCESSING,
        /** Synchronizers, which keep the states of reader groups. */
        SYNCHRONIZERS,
        /** Stores of revisions, which synchronizers write to. */
        STORES,
        /** Logs, with their writers and readers. */
        LOGS,
        /** The parts that a log runs on: shards, threads, files. */
        ENGINES
    }

    /**
     * How long a close may take, in milliseconds. Then it fails, but the operation it was waiting for may still end
     * later.
     */
    public static final long LONGEST_CLOSE_MILLIS = 60_000;

    private final CloseOrder order;
    private final Stage stage;
    private final String name;
    private final Supplier<Future<Void>> action;
    private final long longestMillis;
    private final AtomicReference<@Nullable Future<Void>> closing = new AtomicReference<>();

    CloseOnce(CloseOrder order, Stage stage, String name, Supplier<Future<Void>> action, long longestMillis) {
        this.order = order;
        this.stage = stage;
        this.name = name;
        this.action = action;
        this.longestMillis = longestMillis;
    }

    /**
     * Closes something with its Vert.x instance from now on.
     *
     * @param name name of the closed object, for messages
     * @param action closes it. Called once, on any thread
     * @throws StrandlineException.Unavailable if the instance is closing or closed
     */
    public static CloseOnce with(Vertx vertx, Stage stage, String name, Supplier<Future<Void>> action) {
        CloseOrder order = CloseOrder.of(vertx);
        CloseOnce once = new CloseOnce(order, stage, name, action, LONGEST_CLOSE_MILLIS);
        order.add(once);
        return once;
    }

    /**
     * Registers a hook that runs when the verticle of its context is undeployed, or at once if it was undeployed already:
     * something that took a while to open has outlived the verticle that opened it. Does nothing for a context without
     * verticle. (Vert.x runs the hooks of such contexts when it closes itself, in no order.)
     */
    public static void endWithVerticle(ContextInternal context, Closeable hook) {
        CloseFuture verticle = context.closeFuture();
        if (verticle != context.owner().closeFuture() && !verticle.add(hook)) {
            hook.close(Promise.promise());
        }
    }

    Stage stage() {
        return stage;
    }

    /** True from the first call of {@link #close} on. */
    public boolean isClosing() {
        return closing.get() != null;
    }

    /** True if Vert.x has begun to close, and so will close this when it is its turn. */
    public boolean isVertxClosing() {
        return order.isVertxClosing();
    }

    /**
     * Closes, or joins the close that was begun. The future completes on the caller's context, or on any thread when
     * Vert.x closes, because the contexts end then.
     */
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        if (closing.compareAndSet(null, closed.future())) {
            begin(closed);
            return onCaller(closed.future());
        }
        Future<Void> first = closing.get();
        return onCaller(first == null ? closed.future() : first);
    }

    private void begin(Promise<Void> closed) {
        ContextInternal timers = order.context();
        long timer;
        try {
            timer = timers.setTimer(
                    longestMillis,
                    late -> closed.tryFail(new StrandlineException.Unavailable(
                            name + " was not closed within " + longestMillis + " ms")));
        } catch (RuntimeException loopsHaveEnded) {
            timer = -1;
        }
        long bound = timer;
        closed.future().onComplete(ended -> {
            timers.owner().cancelTimer(bound);
            order.remove(this);
        });
        called().onComplete((done, failure) -> {
            if (failure == null) {
                closed.tryComplete();
            } else {
                closed.tryFail(failure);
            }
        });
    }

    private Future<Void> called() {
        try {
            return action.get();
        } catch (RuntimeException | Error e) { // a close has no caller to throw to
            return Future.failedFuture(e);
        }
    }

    /** It has ended in another way: Vert.x need not close it any more. */
    public void forget() {
        order.remove(this);
    }

    /**
     * A future that completes on the caller's context, but belongs to none: whoever listens after Vert.x has closed is told on
     * its own thread. A future of a context would refuse it, because the context has ended.
     */
    private Future<Void> onCaller(Future<Void> future) {
        if (order.isVertxClosing()) {
            return future;
        }
        ContextInternal caller = order.context().owner().getOrCreateContext();
        Promise<Void> promise = Promise.promise();
        future.onComplete(result -> {
            try {
                caller.emit(result, promise::handle);
            } catch (RejectedExecutionException contextHasEnded) {
                promise.handle(result);
            }
        });
        return promise.future();
    }

    @Override
    public String toString() {
        return name;
    }
}
