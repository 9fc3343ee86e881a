package io.strandline.processing.aggregate;

import io.strandline.StrandlineException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a command leads to: events, or a rejection. Immutable.
 *
 * <p>A rejection is an answer of the domain, such as an account without cover, and no failure: it reaches the caller as {@link
 * Outcome.Rejected}.
 *
 * @param <E> event of the aggregate
 */
public sealed interface Decision<E> {

    /** Most events of one decision. */
    int MAX_EVENTS = 1_000;

    /**
     * The events of an accepted command, in their order. None if the command changes nothing.
     *
     * @param events at most {@value Decision#MAX_EVENTS}, and together within the {@code maxEventBytes} of the log
     */
    record Emitted<E>(List<E> events) implements Decision<E> {

        /**
         * Checks the events.
         *
         * @throws StrandlineException.Invalid if there are too many, or one is null
         */
        public Emitted {
            if (events.size() > MAX_EVENTS) {
                throw new StrandlineException.Invalid(
                        "a decision of " + events.size() + " events, the limit is " + MAX_EVENTS);
            }
            for (Object event : events) {
                if (event == null) {
                    throw new StrandlineException.Invalid(
                            "a decision has a null among its " + events.size() + " events");
                }
            }
            events = List.copyOf(events);
        }
    }

    /**
     * The command is refused, and nothing happens.
     *
     * @param reason why, in the words of the domain: a record, a constant or a text
     */
    record Rejected<E>(Object reason) implements Decision<E> {

        /**
         * Checks the reason.
         *
         * @throws StrandlineException.Invalid if it is null
         */
        public Rejected {
            if (reason == null) {
                throw new StrandlineException.Invalid("a rejection without a reason");
            }
        }
    }

    /** One event. */
    static <E> Decision<E> emit(E event) {
        return new Emitted<>(singleton(event));
    }

    private static <E> List<E> singleton(E event) {
        List<E> events = new ArrayList<>(1);
        events.add(event);
        return events;
    }

    /** Several events, which are appended together or not at all. */
    @SafeVarargs
    static <E> Decision<E> emit(E first, E second, E... more) {
        List<E> events = new ArrayList<>(2 + more.length);
        events.add(first);
        events.add(second);
        for (E event : more) {
            events.add(event);
        }
        return new Emitted<>(events);
    }

    /** Any number of events, which are appended together or not at all. */
    static <E> Decision<E> emitAll(List<? extends E> events) {
        return new Emitted<>(new ArrayList<>(events));
    }

    /** The command is accepted and changes nothing. */
    static <E> Decision<E> nothing() {
        return new Emitted<>(List.of());
    }

    /** The command is refused for this reason. */
    static <E> Decision<E> reject(Object reason) {
        return new Rejected<>(reason);
    }
}
