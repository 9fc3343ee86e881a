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
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands until they are answered, and has their instances note the answers.
 *
 * <p>A command that may have been sent before is looked up in the history of its aggregate first. So the bounded memory of the aggregate
 * is not relied on: any number of other commands may have come in between. An opening that was taken over may send late. So each command
 * has a permit: when its aggregate has taken it, this opening must still have the claim of the instance.
 *
 * <p>Commands to one aggregate are sent one after the other, in the order of the steps: the next one when the one before is answered or
 * put aside, also if that has to be sent again. Those to several aggregates are under way at the same time. A command that waits holds a
 * slot, so what waits for an aggregate that does not answer is bounded.
 */
final class Sending<S> {

    private static final Logger LOG = Logger.of(Sending.class);

    private final Run<S> run;
    private final ProcessTargets targets;
    private final Settling settling;
    private final String idPrefix;

    /** Those that have a slot, until their aggregates are known, in the order of the slots. */
    private final ArrayDeque<Turn> turns = new ArrayDeque<>();
    /** By each aggregate to which a command is under way: those that are sent after it. */
    private final Map<Address, Queue<Runnable>> lines = new HashMap<>();

    Sending(Run<S> run, ProcessTargets targets, Settling settling) {
        this.run = run;
        this.targets = targets;
        this.settling = settling;
        byte[] stream = run.stream().getBytes(StandardCharsets.UTF_8);
        // Its stream too, since the same process on another stream has the same keys and numbers.
        this.idPrefix = run.process.name() + "/" + HexFormat.of().toHexDigits(KeyHash.of(stream, 0, stream.length));
    }

    /** An aggregate. */
    private record Address(String target, String id) {}

    /** The place of a command among all of them. Nothing that comes later passes it before it is taken. */
    final class Turn {
        private @Nullable Runnable enters;

        private Turn() {}

        /** The command need not be sent. */
        void cancel() {
            take(() -> {});
        }

        private void take(Runnable entering) {
            enters = entering;
            Turn first = turns.peek();
            while (first != null && first.enters != null) {
                turns.remove();
                first.enters.run();
                first = turns.peek();
            }
        }
    }

    /** The next place. The caller has taken a slot. */
    Turn turn() {
        Turn next = new Turn();
        turns.add(next);
        return next;
    }

    /** A command on its way to its aggregate. */
    private record Errand<C>(
            CommandTarget<C> target, String key, StoredCommand command, Headers trace, Backoff pauses) {

        static <C> Errand<C> to(CommandTarget<C> target, String key, StoredCommand command, Headers trace) {
            return new Errand<>(target, key, command, trace, new Backoff());
        }

        Address address() {
            return new Address(command.target(), command.id());
        }
    }

    /**
     * Sends a command for the first time. It holds a slot until the answer is noted. The process stops if it has no such target any more.
     *
     * @param trace that its events go on with, as headers
     */
    void send(String key, StoredCommand command, Headers trace) {
        CommandTarget<?> target = targetOf(command);
        if (target != null) {
            run.slots.take(() -> enter(turn(), Errand.to(target, key, command, trace), true));
        }
    }

    /**
     * As {@link #send}, if an earlier attempt, perhaps of an earlier process, may have been taken. The caller has taken the slot. Its
     * events have no trace, which is not stored.
     *
     * @param turn of the command
     */
    void sendAgain(Turn turn, String key, StoredCommand command) {
        CommandTarget<?> target = targetOf(command);
        if (target != null) {
            enter(turn, Errand.to(target, key, command, Headers.NONE), false);
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

    private void enter(Turn turn, Errand<?> errand, boolean isNew) {
        turn.take(() -> {
            Queue<Runnable> before = lines.get(errand.address());
            if (before == null) {
                lines.put(errand.address(), new ArrayDeque<>(0));
                attempt(errand, isNew);
            } else {
                before.add(() -> attempt(errand, isNew));
            }
        });
    }

    /** The command is answered or put aside. */
    private void leave(Errand<?> errand) {
        Runnable next = Objects.requireNonNull(lines.get(errand.address())).poll();
        if (next == null) {
            lines.remove(errand.address());
        } else {
            // In a turn of its own: many that are refused at once would be as deep as they are many.
            run.context.runOnContext(turned -> next.run());
        }
    }

    private <C> void attempt(Errand<C> errand, boolean isNew) {
        if (run.isEnding()) {
            return;
        }
        if (isNew) {
            execute(errand, true);
            return;
        }
        targets.aggregatesOf(errand.target())
                .hasExecuted(errand.command().id(), idOf(errand))
                .onComplete((executed, cause) -> {
                    if (executed == null) {
                        unknown(errand, cause);
                    } else if (executed) {
                        run.counters.foundExecuted.increment();
                        answered(errand, Answer.ACCEPTED);
                    } else {
                        execute(errand, false);
                    }
                });
    }

    private String idOf(Errand<?> errand) {
        return idPrefix + "/" + errand.key() + "/" + errand.command().number();
    }

    private <C> void execute(Errand<C> errand, boolean isNew) {
        CommandOptions options = new CommandOptions()
                .setHeaders(errand.trace().with(Headers.CORRELATION_ID, errand.key()))
                .setCommandId(idOf(errand));
        // A later opening claims before it looks: what is permitted now was taken before that.
        Permit permit = () -> run.instances.state(errand.key()).mapEmpty();
        StoredCommand command = errand.command();
        Future.succeededFuture()
                .compose(begun -> targets.aggregatesOf(errand.target())
                        .execute(command.id(), run.reacting.read(errand.target(), command), options, permit)
                        .map(Answer::of))
                .onComplete((answer, cause) -> {
                    if (answer != null) {
                        answered(errand, answer);
                    } else if (cause instanceof StrandlineException.Invalid) {
                        answered(errand, new Answer(cause));
                    } else if (StrandlineException.isTransient(cause)) {
                        // Whatever a failure says of itself, to look costs little. Only an overload came before
                        // anything was done, which says nothing about earlier attempts.
                        boolean stillNew = isNew && cause instanceof StrandlineException.Overloaded;
                        again(errand, stillNew);
                    } else {
                        run.stop(cause);
                    }
                });
    }

    private <C> void again(Errand<C> errand, boolean isNew) {
        run.later(errand.pauses().next(), () -> attempt(errand, isNew), () -> {});
    }

    /** Nobody can say whether the command was executed, so it is neither sent nor answered. */
    private void unknown(Errand<?> errand, Throwable cause) {
        if (StrandlineException.isTransient(cause)) {
            again(errand, false);
        } else if (cause instanceof StrandlineException.Invalid
                && run.options.getEvents().getPoison() != PoisonPolicy.FAIL) {
            LOG.warn(
                    "Command {} of instance {} of {} is put aside until it is opened again",
                    errand.command(),
                    errand.key(),
                    run,
                    cause);
            run.counters.putAside.increment();
            leave(errand);
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

    private void answered(Errand<?> errand, Answer answer) {
        leave(errand);
        Object reason = answer.reason();
        Origin.Answer origin = new Origin.Answer(errand.command().number(), reason == null);
        settling.settle(
                errand.key(),
                origin,
                () -> new Input.Answered(origin, reason, run.clock.millis(), errand.trace()),
                () -> (reason == null ? run.counters.accepted : run.counters.rejected).increment());
    }
}
