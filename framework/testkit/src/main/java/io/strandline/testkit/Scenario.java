package io.strandline.testkit;

import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.process.Process;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Tests an {@link Aggregate} as it is registered, without a log and without Vert.x:
 *
 * <pre>{@code
 * Scenario.given(account, new Deposited(100))
 *         .when(new Withdraw(30))
 *         .thenEmits(new Withdrawn(30))
 *         .thenState(70L);
 * }</pre>
 *
 * <p>Every event, given or emitted, is stored and read back by the aggregate's codec on the way: one that comes back different fails the
 * scenario. What does not hold throws {@link AssertionError}, which shows expected and actual event by event. A further {@link
 * Result#when} goes on from the state that the command led to.
 *
 * @param <C> command
 * @param <E> event
 * @param <S> state
 */
public final class Scenario<C, E, S> {

    private final Aggregate<C, E, S> aggregate;
    private S state;
    private long version;

    private Scenario(Aggregate<C, E, S> aggregate) {
        this.aggregate = aggregate;
        this.state = aggregate.initial();
    }

    /** An aggregate with these events. */
    @SafeVarargs
    public static <C, E, S> Scenario<C, E, S> given(Aggregate<C, E, S> aggregate, E... events) {
        Scenario<C, E, S> scenario = new Scenario<>(aggregate);
        for (E event : events) {
            scenario.take(event);
        }
        return scenario;
    }

    /**
     * An instance of a process to which these events came. Each is of the one source that reacts to its class.
     *
     * @see ProcessScenario
     */
    public static <S> ProcessScenario<S> given(Process<S> process, Object... events) {
        ProcessScenario<S> scenario = new ProcessScenario<>(process);
        for (Object event : events) {
            scenario.when(event);
        }
        return scenario;
    }

    /** Decides a command. */
    public Result when(C command) {
        Decision<E> decision = aggregate.decide(state, command);
        String situation = aggregate + " of version " + version + " with state " + state + " decided " + command;
        if (decision instanceof Decision.Emitted<E> emitted) {
            emitted.events().forEach(this::take);
        }
        return new Result(situation, decision);
    }

    private void take(E event) {
        state = aggregate.evolve(state, Stored.andRead(aggregate, aggregate.eventCodec(), event));
        version++;
    }

    /** What a command led to. */
    public final class Result {

        private final String situation;
        private final Decision<E> decision;

        private Result(String situation, Decision<E> decision) {
            this.situation = situation;
            this.decision = decision;
        }

        /**
         * The command was accepted with exactly these events, in this order. None if it is to change nothing.
         *
         * @throws AssertionError if it was not
         */
        @SafeVarargs
        public final Result thenEmits(E... events) {
            List<E> expected = new ArrayList<>();
            for (E event : events) {
                expected.add(event);
            }
            if (decision instanceof Decision.Rejected<E> rejected) {
                throw new AssertionError(
                        situation + ": rejected because of " + rejected.reason() + ", expected " + expected);
            }
            List<E> actual = decision instanceof Decision.Emitted<E> emitted ? emitted.events() : List.of();
            if (!actual.equals(expected)) {
                throw new AssertionError(situation + ":\n" + Stored.difference(expected, actual));
            }
            return this;
        }

        /**
         * The command was rejected for this reason.
         *
         * @throws AssertionError if it was not
         */
        public Result thenRejects(Object reason) {
            if (decision instanceof Decision.Rejected<E> rejected) {
                if (!rejected.reason().equals(reason)) {
                    throw new AssertionError(
                            situation + ": expected the reason " + reason + ", but was " + rejected.reason());
                }
            } else if (decision instanceof Decision.Emitted<E> emitted) {
                throw new AssertionError(situation + ": expected a rejection because of " + reason + ", but emitted "
                        + emitted.events());
            }
            return this;
        }

        /**
         * The aggregate has this state now.
         *
         * @throws AssertionError if it has not
         */
        public Result thenState(S expected) {
            if (!Objects.equals(expected, state)) {
                throw new AssertionError(
                        situation + ": expected state " + expected + ", but was " + state + " in version " + version);
            }
            return this;
        }

        /** Decides the next command. */
        public Result when(C command) {
            return Scenario.this.when(command);
        }
    }
}
