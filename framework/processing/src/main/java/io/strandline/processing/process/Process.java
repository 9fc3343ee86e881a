package io.strandline.processing.process;

import io.strandline.EventCodec;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.UserCode;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A process manager: reacts to events of one or several streams, keeps a state for each key, sends commands to aggregates, and sets
 * timers. Money that moves from one account to another, and goes back if it does not arrive in time:
 *
 * <pre>{@code
 * Process<Transfer> transfer = Process.named("transfer")
 *         .initial(Transfer.NONE)
 *         .state(1, Transfer.class)
 *         .from("bank/accounts", account.eventCodec(), accounts -> accounts
 *                 .on(Sent.class, Sent::transfer, (state, sent) -> Reaction.to(Transfer.of(sent))
 *                         .execute(ACCOUNTS, sent.to(), new Receive(sent.transfer(), sent.amount()))
 *                         .after(Duration.ofMinutes(5), new Deadline()))
 *                 .on(Received.class, Received::transfer, (state, received) -> Reaction.to(state.done())
 *                         .cancel("deadline")))
 *         .timer("deadline", 1, Deadline.class, (state, deadline) -> Reaction.to(state.late()))
 *         .to(ACCOUNTS)
 *         .onRejected(ACCOUNTS, (state, rejected) -> Reaction.to(state.failed())
 *                 .execute(ACCOUNTS, state.from(), new TakeBack(state.amount()))
 *                 .cancel("deadline"))
 *         .build();
 * }</pre>
 *
 * <p>{@link Processes#open} runs it on a log. The same object can be tested without one, by {@code Scenario} of the test kit.
 *
 * <p>The functions are pure: they read nothing but their arguments, change nothing, ask for no time, and do not block. A reaction is
 * decided once. What it decided is stored, and after that it is done until it is answered, whatever crashes. States, events, commands
 * and timers are immutable.
 *
 * <p>Immutable. May be used by any number of threads.
 *
 * @param <S> state of one instance
 */
@SuppressWarnings(
        "JavaLangClash") // the word of the domain. An application that uses both imports this one and qualifies the
// other
public final class Process<S> {

    /** Longest name, in characters: it is part of the ids of commands. */
    public static final int MAX_NAME_LENGTH = 60;

    /** Longest key of an instance, in characters: it is part of the ids of commands. */
    public static final int MAX_KEY_LENGTH = 100;

    /**
     * Most commands of one instance that are not answered. A reaction to an event that would send more waits. That to a timer or to an
     * answer never waits, since what it waited for could wait for it: each may exceed the bound by {@value Reaction#MAX_COMMANDS}.
     */
    public static final int MAX_OPEN_COMMANDS = 1_000;

    /** Most timers of one instance that are set. A reaction that would set more fails. */
    public static final int MAX_TIMERS = 1_000;

    private final String name;
    private final S initial;
    private final EventCodec<S> stateCodec;
    private final List<ProcessSource<?, S>> sources;
    private final Timers<S> timers;
    private final Map<String, Answers<S>> targets;

    /**
     * What is done about the answers of one target.
     *
     * @param target the target
     * @param accepted reacts to accepted commands. Null if nothing is done about them
     * @param rejected reacts to rejected commands
     */
    record Answers<S>(
            CommandTarget<?> target,
            @Nullable BiFunction<S, AcceptedCommand<?>, Reaction<S>> accepted,
            BiFunction<S, RejectedCommand<?>, Reaction<S>> rejected) {}

    /**
     * What is done when timers fire.
     *
     * @param reactions to them
     * @param codec how timers are stored. Null if there are none
     */
    record Timers<S>(Reactions<S> reactions, @Nullable EventCodec<Object> codec) {}

    Process(
            String name,
            S initial,
            EventCodec<S> stateCodec,
            List<ProcessSource<?, S>> sources,
            Timers<S> timers,
            Map<String, Answers<S>> targets) {
        this.name = name;
        this.initial = initial;
        this.stateCodec = stateCodec;
        this.sources = List.copyOf(sources);
        this.timers = timers;
        this.targets = Map.copyOf(targets);
    }

    /**
     * Begins the definition of a process.
     *
     * @param name 1 to {@value #MAX_NAME_LENGTH} characters, as in the names of streams. Never changed: it is in the ids of commands
     * @throws StrandlineException.Invalid if the name is another text
     */
    public static Named named(String name) {
        StreamName.requireValid("process", name);
        Limits.require("length of process name", name.length(), 1, MAX_NAME_LENGTH);
        return new Named(name);
    }

    /** A process with a name. */
    public static final class Named {

        private final String name;

        private Named(String name) {
            this.name = name;
        }

        /** Says what the state of an instance is before its first event. */
        public <S> ProcessDefinition<S> initial(S initial) {
            return new ProcessDefinition<>(name, initial);
        }
    }

    /** What the process is called. */
    public String name() {
        return name;
    }

    /** The state of an instance before its first event. */
    public S initial() {
        return initial;
    }

    /** How states are stored. */
    public EventCodec<S> stateCodec() {
        return stateCodec;
    }

    /** The streams that it reacts to. */
    public List<ProcessSource<?, S>> sources() {
        return sources;
    }

    /**
     * How timers are stored.
     *
     * @throws StrandlineException.Invalid if the process has no timers
     */
    public EventCodec<Object> timerCodec() {
        EventCodec<Object> codec = timers.codec();
        if (codec == null) {
            throw new StrandlineException.Invalid(this + " has no timers");
        }
        return codec;
    }

    /** The aggregates to which it sends commands, by name. */
    public List<CommandTarget<?>> targets() {
        return targets.values().stream().<CommandTarget<?>>map(Answers::target).toList();
    }

    /**
     * The target of a name.
     *
     * @throws StrandlineException.Invalid if the process sends nothing there
     */
    public CommandTarget<?> target(String target) {
        return answersOf(target).target();
    }

    private Answers<S> answersOf(String target) {
        Answers<S> answers = targets.get(target);
        if (answers == null) {
            throw new StrandlineException.Invalid(
                    this + " sends no commands to " + target + ", but to " + targets.keySet());
        }
        return answers;
    }

    /**
     * Reacts to an event of a source.
     *
     * @throws StrandlineException.Invalid if the function throws or gives null. The message has the event, and the cause is what was
     *     thrown
     */
    public Reaction<S> react(ProcessSource<?, S> source, S state, Object event) {
        BiFunction<S, Object, Reaction<S>> reaction = source.reactionTo(event);
        return reaction == null ? Reaction.none() : guarded(event, () -> reaction.apply(state, event));
    }

    /**
     * Reacts to a timer that fires.
     *
     * @throws StrandlineException.Invalid as {@link #react}, and if there is no function for its class
     */
    public Reaction<S> reactToTimer(S state, Object timer) {
        Reactions.On<S> on = timers.reactions().find(timer);
        if (on == null) {
            throw new StrandlineException.Invalid(
                    this + " has no timer of class " + timer.getClass().getName());
        }
        return guarded(timer, () -> on.reaction().apply(state, timer));
    }

    /**
     * Reacts to a command that its aggregate has executed.
     *
     * @throws StrandlineException.Invalid as {@link #react}
     */
    public Reaction<S> reactToAccepted(CommandTarget<?> target, S state, AcceptedCommand<?> command) {
        BiFunction<S, AcceptedCommand<?>, Reaction<S>> reaction =
                answersOf(target.name()).accepted();
        return reaction == null ? Reaction.none() : guarded(command, () -> reaction.apply(state, command));
    }

    /**
     * Reacts to a command that its aggregate has rejected.
     *
     * @throws StrandlineException.Invalid as {@link #react}
     */
    public Reaction<S> reactToRejected(CommandTarget<?> target, S state, RejectedCommand<?> command) {
        BiFunction<S, RejectedCommand<?>, Reaction<S>> reaction =
                answersOf(target.name()).rejected();
        return guarded(command, () -> reaction.apply(state, command));
    }

    private Reaction<S> guarded(Object input, Supplier<@Nullable Reaction<S>> call) {
        Reaction<S> reaction;
        try {
            reaction = call.get();
        } catch (Throwable thrown) {
            throw UserCode.refused(this + " could not react to " + UserCode.shown(input), thrown);
        }
        if (reaction == null) {
            throw new StrandlineException.Invalid(this + " reacted with null to " + UserCode.shown(input));
        }
        return reaction;
    }

    @Override
    public String toString() {
        return "process " + name;
    }
}
