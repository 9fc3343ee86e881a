package io.strandline.processing.process.impl;

import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.Permit;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.process.CommandTarget;
import io.strandline.processing.process.ProcessTargets;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands until they are answered, and has their instances note the answers.
 *
 * <p>A command that may have been sent before is looked up in the history of its aggregate first. So the bounded memory of the aggregate
 * is not relied on: any number of other commands may have come in between. An opening that was taken over may send late. So each command
 * has a permit: when its aggregate has taken it, this opening must still have the claim of the instance.
 */
final class Sending<S> {

    private static final Logger LOG = Logger.of(Sending.class);

    private final Run<S> run;
    private final ProcessTargets targets;
    private final Settling settling;
    private final String idPrefix;

    Sending(Run<S> run, ProcessTargets targets, Settling settling) {
        this.run = run;
        this.targets = targets;
        this.settling = settling;
        byte[] stream = run.stream().getBytes(StandardCharsets.UTF_8);
        // Its stream too, since the same process on another stream has the same keys and numbers.
        this.idPrefix = run.process.name() + "/" + HexFormat.of().toHexDigits(KeyHash.of(stream, 0, stream.length));
    }

    /** Sends a command for the first time. It holds a slot until the answer is noted. The process stops if it has no such target any more. */
    void send(String key, StoredCommand command) {
        CommandTarget<?> target = targetOf(command);
        if (target != null) {
            run.slots.take(() -> attempt(target, key, command, true, new Backoff()));
        }
    }

    /** As {@link #send}, if an earlier attempt, perhaps of an earlier process, may have been taken. The caller has taken the slot. */
    void sendAgain(String key, StoredCommand command) {
        CommandTarget<?> target = targetOf(command);
        if (target != null) {
            attempt(target, key, command, false, new Backoff());
        }
    }

    private @Nullable CommandTarget<?> targetOf(StoredCommand command) {
        try {
            return run.process.target(command.target());
        } catch (StrandlineException.Invalid unknown) {
            run.stop(unknown);
            return null;
        }
    }

    private <C> void attempt(
            CommandTarget<C> target, String key, StoredCommand command, boolean isNew, Backoff pauses) {
        if (run.isEnding()) {
            return;
        }
        if (isNew) {
            execute(target, key, command, true, pauses);
            return;
        }
        targets.aggregatesOf(target)
                .hasExecuted(command.id(), idOf(key, command))
                .onComplete((executed, cause) -> {
                    if (executed == null) {
                        unknown(target, key, command, pauses, cause);
                    } else if (executed) {
                        run.counters.foundExecuted.increment();
                        answered(key, command, Answer.ACCEPTED);
                    } else {
                        execute(target, key, command, false, pauses);
                    }
                });
    }

    private String idOf(String key, StoredCommand command) {
        return idPrefix + "/" + key + "/" + command.number();
    }

    private <C> void execute(
            CommandTarget<C> target, String key, StoredCommand command, boolean isNew, Backoff pauses) {
        CommandOptions options =
                new CommandOptions().setCommandId(idOf(key, command)).putHeader(Headers.CORRELATION_ID, key);
        // A later opening claims before it looks: what is permitted now was taken before that.
        Permit permit = () -> run.instances.state(key).mapEmpty();
        Future.succeededFuture()
                .compose(begun -> targets.aggregatesOf(target)
                        .execute(command.id(), run.reacting.read(target, command), options, permit)
                        .map(Answer::of))
                .onComplete((answer, cause) -> {
                    if (answer != null) {
                        answered(key, command, answer);
                    } else if (cause instanceof StrandlineException.Invalid) {
                        answered(key, command, new Answer(cause));
                    } else if (StrandlineException.isTransient(cause)) {
                        // Whatever a failure says of itself, to look costs little. Only an overload came before
                        // anything was done, which says nothing about earlier attempts.
                        boolean stillNew = isNew && cause instanceof StrandlineException.Overloaded;
                        again(target, key, command, stillNew, pauses);
                    } else {
                        run.stop(cause);
                    }
                });
    }

    private <C> void again(CommandTarget<C> target, String key, StoredCommand command, boolean isNew, Backoff pauses) {
        run.later(pauses.next(), () -> attempt(target, key, command, isNew, pauses), () -> {});
    }

    /** Nobody can say whether the command was executed, so it is neither sent nor answered. */
    private <C> void unknown(
            CommandTarget<C> target, String key, StoredCommand command, Backoff pauses, Throwable cause) {
        if (StrandlineException.isTransient(cause)) {
            again(target, key, command, false, pauses);
        } else if (cause instanceof StrandlineException.Invalid
                && run.options.getEvents().getPoison() != PoisonPolicy.FAIL) {
            LOG.warn("Command {} of instance {} of {} is put aside until it is opened again", command, key, run, cause);
            run.counters.putAside.increment();
            run.slots.release();
        } else {
            run.stop(cause);
        }
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
