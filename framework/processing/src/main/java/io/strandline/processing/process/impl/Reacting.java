package io.strandline.processing.process.impl;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.process.AcceptedCommand;
import io.strandline.processing.process.CommandTarget;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessCommand;
import io.strandline.processing.process.ProcessSource;
import io.strandline.processing.process.Reaction;
import io.strandline.processing.process.RejectedCommand;
import io.strandline.processing.process.TimerChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The instances of a process as aggregates: an input is their command, a step their event. So what was decided is one atomic append, an
 * instance has one owner, and is rebuilt from snapshot and history. Pure.
 *
 * <p>An input that was decided already leads to nothing: an event is known by its position in its partition, a timer and an answer by a
 * number that is not open any more. What cannot be reacted to is a rejection whose reason is a {@link StrandlineException}.
 */
final class Reacting<S> {

    private final Process<S> process;

    Reacting(Process<S> process) {
        this.process = process;
    }

    Aggregate<Input, Step, Instance> asAggregate() {
        return Aggregate.named(process.name())
                .commands(Input.class)
                .events(Step.class)
                .initial(Instance.NEW)
                .decide(Input.class, this::decide)
                .evolve(Step.class, Instance::after)
                .codec(StepCodec.INSTANCE)
                .snapshots(InstanceCodec.INSTANCE)
                .build();
    }

    S stateOf(Instance instance) {
        Encoded stored = instance.state();
        return stored == null ? process.initial() : stored.read("the state of " + process, process.stateCodec());
    }

    private Decision<Step> decide(Instance now, Input input) {
        try {
            if (input instanceof Input.Delivered delivered) {
                return deliver(now, delivered);
            }
            if (input instanceof Input.Fired fired) {
                return fire(now, fired);
            }
            if (input instanceof Input.Answered answered) {
                return answer(now, answered);
            }
            return passOver(now, input.origin());
        } catch (StrandlineException refused) {
            return Decision.reject(refused);
        }
    }

    private Decision<Step> deliver(Instance now, Input.Delivered input) {
        Place place = input.origin().place();
        if (!input.isKnownNew() && now.hasPassed(place, input.origin().offset())) {
            return Decision.nothing();
        }
        @SuppressWarnings("unchecked") // it is one of the process
        ProcessSource<?, S> source = (ProcessSource<?, S>) input.source();
        S before = stateOf(now);
        Reaction<S> reaction = process.react(source, before, input.event());
        S after = reaction.state();
        // What changes nothing needs no memory: whenever it comes again, it is as if it came for the first time then.
        if (reaction.commands().isEmpty() && reaction.timers().isEmpty() && (after == null || after.equals(before))) {
            return Decision.nothing();
        }
        if (!now.positions().containsKey(place) && now.positions().size() >= Instance.MAX_POSITIONS) {
            throw new StrandlineException.Invalid("an instance of " + process + " has read "
                    + now.positions().size() + " partitions and " + place + " is one more, the limit is "
                    + Instance.MAX_POSITIONS);
        }
        return step(now, input.origin(), before, reaction, input.nowMillis());
    }

    private Decision<Step> fire(Instance now, Input.Fired input) {
        StoredTimer timer = isSet(now, input.origin());
        if (timer == null) {
            return Decision.nothing();
        }
        S before = stateOf(now);
        Object fired = timer.timer().read("timer " + timer.name() + " of " + process, process.timerCodec());
        return step(now, input.origin(), before, process.reactToTimer(before, fired), input.nowMillis());
    }

    private static @Nullable StoredTimer isSet(Instance now, Origin.Timer origin) {
        StoredTimer timer = now.timers().get(origin.name());
        return timer == null || timer.number() != origin.number() ? null : timer;
    }

    private Decision<Step> answer(Instance now, Input.Answered input) {
        StoredCommand open = now.open().get(input.origin().number());
        if (open == null) {
            return Decision.nothing();
        }
        S before = stateOf(now);
        CommandTarget<?> target = process.target(open.target());
        Object command = read(target, open);
        Object reason = input.reason();
        Reaction<S> reaction = reason == null
                ? process.reactToAccepted(target, before, new AcceptedCommand<>(open.id(), command))
                : process.reactToRejected(target, before, new RejectedCommand<>(open.id(), command, reason));
        return step(now, input.origin(), before, reaction, input.nowMillis());
    }

