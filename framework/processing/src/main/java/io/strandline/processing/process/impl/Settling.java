package io.strandline.processing.process.impl;

import io.strandline.processing.group.GroupOptions;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import java.util.function.Supplier;

/** Has instances react to their own timers and answers, and does what the policy says if they cannot. */
final class Settling {

    private static final Logger LOG = Logger.of(Settling.class);

    private final Run<?> run;

    Settling(Run<?> run) {
        this.run = run;
    }

    /**
     * Has an instance react, and frees the slot of the work.
     *
     * @param done called before, if it has reacted
     */
    void settle(String key, Origin origin, Supplier<Input> input, Runnable done) {
        settle(key, origin, input, done, 1);
    }

    private void settle(String key, Origin origin, Supplier<Input> input, Runnable done, int attempt) {
        run.react(key, input).onComplete((reacted, cause) -> {
            if (cause == null) {
                done.run();
                run.slots.release();
            } else if (!run.isEnding()) {
                refused(key, origin, input, done, attempt, cause);
            }
        });
    }

    private void refused(
            String key, Origin origin, Supplier<Input> input, Runnable done, int attempt, Throwable cause) {
        GroupOptions policy = run.options.getEvents();
        if (attempt < policy.getMaxAttempts()) {
            LOG.warn("Attempt {} of instance {} of {} at {} failed: {}", attempt, key, run, origin, cause.getMessage());
            long pause =
                    Backoff.afterFailed(policy.getRetryBackOffMillis(), policy.getMaxRetryBackOffMillis(), attempt);
            run.later(Math.max(1, pause), () -> settle(key, origin, input, done, attempt + 1), () -> {});
            return;
        }
        switch (policy.getPoison()) {
            case FAIL -> run.stop(cause);
            case SKIP -> {
                LOG.warn("Instance {} of {} passes over {}", key, run, origin, cause);
                run.react(key, () -> new Input.PassedOver(origin)).onComplete((passed, failure) -> {
                    if (failure == null) {
                        run.slots.release();
                    } else {
                        run.stop(failure);
                    }
                });
            }
            case PARK -> {
                LOG.warn("Instance {} of {} puts {} aside until it is opened again", key, run, origin, cause);
                run.counters.putAside.increment();
                run.slots.release();
            }
        }
    }
}
