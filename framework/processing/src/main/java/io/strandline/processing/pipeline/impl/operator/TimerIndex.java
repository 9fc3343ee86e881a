package io.strandline.processing.pipeline.impl.operator;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the timers of an operator in the order in which they fire: by time, then by key. The entries of a store hold them too.
 * Timers of the clock are marked ({@link Times#ofClock}) and have an order of their own.
 */
final class TimerIndex {

    private final TreeSet<Timer> ofEvents = new TreeSet<>();
    private final TreeSet<Timer> ofClock = new TreeSet<>();

    /** A timer of a key. */
    record Timer(long time, String key) implements Comparable<Timer> {

        @Override
        public int compareTo(Timer other) {
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : key.compareTo(other.key);
        }
    }

    void add(long time, String key) {
        of(time).add(new Timer(time, key));
    }

    void remove(long time, String key) {
        of(time).remove(new Timer(time, key));
    }

    private Set<Timer> of(long time) {
        return Times.isOfClock(time) ? ofClock : ofEvents;
    }

    /** Event time of the first, {@link Long#MAX_VALUE} if there is none. */
    long nextTime() {
        return ofEvents.isEmpty() ? Long.MAX_VALUE : ofEvents.first().time();
    }

    /** Event time of the last, {@link Long#MIN_VALUE} if there is none. */
    long lastTime() {
        return ofEvents.isEmpty() ? Long.MIN_VALUE : ofEvents.last().time();
    }

    /** Time of the clock of the first, {@link Long#MAX_VALUE} if there is none. */
    long nextClockTime() {
        return ofClock.isEmpty() ? Long.MAX_VALUE : Times.millis(ofClock.first().time());
    }

    /** The first in event time. */
    @Nullable
    Timer first() {
        return ofEvents.isEmpty() ? null : ofEvents.first();
    }

    /** The first of the clock. */
    @Nullable
    Timer firstOfClock() {
        return ofClock.isEmpty() ? null : ofClock.first();
    }
}
