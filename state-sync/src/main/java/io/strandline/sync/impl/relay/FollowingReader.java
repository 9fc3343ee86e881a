package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.sync.Change;
import io.strandline.sync.ChangeReader;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A position in the chain of revisions, with the demand from there on. While the reader keeps up, it gets the states that
 * its synchronizer folds. After a pause, it folds the revisions that the chain still has, and asks for the rest. So a
 * paused reader holds one state and no buffer.
 */
final class FollowingReader<S, U> implements ChangeReader<S, U> {

    /** Changes after which others on the event loop have their turn. */
    static final int MAX_CHANGES_A_TURN = 256;

    private final ContextInternal context;
    private final StateFold<S, U> fold;
    private final Consumer<Position> lacks;
    private final Consumer<FollowingReader<S, U>> onEnd;

    private final Supplier<Chain> newest;

    private Folded<S, U> at;
    private boolean begun;
    private long demand = Long.MAX_VALUE;
    private boolean delivering;
    /** Whether a handler has asked for more, or set another one, while it was called. */
    private boolean asked;

    private boolean scheduled;
    private boolean ended;
    /** Whether the synchronizer has ended it, and no handler was there to hear of it. */
    private boolean endUntold;

    private @Nullable Handler<Change<S, U>> handler;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> endHandler;

    /**
     * Makes a reader.
     *
     * @param first the state that it begins with
     * @param newest the chain as the synchronizer knows it
     * @param lacks asks for the revisions after a position
     * @param onEnd called on the context when the reader has ended
     */
    FollowingReader(
            ContextInternal context,
            StateFold<S, U> fold,
            Folded<S, U> first,
            Supplier<Chain> newest,
            Consumer<Position> lacks,
            Consumer<FollowingReader<S, U>> onEnd) {
        this.context = context;
        this.fold = fold;
        this.at = first;
        this.newest = newest;
        this.lacks = lacks;
        this.onEnd = onEnd;
    }

    // What the synchronizer says, on its context

    /** The durable state moved by one revision. */
    void moved(Position before, Folded<S, U> now) {
        if (begun
                && !delivering
                && !scheduled
                && handler != null
                && demand > 0
                && at.position().equals(before)) {
            at = now;
            // A handler that asks for more gets it after this one: the chain has the next revisions already.
            asked = false;
            delivering = true;
            deliver(now, now.isWhole());
            delivering = false;
            if (asked) {
                pump();
            }
        }
    }

    /** Delivers what is wanted, as far as the chain has it. */
    void pump() {
        if (delivering || scheduled) {
            asked = delivering;
            return;
        }
        delivering = true;
        int delivered = 0;
        while (!ended && handler != null && demand > 0 && delivered < MAX_CHANGES_A_TURN && deliverNext()) {
            delivered++;
        }
        delivering = false;
        if (delivered == MAX_CHANGES_A_TURN) {
            scheduled = true;
            context.runOnContext(v -> {
                scheduled = false;
                pump();
            });
        }
    }

    void end() {
        if (stop()) {
            endUntold = true;
            tellEnd();
        }
    }

    private void tellEnd() {
        Handler<Void> to = endHandler;
        if (endUntold && to != null) {
            endUntold = false;
            context.dispatch(null, to);
        }
    }

    private boolean deliverNext() {
        if (!begun) {
            begun = true;
            deliver(at, true);
            return true;
        }
        Chain chain = newest.get();
        @Nullable List<Revision> rest = chain.durableAfter(at.position());
        if (rest != null && rest.isEmpty()) {
            return false;
        }
        if (rest == null && !chain.isWhole()) {
            lacks.accept(at.position());
            return false;
        }
        boolean anew = rest == null;
        List<Revision> from = rest == null ? chain.allDurable() : rest;
        if (from.isEmpty()) {
            return false;
        }
        try {
            at = fold.apply(anew ? fold.initial() : at, from.get(0));
        } catch (StrandlineException.Invalid unreadable) {
            fail(unreadable);
            return false;
        }
        deliver(at, anew || at.isWhole());
        return true;
    }

    private void deliver(Folded<S, U> state, boolean whole) {
        Handler<Change<S, U>> to = handler;
        if (to == null) {
            return;
        }
        if (demand != Long.MAX_VALUE) {
            demand--;
        }
        context.dispatch(new Change<>(state.revision(), state.state(), whole ? List.of() : state.updates(), whole), to);
    }

    private void fail(Throwable failure) {
        Handler<Throwable> to = exceptionHandler;
        if (!stop()) {
            return;
        }
        if (to == null) {
            context.reportException(failure);
        } else {
            context.dispatch(failure, to);
        }
    }

    /** Returns whether it was running. */
    private boolean stop() {
        if (ended) {
            return false;
        }
        ended = true;
        handler = null;
        onEnd.accept(this);
        return true;
    }

    // What the application says, from any thread

    @Override
    public ChangeReader<S, U> handler(@Nullable Handler<Change<S, U>> handler) {
        return soon(() -> this.handler = ended ? null : handler);
    }

    @Override
    public ChangeReader<S, U> exceptionHandler(@Nullable Handler<Throwable> handler) {
        return soon(() -> exceptionHandler = handler);
    }

    @Override
    public ChangeReader<S, U> endHandler(@Nullable Handler<Void> handler) {
        return soon(() -> {
            endHandler = handler;
            tellEnd();
        });
    }

    @Override
    public ChangeReader<S, U> pause() {
        return soon(() -> demand = 0);
    }

    @Override
    public ChangeReader<S, U> resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public ChangeReader<S, U> fetch(long amount) {
        if (amount < 0) {
            throw new IllegalArgumentException("fetch of " + amount + " changes");
        }
        return soon(() -> {
            long sum = demand + amount;
            demand = sum < 0 ? Long.MAX_VALUE : sum;
        });
    }

    @Override
    public Future<Void> close() {
        ContextInternal caller = ContextInternal.current();
        PromiseInternal<Void> reply = (caller == null ? context : caller).promise();
        try {
            context.emit(v -> {
                stop();
                endUntold = false;
                reply.context().emit(v2 -> reply.complete());
            });
        } catch (RejectedExecutionException e) {
            return Future.succeededFuture(); // Vert.x was closed, and the reader with it
        }
        return reply.future();
    }

    private ChangeReader<S, U> soon(Runnable action) {
        context.emit(v -> {
            action.run();
            pump();
        });
        return this;
    }
}
