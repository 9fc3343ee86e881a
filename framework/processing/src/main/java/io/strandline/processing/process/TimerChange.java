package io.strandline.processing.process;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a reaction does to one timer of its process instance. */
public sealed interface TimerChange {

    /** Longest name of a timer, in characters. */
    int MAX_NAME_LENGTH = 100;

    /** Longest delay of a timer, in days: 100 years. */
    long MAX_DELAY_DAYS = 36_500;

    /**
     * The timer fires after a time. One of the same name that is set already is replaced.
     *
     * @param name 1 to {@value TimerChange#MAX_NAME_LENGTH} characters. Null for the name of the timer's type
     * @param delay counted from the reaction, by the clock of the process. At most {@value TimerChange#MAX_DELAY_DAYS} days
     * @param timer what the process reacts to then
     */
    record After(@Nullable String name, Duration delay, Object timer) implements TimerChange {

        /**
         * Checks the parts.
         *
         * @throws StrandlineException.Invalid if the name or the delay is out of its bounds, or the timer is null
         */
        public After {
            requireName(name);
            requireTimer(timer);
            Limits.require("seconds of the delay of timer " + timer, delay.toSeconds(), 0, MAX_DELAY_DAYS * 86_400);
        }
    }

    /**
     * The timer fires at a time, or at once if that has passed. One of the same name that is set already is replaced.
     *
     * @param name 1 to {@value TimerChange#MAX_NAME_LENGTH} characters. Null for the name of the timer's type
     * @param time by the clock of the process, to the millisecond
     * @param timer what the process reacts to then
     */
    record At(@Nullable String name, Instant time, Object timer) implements TimerChange {

        /**
         * Checks the parts.
         *
         * @throws StrandlineException.Invalid if the name is out of its bounds, or the timer is null
         */
        public At {
            requireName(name);
            requireTimer(timer);
        }
    }

    /**
     * The timer of this name does not fire. Nothing happens if none is set.
     *
     * @param name of the timer
     */
    record Cancelled(String name) implements TimerChange {

        /**
         * Checks the name.
         *
         * @throws StrandlineException.Invalid if it is out of its bounds
         */
        public Cancelled {
            Utf8.require("name of a timer", name, MAX_NAME_LENGTH);
        }
    }

    private static void requireName(@Nullable String name) {
        if (name != null) {
            Utf8.require("name of a timer", name, MAX_NAME_LENGTH);
        }
    }

    private static void requireTimer(@Nullable Object timer) {
        if (timer == null) {
            throw new StrandlineException.Invalid("a timer is null");
        }
    }
}
