package io.strandline.testkit;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.NewEvent;
import io.strandline.StreamName;
import io.strandline.processing.process.AcceptedCommand;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessCommand;
import io.strandline.processing.process.ProcessSource;
import io.strandline.processing.process.Reaction;
import io.strandline.processing.process.RejectedCommand;
import io.strandline.processing.process.TimerChange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tests one instance of a {@link Process} as it is registered, without a log, without Vert.x and in virtual time:
 *
 * <pre>{@code
 * Scenario.given(transfer)
 *         .when(new Sent("t-1", "anna", "bert", 30))
 *         .thenCommands(ACCOUNTS.command("bert", new Receive("t-1", 30)))
 *         .thenTimer("deadline", Duration.ofMinutes(5))
 *         .whenRejected("closed")
 *         .thenCommands(ACCOUNTS.command("anna", new TakeBack("t-1", 30)))
 *         .thenNoTimer("deadline");
 * }</pre>
 *
 * <p>Commands are answered when the test says so. Every event, state, command and timer is stored and read back by its codec on the way:
 * one that comes back different fails the scenario. What does not hold throws {@link AssertionError}, which shows expected and actual one
 * by one.
 *
 * @param <S> state of the process
 */
public final class ProcessScenario<S> {

    /** A timer that is set. */
    private record Due(String name, long millis, Object timer) {}

    private final Process<S> process;
    private final List<ProcessCommand<?>> open = new ArrayList<>();
    private final TreeMap<String, Due> timers = new TreeMap<>();
    private final List<ProcessCommand<?>> commands = new ArrayList<>();
    private S state;
    private long nowMillis = VirtualClock.START_MILLIS;
    private @Nullable String key;
    private String situation;

    ProcessScenario(Process<S> process) {
        this.process = process;
        this.state = process.initial();
        this.situation = process + " with state " + state;
    }

    // ---- what comes

    /**
     * An event comes, of the one source that reacts to its class.
     *
     * @throws AssertionError if several do, or it belongs to another instance than those before
     */
    public ProcessScenario<S> when(Object event) {
        List<ProcessSource<?, S>> found = process.sources().stream()
                .filter(source -> source.handles(event))
                .toList();
        if (found.size() > 1) {
            throw new AssertionError(process + " reacts to " + event + " of " + found + ", one has to be named");
        }
        begin("reacted to " + event);
        if (!found.isEmpty()) {
            take(found.get(0), NewEvent.of(null, event));
        }
        return this;
    }

    /**
     * An event comes from a stream, with its routing key and headers.
     *
     * @throws AssertionError if the process does not read the stream, or the event belongs to another instance than those before
     */
    public ProcessScenario<S> when(String stream, NewEvent<?> event) {
        begin("reacted to " + event.event() + " of " + stream);
        StreamName name = StreamName.parse(stream);
        ProcessSource<?, S> source = process.sources().stream()
                .filter(one -> one.stream().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(process + " reads " + process.sources() + " and not " + stream));
        take(source, event);
        return this;
    }

    private <E> void take(ProcessSource<E, S> source, NewEvent<?> event) {
        @SuppressWarnings("unchecked") // another one fails in its codec
        E given = (E) event.event();
        EventCodec<E> codec = source.codec();
        E read = Stored.andRead(process, codec, given);
        String belongsTo = source.keyOf(
                new EventRecord<>(0, 0, nowMillis, event.key(), codec.typeOf(given), event.headers(), read));
        if (belongsTo == null) {
            return;
        }
        if (key != null && !key.equals(belongsTo)) {
            throw new AssertionError(situation + ": it belongs to instance " + belongsTo + ", this one is " + key);
        }
        key = belongsTo;
        adopt(process.react(source, state, read));
    }

    /**
     * The oldest open command was executed.
     *
     * @throws AssertionError if none is open
     */
    public ProcessScenario<S> whenAccepted() {
        ProcessCommand<?> command = answered("accepted");
        adopt(process.reactToAccepted(command.target(), state, new AcceptedCommand<>(command.id(), command.command())));
        return this;
    }

    /**
     * The oldest open command was rejected for this reason.
     *
     * @throws AssertionError if none is open
     */
    public ProcessScenario<S> whenRejected(Object reason) {
        ProcessCommand<?> command = answered("rejected because of " + reason);
        adopt(process.reactToRejected(
                command.target(), state, new RejectedCommand<>(command.id(), command.command(), reason)));
        return this;
    }

