package io.strandline.sync.impl.relay;

import io.strandline.sync.Revisioned;
import io.vertx.core.Future;
import io.vertx.core.internal.PromiseInternal;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** One call of a synchronizer, until it is answered. Belongs to the synchronizer's context. */
final class Call<S, U> {

    /** How a call takes it that others were faster. */
    enum Kind {
        /** Its function runs again, a bounded number of times. */
        DECIDED,
        /** It appends the same once more, whatever the others did. */
        UNCONDITIONAL,
        /** It wanted to know the newest state, and now knows it. */
        LOOK
    }

    private final Kind kind;
    private final Function<Folded<S, U>, Decision> decide;
    private final PromiseInternal<Revisioned<S>> reply;
    private final Runnable answered;
    private final long startNanos = System.nanoTime();
    private int lost;

    /**
     * Makes a call.
     *
     * @param decide throws Invalid if code of the application fails
     * @param answered runs when the call is
     */
    Call(Kind kind, Function<Folded<S, U>, Decision> decide, PromiseInternal<Revisioned<S>> reply, Runnable answered) {
        this.kind = kind;
        this.decide = decide;
        this.reply = reply;
        this.answered = answered;
    }

    Kind kind() {
        return kind;
    }

    Decision decide(Folded<S, U> seen) {
        return decide.apply(seen);
    }

    /** Counts an attempt that others were faster than. */
    void lose() {
        lost++;
    }

    /** How many attempts others were faster than. */
    int lost() {
        return lost;
    }

    long ageMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    /** Answers on the caller's context. */
    void succeed(Revisioned<S> state) {
        answered.run();
        reply.context().emit(Future.succeededFuture(state), reply::handle);
    }

    /** Answers on the caller's context. */
    void fail(Throwable failure) {
        answered.run();
        reply.context().emit(Future.<Revisioned<S>>failedFuture(failure), reply::handle);
    }
}