    /** The command, as it was decided. */
    <C> C read(CommandTarget<C> target, StoredCommand stored) {
        return stored.command()
                .read("command " + stored.number() + " of " + process + " for " + target, target.codec());
    }

    private Decision<Step> passOver(Instance now, Origin origin) {
        boolean open = origin instanceof Origin.Timer timer
                ? isSet(now, timer) != null
                : origin instanceof Origin.Answer answer && now.open().containsKey(answer.number());
        return open ? Decision.emit(new Step(origin, null, List.of(), List.of(), List.of())) : Decision.nothing();
    }

    // ---- what is stored

    private Decision<Step> step(Instance now, Origin origin, S before, Reaction<S> reaction, long nowMillis) {
        S next = reaction.state();
        Encoded state = next == null || next.equals(before)
                ? null
                : Encoded.of("a state of " + process, process.stateCodec(), next);
        long number = now.nextNumber();
        List<StoredCommand> commands = new ArrayList<>();
        for (ProcessCommand<?> command : reaction.commands()) {
            commands.add(stored(number++, command));
        }
        Map<String, @Nullable StoredTimer> changed = new LinkedHashMap<>();
        for (TimerChange change : reaction.timers()) {
            if (change instanceof TimerChange.Cancelled cancelled) {
                changed.put(cancelled.name(), null);
            } else {
                StoredTimer timer = stored(number++, change, nowMillis);
                changed.put(timer.name(), timer);
            }
        }
        List<StoredTimer> timers = new ArrayList<>();
        List<String> cancelled = new ArrayList<>();
        changed.forEach((name, timer) -> {
            if (timer != null) {
                timers.add(timer);
            } else if (now.timers().containsKey(name)) {
                cancelled.add(name);
            }
        });
        Step step = new Step(origin, state, commands, timers, cancelled);
        requireRoom(now, now.after(step), origin);
        return Decision.emit(step);
    }

    private <C> StoredCommand stored(long number, ProcessCommand<C> command) {
        CommandTarget<C> target = command.target();
        if (!process.target(target.name()).equals(target)) {
            throw new StrandlineException.Invalid(
                    "target " + target + " of " + command + " is another one than that of " + process);
        }
        return new StoredCommand(
                number, target.name(), command.id(), Encoded.of(command.toString(), target.codec(), command.command()));
    }

    private StoredTimer stored(long number, TimerChange change, long nowMillis) {
        EventCodec<Object> codec = process.timerCodec();
        if (change instanceof TimerChange.After after) {
            return stored(
                    number,
                    after.name(),
                    after.timer(),
                    nowMillis + after.delay().toMillis(),
                    codec);
        }
        if (change instanceof TimerChange.At at) {
            return stored(number, at.name(), at.timer(), millis(at.time()), codec);
        }
        throw new IllegalStateException("no timer is set by " + change);
    }

    private static StoredTimer stored(
            long number, @Nullable String name, Object timer, long dueMillis, EventCodec<Object> codec) {
        Encoded encoded = Encoded.of("timer " + timer, codec, timer);
        String own = name == null ? codec.typeOf(timer).name() : name;
        return new StoredTimer(own, number, Math.max(0, dueMillis), encoded);
    }

    private static long millis(Instant time) {
        try {
            return time.toEpochMilli();
        } catch (ArithmeticException beyond) {
            return time.isBefore(Instant.EPOCH) ? 0 : Long.MAX_VALUE;
        }
    }

    private void requireRoom(Instance before, Instance after, Origin origin) {
        // A timer and an answer hold a slot, which the commands that they would wait for may need.
        if (origin instanceof Origin.Event
                && after.open().size() > Process.MAX_OPEN_COMMANDS
                && after.open().size() > before.open().size()) {
            throw new StrandlineException.Overloaded("an instance of " + process + " would have "
                    + after.open().size() + " commands without an answer, the limit is " + Process.MAX_OPEN_COMMANDS);
        }
        if (after.timers().size() > Process.MAX_TIMERS
                && after.timers().size() > before.timers().size()) {
            throw new StrandlineException.Invalid("an instance of " + process + " would have "
                    + after.timers().size() + " timers, the limit is " + Process.MAX_TIMERS);
        }
    }
}
