package io.strandline.impl.transaction;

import io.strandline.StrandlineException;
import io.strandline.spi.RetryWindow;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A call that is safe to repeat, and is repeated with growing pauses while the log does not confirm it. It ends within a
 * bound, and when the log was closed: as the log answered last, or Unknown if an earlier try may have had an effect.
 */
final class RepeatedCall<T> {

    private final ContextInternal context;
    private final Supplier<Future<T>> call;
    private final RetryPauses pauses;
    private final String what;
    private final long timeoutMillis;
    private final RetryWindow retries;
    private final PromiseInternal<T> promise;
    private final long timer;

    /** True once a try may have had an effect that was not confirmed. */
    private boolean uncertain;

    /** How the log refused the last try, or null while that try is not answered. */
    private @Nullable Throwable refusal;

    private RepeatedCall(
            ContextInternal context, String what, long timeoutMillis, RetryPauses pauses, Supplier<Future<T>> call) {
        this.context = context;
        this.call = call;
        this.pauses = pauses;
        this.what = what;
        this.timeoutMillis = timeoutMillis;
        this.retries = pauses.time().window(timeoutMillis).begin();
        this.promise = context.promise();
        this.timer = context.setTimer(Math.max(1, timeoutMillis), late -> expired());
    }

    /**
     * Makes a call on a context. The future completes there.
     *
     * @param pauses the pauses of the log
     */
    static <T> Future<T> make(
            ContextInternal context, String what, long timeoutMillis, RetryPauses pauses, Supplier<Future<T>> call) {
        RepeatedCall<T> repeated = new RepeatedCall<>(context, what, timeoutMillis, pauses, call);
        repeated.attempt();
        return repeated.promise.future();
    }

    private void attempt() {
        if (promise.future().isComplete()) {
            return;
        }
        refusal = null;
        Future<T> answer = call.get();
        if (answer.isComplete()) {
            // Taken now, so that a timer that is due in the same turn does not come before it.
            answered(answer.result(), answer.cause());
        } else {
            answer.onComplete((value, failure) -> context.runOnContext(ignored -> answered(value, failure)));
        }
    }

    private void answered(@Nullable T value, @Nullable Throwable failure) {
        if (failure == null) {
            end();
            promise.tryComplete(value);
            return;
        }
        uncertain |= failure instanceof StrandlineException.Unknown;
        StrandlineException closed = pauses.over();
        if (!StrandlineException.isTransient(failure)) {
            end();
            promise.tryFail(failure);
            return;
        }
        if (closed != null) {
            end();
            promise.tryFail(uncertain ? unknown(closed.getMessage()) : closed);
            return;
        }
        refusal = failure;
        long pause = retries.pause();
        if (pause != RetryWindow.OVER) {
            pauses.then(context, pause, () -> {
                if (pauses.over() == null) {
                    attempt();
                } else {
                    answered(null, failure);
                }
            });
        } else {
            end();
            expired();
        }
    }

    /** The time is over, in a pause or in a try. A try without an answer may have had an effect. */
    private void expired() {
        Throwable last = refusal;
        if (last == null) {
            promise.tryFail(unknown("no answer"));
        } else {
            promise.tryFail(uncertain ? unknown(last.getMessage()) : last);
        }
    }

    private void end() {
        context.owner().cancelTimer(timer);
    }

    private StrandlineException.Unknown unknown(@Nullable String last) {
        return new StrandlineException.Unknown(
                what + " was not confirmed within " + timeoutMillis + " ms; the last answer: " + last);
    }
}
