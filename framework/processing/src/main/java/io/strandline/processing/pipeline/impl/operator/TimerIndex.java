package io.strandline.processing.pipeline.impl.operator;

import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the timers of an operator in the order in which they fire: by time, then by key. The entries of a store hold them too. */
final class TimerIndex {

    private final TreeSet<Timer> timers = new TreeSet<>();

    /** A timer of a key. */
    record Timer(long time, String key) implements Comparable<Timer> {

        @Override
        public int compareTo(Timer other) {
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : key.compareTo(other.key);
        }
    }

    void add(long time, String key) {
        timers.add(new Timer(time, key));
    }

    void remove(long time, String key) {
        timers.remove(new Timer(time, key));
    }

    /** Time of the first, {@link Long#MAX_VALUE} if there is none. */
    long nextTime() {
        return timers.isEmpty() ? Long.MAX_VALUE : timers.first().time();
    }

    @Nullable
    Timer first() {
        return timers.isEmpty() ? null : timers.first();
    }
}
