package io.strandline.processing.process.impl;

import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.process.CommandTarget;
import io.strandline.processing.process.ProcessTargets;
import io.strandline.spi.Backoff;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands until they are answered, and has their instances note the answers.
 *
 * <p>A command that may have been sent before is looked up in the history of its aggregate first. So the bounded memory of the aggregate
 * is not relied on: any number of other commands may have come in between.
 */
final class Sending<S> {

    private final Run<S> run;
    private final ProcessTargets targets;
    private final Settling settling;

    Sending(Run<S> run, ProcessTargets targets, Settling settling) {
        this.run = run;
        this.targets = targets;
        this.settling = settling;
    }

    /**
     * Sends a command. It holds a slot until the answer is noted.
     *
     * @param key of its instance
     * @param isNew false if an earlier attempt, perhaps of an earlier process, may have been taken
     */
    void send(String key, StoredCommand command, boolean isNew) {
        run.slots.take(() -> attempt(run.process.target(command.target()), key, command, isNew, new Backoff()));
    }

    private <C> void attempt(
            CommandTarget<C> target, String key, StoredCommand command, boolean isNew, Backoff pauses) {
        if (run.isEnding()) {
            return;
        }
        Aggregates<C, ?> aggregates = targets.aggregatesOf(target);
        String commandId = run.process.name() + "/" + key + "/" + command.number();
        Future<Boolean> done = isNew ? Future.succeededFuture(false) : aggregates.hasExecuted(command.id(), commandId);
        done.compose(executed -> {
                    if (executed) {
                        run.counters.foundExecuted.increment();
                        return Future.succeededFuture(Answer.ACCEPTED);
                    }
                    C decoded = run.reacting.read(target, command);
                    CommandOptions options =
                            new CommandOptions().setCommandId(commandId).putHeader(Headers.CORRELATION_ID, key);
                    return aggregates.execute(command.id(), decoded, options).map(Answer::of);
                })
                .onComplete((answer, cause) -> {
                    if (answer != null) {
                        answered(key, command, answer);
                    } else if (cause instanceof StrandlineException.Invalid) {
                        answered(key, command, new Answer(cause));
                    } else if (StrandlineException.isTransient(cause)) {
                        // Whatever the failure says of itself: to look costs little, and only after failures.
                        run.later(pauses.next(), () -> attempt(target, key, command, false, pauses), () -> {});
                    } else {
                        run.stop(cause);
                    }
                });
    }

    /**
     * What an aggregate said.
     *
     * @param reason why it rejected. Null if it accepted
     */
    private record Answer(@Nullable Object reason) {

        static final Answer ACCEPTED = new Answer(null);

        static Answer of(Outcome<?> outcome) {
            return outcome instanceof Outcome.Rejected<?> rejected ? new Answer(rejected.reason()) : ACCEPTED;
        }
    }

    private void answered(String key, StoredCommand command, Answer answer) {
        Object reason = answer.reason();
        Origin.Answer origin = new Origin.Answer(command.number(), reason == null);
        settling.settle(key, origin, () -> new Input.Answered(origin, reason, run.clock.millis()), () -> (reason == null
                        ? run.counters.accepted
                        : run.counters.rejected)
                .increment());
    }
}
