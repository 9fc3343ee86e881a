package io.strandline.processing.group.impl.feed;

import io.strandline.StrandlineException;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.strandline.spi.RetryWindow;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One call of a reader. It is retried while its failure may pass, with pauses that double, for as long as the group's
 * options allow. Then it fails with the last failure. The first failure is logged, and the caller gets the last one. Runs
 * on the reader's context.
 */
public final class RetriedCall<T> {

    private static final int FIRST_PAUSE_MILLIS = 100;
    private static final int LONGEST_PAUSE_MILLIS = 5_000;

    private static final Logger LOG = Logger.of(RetriedCall.class);

    private final GroupRuntime runtime;
    private final long longestMillis;
    private final Supplier<String> what;
    private final BooleanSupplier wanted;
    private final Predicate<Throwable> mayPass;
    private final Supplier<Future<T>> call;
    private final Promise<T> answer = Promise.promise();
    private final RetryWindow retries;
    private boolean failed;

    private RetriedCall(
            GroupRuntime runtime,
            long longestMillis,
            Supplier<String> what,
            BooleanSupplier wanted,
            Predicate<Throwable> mayPass,
            Supplier<Future<T>> call) {
        this.runtime = runtime;
        this.longestMillis = longestMillis;
        this.what = what;
        this.wanted = wanted;
        this.mayPass = mayPass;
        this.call = call;
        // Exact pauses: a member's runs can be repeated step by step in a simulation.
        this.retries = new RetryWindow(
                        runtime::nanoTime, Backoff.exact(FIRST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS), longestMillis)
                .begin();
    }

    /**
     * Calls until the call succeeds, fails for good, or is not wanted any more. A call that is not wanted any more fails
     * with Fenced.
     *
     * @param longestMillis how long it is retried
     * @param what names the call, for the log
     * @param wanted whether the call is still wanted
     * @param mayPass whether a failure may pass
     */
    public static <T> Future<T> begin(
            GroupRuntime runtime,
            long longestMillis,
            Supplier<String> what,
            BooleanSupplier wanted,
            Predicate<Throwable> mayPass,
            Supplier<Future<T>> call) {
        RetriedCall<T> retried = new RetriedCall<>(runtime, longestMillis, what, wanted, mayPass, call);
        retried.attempt();
        return retried.answer.future();
    }

    private void attempt() {
        if (!wanted.getAsBoolean()) {
            answer.fail(new StrandlineException.Fenced(what.get() + " is no longer this reader's business"));
            return;
        }
        call.get()
                .onComplete((done, failure) -> runtime.run(() -> {
                    if (failure == null) {
                        answer.complete(done);
                        return;
                    }
                    long pause = mayPass.test(failure) ? retries.pause() : RetryWindow.OVER;
                    if (pause == RetryWindow.OVER) {
                        answer.fail(failure);
                    } else {
                        pause(pause, failure);
                    }
                }));
    }

    private void pause(long millis, Throwable failure) {
        if (!failed) {
            failed = true;
            LOG.warn(
                    "{} is retried for {} ms at most: {}",
                    what.get(),
                    longestMillis,
                    String.valueOf(failure.getMessage()));
        }
        runtime.timer(millis, this::attempt);
    }
}
