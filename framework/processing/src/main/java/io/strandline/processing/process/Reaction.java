package io.strandline.processing.process;

import io.strandline.StrandlineException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a process does about an event, a timer or the answer to a command: its next state, commands, and changes of timers. Immutable.
 *
 * <pre>{@code
 * Reaction.to(transfer.debited())
 *         .execute(ACCOUNTS, transfer.to(), new Deposit(transfer.amount()))
 *         .after(Duration.ofMinutes(5), new Deadline())
 * }</pre>
 *
 * <p>All of it is stored in one atomic append before anything of it is done.
 *
 * @param <S> state of the process
 */
public final class Reaction<S> {

    /** Most commands of one reaction. */
    public static final int MAX_COMMANDS = 100;

    /** Most changes of timers of one reaction. */
    public static final int MAX_TIMER_CHANGES = 100;

    private static final Reaction<?> NONE = new Reaction<>(null, List.of(), List.of());

    private final @Nullable S state;
    private final List<ProcessCommand<?>> commands;
    private final List<TimerChange> timers;

    private Reaction(@Nullable S state, List<ProcessCommand<?>> commands, List<TimerChange> timers) {
        this.state = state;
        this.commands = commands;
        this.timers = timers;
    }

    /** Nothing is done, and the state stays. */
    @SuppressWarnings("unchecked") // it has no state
    public static <S> Reaction<S> none() {
        return (Reaction<S>) NONE;
    }

    /**
     * The process goes on from this state, which may be the one that it has.
     *
     * @throws StrandlineException.Invalid if the state is null
     */
    public static <S> Reaction<S> to(S state) {
        if (state == null) {
            throw new StrandlineException.Invalid("the next state of a process is null");
        }
        return new Reaction<>(state, List.of(), List.of());
    }

    /**
     * Sends a command. It is executed once, or rejected. Commands of a process to one aggregate are sent in the order in which they were
     * decided and added, each when the one before is answered or put aside. That holds too when one has to be sent again, and after a restart. Those
     * to different aggregates are under way at the same time, so they have no order.
     *
     * @throws StrandlineException.Invalid if the id is none of an aggregate, the command is null, or there are {@value #MAX_COMMANDS}
     */
    public <C> Reaction<S> execute(CommandTarget<C> target, String id, C command) {
        return new Reaction<>(
                state, with(commands, new ProcessCommand<>(target, id, command), "commands", MAX_COMMANDS), timers);
    }

    /**
     * Sets the timer that is named as its type.
     *
     * @see TimerChange.After
     * @throws StrandlineException.Invalid if the delay is out of its bounds, or there are {@value #MAX_TIMER_CHANGES} changes
     */
    public Reaction<S> after(Duration delay, Object timer) {
        return with(new TimerChange.After(null, delay, timer));
    }

    /**
     * Sets a timer with a name of its own.
     *
     * @see TimerChange.After
     * @throws StrandlineException.Invalid if the name or the delay is out of its bounds, or there are {@value #MAX_TIMER_CHANGES}
     *     changes
     */
    public Reaction<S> after(String name, Duration delay, Object timer) {
        return with(new TimerChange.After(name, delay, timer));
    }

    /**
     * Sets the timer that is named as its type.
     *
     * @see TimerChange.At
     * @throws StrandlineException.Invalid if there are {@value #MAX_TIMER_CHANGES} changes
     */
    public Reaction<S> at(Instant time, Object timer) {
        return with(new TimerChange.At(null, time, timer));
    }

    /**
     * Sets a timer with a name of its own.
     *
     * @see TimerChange.At
     * @throws StrandlineException.Invalid if the name is out of its bounds, or there are {@value #MAX_TIMER_CHANGES} changes
     */
    public Reaction<S> at(String name, Instant time, Object timer) {
        return with(new TimerChange.At(name, time, timer));
    }

    /**
     * Cancels the timer of this name, if it is set.
     *
     * @throws StrandlineException.Invalid if the name is out of its bounds, or there are {@value #MAX_TIMER_CHANGES} changes
     */
    public Reaction<S> cancel(String name) {
        return with(new TimerChange.Cancelled(name));
    }

    private Reaction<S> with(TimerChange change) {
        return new Reaction<>(state, commands, with(timers, change, "changes of timers", MAX_TIMER_CHANGES));
    }

    private static <T> List<T> with(List<T> before, T added, String what, int most) {
        if (before.size() >= most) {
            throw new StrandlineException.Invalid(
                    "a reaction with more than " + before.size() + " " + what + ", the limit is " + most);
        }
        List<T> all = new ArrayList<>(before);
        all.add(added);
        return List.copyOf(all);
    }

    /** The next state. Null if it stays. */
    public @Nullable S state() {
        return state;
    }

    /** The commands, in their order. */
    public List<ProcessCommand<?>> commands() {
        return commands;
    }

    /** The changes of timers, in their order. */
    public List<TimerChange> timers() {
        return timers;
    }

    @Override
    public String toString() {
        return "reaction with state " + state + ", commands " + commands + ", timers " + timers;
    }
}
