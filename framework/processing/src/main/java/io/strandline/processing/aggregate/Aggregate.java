package io.strandline.processing.aggregate;

import io.strandline.EventCodec;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.UserCode;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A kind of domain object whose state is a fold over its events: what it is called, which commands it decides, and how its events
 * change it. A bank account:
 *
 * <pre>{@code
 * sealed interface Command permits Deposit, Withdraw {}
 * record Deposit(long amount) implements Command {}
 * record Withdraw(long amount) implements Command {}
 * sealed interface Event permits Deposited, Withdrawn {}
 * record Deposited(long amount) implements Event {}
 * record Withdrawn(long amount) implements Event {}
 *
 * Aggregate<Command, Event, Long> account = Aggregate.named("account")
 *         .commands(Command.class)
 *         .events(Event.class)
 *         .initial(0L)
 *         .decide(Deposit.class, (balance, command) -> Decision.emit(new Deposited(command.amount())))
 *         .decide(Withdraw.class, (balance, command) -> command.amount() > balance
 *                 ? Decision.reject("the balance is " + balance)
 *                 : Decision.emit(new Withdrawn(command.amount())))
 *         .event("deposited", 1, Deposited.class, (balance, event) -> balance + event.amount())
 *         .event("withdrawn", 1, Withdrawn.class, (balance, event) -> balance - event.amount())
 *         .snapshots(1, Long.class)
 *         .build();
 * }</pre>
 *
 * <p>{@link Aggregates#open} runs it on a log. The same object can be tested without one, by {@code Scenario} of the test kit or by
 * {@link #decide} and {@link #evolve}.
 *
 * <p>The functions are pure: they read nothing but their arguments, change nothing, ask for no time, and do not block. They are
 * called on the context that owns the aggregate, for commands that may be repeated and for events of any age. States, commands and
 * events are immutable.
 *
 * <p>Immutable. May be used by any number of threads.
 *
 * @param <C> command, usually a sealed interface
 * @param <E> event, usually a sealed interface
 * @param <S> state
 */
public final class Aggregate<C, E, S> {

    /** Longest name, in characters: it is part of the name of a stream. */
    public static final int MAX_NAME_LENGTH = 100;

    /** Longest id of an aggregate and of a command, in characters. */
    public static final int MAX_ID_LENGTH = 200;

    private final String name;
    private final S initial;
    private final Handlers<BiFunction<S, C, Decision<E>>> deciders;
    private final Handlers<BiFunction<S, E, S>> evolvers;
    private final Codecs<C, E, S> codecs;

    /**
     * How what belongs to an aggregate is written.
     *
     * @param states for snapshots. Null if there are none
     * @param commands for calls from other members. Null if there are none
     * @param reasons reasons of rejections, for the same calls
     */
    record Codecs<C, E, S>(
            EventCodec<E> events,
            @Nullable EventCodec<S> states,
            @Nullable EventCodec<C> commands,
            EventCodec<Object> reasons) {}

    Aggregate(
            String name,
            S initial,
            Handlers<BiFunction<S, C, Decision<E>>> deciders,
            Handlers<BiFunction<S, E, S>> evolvers,
            Codecs<C, E, S> codecs) {
        this.name = name;
        this.initial = initial;
        this.deciders = deciders;
        this.evolvers = evolvers;
        this.codecs = codecs;
    }

    /**
     * Begins the definition of an aggregate.
     *
     * @param name 1 to {@value #MAX_NAME_LENGTH} characters, as in the names of streams
     * @throws StrandlineException.Invalid if the name is another text
     */
    public static Named named(String name) {
        StreamName.requireValid("aggregate", name);
        Limits.require("length of aggregate name", name.length(), 1, MAX_NAME_LENGTH);
        return new Named(name);
    }

    /** An aggregate with a name. */
    public static final class Named {

        private final String name;

        private Named(String name) {
            this.name = name;
        }

        /** Says what the commands are. */
        public <C> Commanded<C> commands(Class<C> commands) {
            return new Commanded<>(name, commands);
        }
    }

    /** An aggregate with commands. */
    public static final class Commanded<C> {

        private final String name;
        private final Class<C> commands;

        private Commanded(String name, Class<C> commands) {
            this.name = name;
            this.commands = commands;
        }

        /** Says what the events are. */
        public <E> Evented<C, E> events(Class<E> events) {
            return new Evented<>(name, commands, events);
        }
    }

    /** An aggregate with commands and events. */
    public static final class Evented<C, E> {

        private final String name;
        private final Class<C> commands;
        private final Class<E> events;

        private Evented(String name, Class<C> commands, Class<E> events) {
            this.name = name;
            this.commands = commands;
            this.events = events;
        }

        /** Says what the state of an aggregate without events is. */
        public <S> AggregateBuilder<C, E, S> initial(S initial) {
            return new AggregateBuilder<>(name, commands, events, initial);
        }
    }

    /** What the aggregate is called. */
    public String name() {
        return name;
    }

    /** The state of an aggregate without events. */
    public S initial() {
        return initial;
    }

    /** How events are stored. */
    public EventCodec<E> eventCodec() {
        return codecs.events();
    }

    /** How states are stored in snapshots, null if there are none. The version of its type is the schema of the snapshot. */
    public @Nullable EventCodec<S> stateCodec() {
        return codecs.states();
    }

    /** How commands are sent to aggregates that are open elsewhere, null if they have no names. */
    public @Nullable EventCodec<C> commandCodec() {
        return codecs.commands();
    }

    /** How reasons of rejections are sent to callers elsewhere: texts, and the classes that were given a name. */
    public EventCodec<Object> reasonCodec() {
        return codecs.reasons();
    }

    /**
     * Decides a command.
     *
     * @throws StrandlineException.Invalid if the command is null or of a class that is not handled, or the function throws or gives
     *     null. The message has the command, and the cause is what was thrown
     */
    public Decision<E> decide(S state, C command) {
        BiFunction<S, C, Decision<E>> decider = deciderOf(command);
        Decision<E> decision;
        try {
            decision = decider.apply(state, command);
        } catch (Throwable thrown) {
            throw UserCode.refused("aggregate " + name + " could not decide " + UserCode.shown(command), thrown);
        }
        if (decision == null) {
            throw new StrandlineException.Invalid("aggregate " + name + " decided null for " + UserCode.shown(command));
        }
        return decision;
    }

    /**
     * Returns the command if there is a function that decides it.
     *
     * @throws StrandlineException.Invalid if it is null or of a class that is not handled
     */
    public C requireHandled(@Nullable C command) {
        if (command == null) {
            throw new StrandlineException.Invalid("command for aggregate " + name + " is null");
        }
        deciderOf(command);
        return command;
    }

    private BiFunction<S, C, Decision<E>> deciderOf(@Nullable C command) {
        BiFunction<S, C, Decision<E>> decider = command == null ? null : deciders.find(command);
        if (decider == null) {
            throw new StrandlineException.Invalid("aggregate " + name + " decides no command "
                    + (command == null ? "null" : command.getClass().getName()));
        }
        return decider;
    }

    /**
     * The state after an event.
     *
     * @throws StrandlineException.Invalid if the event is of a class that is not handled, or the function throws or gives null. The
     *     message has the event, and the cause is what was thrown
     */
    public S evolve(S state, E event) {
        BiFunction<S, E, S> evolver = evolvers.find(event);
        if (evolver == null) {
            throw new StrandlineException.Invalid("aggregate " + name + " evolves by no event "
                    + event.getClass().getName());
        }
        S next;
        try {
            next = evolver.apply(state, event);
        } catch (Throwable thrown) {
            throw UserCode.refused("aggregate " + name + " could not evolve by " + UserCode.shown(event), thrown);
        }
        if (next == null) {
            throw new StrandlineException.Invalid("aggregate " + name + " evolved to null by " + UserCode.shown(event));
        }
        return next;
    }

    @Override
    public String toString() {
        return "aggregate " + name;
    }
}