    private ProcessCommand<?> answered(String answer) {
        if (open.isEmpty()) {
            throw new AssertionError(situation + ": no command is open that could be " + answer);
        }
        ProcessCommand<?> command = open.remove(0);
        begin("reacted to " + command + " " + answer);
        return command;
    }

    /** Time passes, and the timers that are due by then fire, each at its time. */
    public ProcessScenario<S> elapse(Duration duration) {
        begin("reacted to the timers of " + duration);
        long until = nowMillis + duration.toMillis();
        Due next = nextDue();
        while (next != null && next.millis() <= until) {
            nowMillis = Math.max(nowMillis, next.millis());
            timers.remove(next.name());
            adopt(process.reactToTimer(state, next.timer()));
            next = nextDue();
        }
        nowMillis = until;
        return this;
    }

    private @Nullable Due nextDue() {
        return timers.values().stream()
                .min(Comparator.comparingLong(Due::millis).thenComparing(Due::name))
                .orElse(null);
    }

    private void begin(String what) {
        situation = process + " with state " + state + " " + what;
        commands.clear();
    }

    private void adopt(Reaction<S> reaction) {
        S next = reaction.state();
        if (next != null) {
            state = Stored.andRead(process, process.stateCodec(), next);
        }
        reaction.commands().forEach(command -> {
            ProcessCommand<?> stored = stored(command);
            commands.add(stored);
            open.add(stored);
        });
        reaction.timers().forEach(this::change);
    }

    private <C> ProcessCommand<C> stored(ProcessCommand<C> command) {
        process.target(command.target().name());
        return command.target()
                .command(command.id(), Stored.andRead(process, command.target().codec(), command.command()));
    }

    private void change(TimerChange change) {
        if (change instanceof TimerChange.After after) {
            set(after.name(), nowMillis + after.delay().toMillis(), after.timer());
        } else if (change instanceof TimerChange.At at) {
            set(at.name(), at.time().toEpochMilli(), at.timer());
        } else if (change instanceof TimerChange.Cancelled cancelled) {
            timers.remove(cancelled.name());
        }
    }

    private void set(@Nullable String name, long dueMillis, Object timer) {
        EventCodec<Object> codec = process.timerCodec();
        String own = name == null ? codec.typeOf(timer).name() : name;
        timers.put(own, new Due(own, dueMillis, Stored.andRead(process, codec, timer)));
    }

    // ---- what is expected

    /**
     * Exactly these commands were sent, in this order. None if nothing is to be sent.
     *
     * @throws AssertionError if others were
     */
    public ProcessScenario<S> thenCommands(ProcessCommand<?>... expected) {
        List<ProcessCommand<?>> wanted = List.of(expected);
        if (!commands.equals(wanted)) {
            throw new AssertionError(situation + ":\n" + Stored.difference(wanted, commands));
        }
        return this;
    }

    /**
     * The instance has this state now.
     *
     * @throws AssertionError if it has not
     */
    public ProcessScenario<S> thenState(S expected) {
        if (!Objects.equals(expected, state)) {
            throw new AssertionError(situation + ": expected state " + expected + ", but was " + state);
        }
        return this;
    }

    /**
     * The timer of this name is set, and fires after this time.
     *
     * @throws AssertionError if it is not, or fires at another time
     */
    public ProcessScenario<S> thenTimer(String name, Duration fromNow) {
        Due due = timers.get(name);
        if (due == null) {
            throw new AssertionError(
                    situation + ": expected timer " + name + " in " + fromNow + ", but set are " + timers.keySet());
        }
        Duration left = Duration.ofMillis(due.millis() - nowMillis);
        if (!left.equals(fromNow)) {
            throw new AssertionError(
                    situation + ": expected timer " + name + " in " + fromNow + ", but it fires in " + left);
        }
        return this;
    }

    /**
     * No timer of this name is set.
     *
     * @throws AssertionError if one is
     */
    public ProcessScenario<S> thenNoTimer(String name) {
        Due due = timers.get(name);
        if (due != null) {
            throw new AssertionError(situation + ": expected no timer " + name + ", but " + due.timer() + " fires in "
                    + Duration.ofMillis(due.millis() - nowMillis));
        }
        return this;
    }

    /**
     * The events belong to the instance of this key.
     *
     * @throws AssertionError if they do not
     */
    public ProcessScenario<S> thenKey(String expected) {
        if (!expected.equals(key)) {
            throw new AssertionError(situation + ": expected instance " + expected + ", but was " + key);
        }
        return this;
    }

    /** The time of the scenario, which begins with that of {@link VirtualClock}. */
    public Instant now() {
        return Instant.ofEpochMilli(nowMillis);
    }
}
