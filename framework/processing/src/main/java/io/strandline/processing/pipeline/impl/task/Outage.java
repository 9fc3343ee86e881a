package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.impl.Retries;
import io.strandline.spi.RetryTime;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One stretch of time in which something that a pipeline needs is away. It is tried again, with pauses that double, until the
 * stretch is longer than the options allow. What comes back may go again soon, and is still away then. The stretch has ended when it
 * has stayed for longer than a stretch may last.
 */
public final class Outage {

    private final RetryTime time;
    private final long longestNanos;
    private final Retries retries;
    private boolean isBack;
    private long backNanos;

    Outage(Context context, long longestMillis) {
        this(context, RetryTime.SYSTEM, longestMillis);
    }

    Outage(Context context, RetryTime time, long longestMillis) {
        this.time = time;
        this.longestNanos = TimeUnit.MILLISECONDS.toNanos(longestMillis);
        this.retries = new Retries(context, time, longestMillis);
    }

    /**
     * Makes a call of a run again while it fails and the stretch lasts. Completes as the last one does.
     *
     * @param isLast whether a failure is the answer, as when nobody waits for another one any more
     */
    public static <T> Future<T> during(RunSetting run, Predicate<Throwable> isLast, Supplier<Future<T>> call) {
        return new Outage(run.vertx().getOrCreateContext(), run.options().getRetryTimeoutMillis()).during(isLast, call);
    }

    private <T> Future<T> during(Predicate<Throwable> isLast, Supplier<Future<T>> call) {
        return call.get().recover(cause -> {
            if (isLast.test(cause)) {
                return Future.failedFuture(cause);
            }
            Promise<T> answer = Promise.promise();
            retry(cause, () -> during(isLast, call).onComplete(answer), answer::fail);
            return answer.future();
        });
    }

    /** Tries again after a pause, or gives up with the cause, if it does not pass or has lasted too long. */
    void retry(Throwable cause, Runnable again, Consumer<Throwable> giveUp) {
        isBack = false;
        if (!retries.againAfter(cause, again)) {
            giveUp.accept(cause);
        }
    }

    /** An attempt has succeeded. */
    void back() {
        if (!isBack) {
            isBack = true;
            backNanos = time.nanos();
        }
    }

    /** Whether the next failure begins another stretch. */
    boolean hasEnded() {
        return isBack && time.nanos() - backNanos > longestNanos;
    }
}
