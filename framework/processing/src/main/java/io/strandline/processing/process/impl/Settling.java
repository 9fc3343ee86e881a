package io.strandline.processing.process.impl;

import io.strandline.processing.group.GroupOptions;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/** Has instances react to their own timers and answers, and does what the policy says if they cannot. */
final class Settling {

    private static final Logger LOG = Logger.of(Settling.class);

    private final Run<?> run;

    Settling(Run<?> run) {
        this.run = run;
    }

    /** What an instance is to react to, and what follows. */
    private record Work(String key, Origin origin, Supplier<Input> input, Runnable done, Promise<Void> over) {}

    /**
     * Has an instance react, and frees the slot of the work.
     *
     * @param done called before, if it has reacted
     * @return completes when the slot is free: it has reacted, passed over the input or put it aside. Never if the process ends
     */
    Future<Void> settle(String key, Origin origin, Supplier<Input> input, Runnable done) {
        Work work = new Work(key, origin, input, done, Promise.promise());
        settle(work, 1);
        return work.over.future();
    }

    private void settle(Work work, int attempt) {
        run.react(work.key, work.input).onComplete((reacted, cause) -> {
            if (cause == null) {
                work.done.run();
                free(work);
            } else if (!run.isEnding()) {
                refused(work, attempt, cause);
            }
        });
    }

    private void free(Work work) {
        run.slots.release();
        work.over.complete();
    }

    private void refused(Work work, int attempt, Throwable cause) {
        GroupOptions policy = run.options.getEvents();
        if (attempt < policy.getMaxAttempts()) {
            LOG.warn(
                    "Attempt {} of instance {} of {} at {} failed: {}",
                    attempt,
                    work.key,
                    run,
                    work.origin,
                    cause.getMessage());
            long pause =
                    Backoff.afterFailed(policy.getRetryBackOffMillis(), policy.getMaxRetryBackOffMillis(), attempt);
            run.later(Math.max(1, pause), () -> settle(work, attempt + 1), () -> {});
            return;
        }
        switch (policy.getPoison()) {
            case FAIL -> run.stop(cause);
            case SKIP -> {
                LOG.warn("Instance {} of {} passes over {}", work.key, run, work.origin, cause);
                run.react(work.key, () -> new Input.PassedOver(work.origin)).onComplete((passed, failure) -> {
                    if (failure == null) {
                        free(work);
                    } else {
                        run.stop(failure);
                    }
                });
            }
            case PARK -> {
                LOG.warn("Instance {} of {} puts {} aside until it is opened again", work.key, run, work.origin, cause);
                run.counters.putAside.increment();
                free(work);
            }
        }
    }
}
