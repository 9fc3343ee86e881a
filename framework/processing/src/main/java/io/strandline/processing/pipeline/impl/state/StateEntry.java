package io.strandline.processing.pipeline.impl.state;

import org.jspecify.annotations.Nullable;

/** A piece of the state of an operator, as checkpoints keep it. */
public final class StateEntry {

    public static final long[] NO_TIMES = {};

    private final long at;
    private final String key;
    private final long[] times;
    private final @Nullable Object value;

    /**
     * Takes over the array.
     *
     * @param at start of the window, in milliseconds since the epoch. 0 for an operator without windows
     * @param key by which the events are grouped
     * @param times what else belongs to the value, as its store defines it: timers, or the end of a session
     * @param value what the codec of the operator writes, or null if the key has timers alone
     */
    public StateEntry(long at, String key, long[] times, @Nullable Object value) {
        this.at = at;
        this.key = key;
        this.times = times;
        this.value = value;
    }

    public long at() {
        return at;
    }

    public String key() {
        return key;
    }

    /** Not to be changed. */
    public long[] times() {
        return times;
    }

    public @Nullable Object value() {
        return value;
    }
}
