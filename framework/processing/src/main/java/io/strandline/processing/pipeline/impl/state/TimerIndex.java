package io.strandline.processing.pipeline.impl.state;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the timers of an operator in the order in which they fire: by time, then by key. The entries of a store hold them too.
 * Timers of the clock are marked ({@link Times#ofClock}) and have an order of their own.
 */
public final class TimerIndex {

    /** Estimate of the bytes of a timer besides its key: the timer and its place in a tree. */
    private static final int TIMER_BYTES = 64;

    /** Hears how many bytes more, or less, the timers take. */
    private final LongConsumer grown;

    private final TreeSet<Timer> ofEvents = new TreeSet<>();
    private final TreeSet<Timer> ofClock = new TreeSet<>();

    /** A timer of a key. */
    public record Timer(long time, String key) implements Comparable<Timer> {

        @Override
        public int compareTo(Timer other) {
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : key.compareTo(other.key);
        }
    }

    TimerIndex(LongConsumer grown) {
        this.grown = grown;
    }

    public void add(long time, String key) {
        if (of(time).add(new Timer(time, key))) {
            grown.accept(TIMER_BYTES + StateStore.bytesOf(key));
        }
    }

    public void remove(long time, String key) {
        if (of(time).remove(new Timer(time, key))) {
            grown.accept(-TIMER_BYTES - StateStore.bytesOf(key));
        }
    }

    private Set<Timer> of(long time) {
        return Times.isOfClock(time) ? ofClock : ofEvents;
    }

    /** Event time of the first, {@link Long#MAX_VALUE} if there is none. */
    public long nextTime() {
        return ofEvents.isEmpty() ? Long.MAX_VALUE : ofEvents.first().time();
    }

    /** Event time of the last, {@link Long#MIN_VALUE} if there is none. */
    public long lastTime() {
        return ofEvents.isEmpty() ? Long.MIN_VALUE : ofEvents.last().time();
    }

    /** Time of the clock of the first, {@link Long#MAX_VALUE} if there is none. */
    public long nextClockTime() {
        return ofClock.isEmpty() ? Long.MAX_VALUE : Times.millis(ofClock.first().time());
    }

    /** The first in event time. */
    @Nullable
    public Timer first() {
        return ofEvents.isEmpty() ? null : ofEvents.first();
    }

    /** The first of the clock. */
    @Nullable
    public Timer firstOfClock() {
        return ofClock.isEmpty() ? null : ofClock.first();
    }
}
