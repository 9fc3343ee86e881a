package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A state and timers for each key. */
public final class KeyedStore extends StateStore {

    private final KeyedState<Object> states = new KeyedState<>();
    private final TimerIndex timers = new TimerIndex();

    /** A key that has timers. Most keys of most operators have none, and then the state itself is stored. */
    private static final class Timed {

        private final @Nullable Object state;
        /** Ascending, never empty. */
        private final long[] timers;

        Timed(@Nullable Object state, long[] timers) {
            this.state = state;
            this.timers = timers;
        }
    }

    KeyedStore(Operator.WithState operator) {
        super(operator);
    }

    /** Also that of snapshots of version 2. */
    public static final String LAYOUT = "keyed";

    @Override
    public String layout() {
        return LAYOUT;
    }

    TimerIndex timers() {
        return timers;
    }

    /** What is stored of a key: for {@link #state} and {@link #timersOf}. */
    @Nullable
    Object get(String key) {
        return states.get(key);
    }

    @Nullable
    static Object state(@Nullable Object stored) {
        return stored instanceof Timed timed ? timed.state : stored;
    }

    /** Ascending. Not to be changed. */
    static long[] timersOf(@Nullable Object stored) {
        return stored instanceof Timed timed ? timed.timers : StateEntry.NO_TIMES;
    }

    /** Stores a key, or forgets it if it has neither state nor timers. */
    void put(String key, @Nullable Object state, long[] timersNow) {
        states.put(key, timersNow.length == 0 ? state : new Timed(state, timersNow));
    }

    @Override
    public boolean restore(StateEntry entry) {
        if (states.get(entry.key()) != null) {
            return false;
        }
        put(entry.key(), entry.value(), entry.times());
        for (long time : entry.times()) {
            timers.add(time, entry.key());
        }
        return true;
    }

    @Override
    public void forEach(Consumer<StateEntry> each) {
        states.forEach((key, stored) -> each.accept(entry(key, stored)));
    }

    private static StateEntry entry(String key, Object stored) {
        return new StateEntry(0, key, timersOf(stored), state(stored));
    }

    @Override
    int settle(int most) {
        return states.settle(most);
    }

    @Override
    Captured capture() {
        Map<String, Object> frozen = states.capture();
        return new Captured() {

            @Override
            public long size() {
                return frozen.size();
            }

            @Override
            public void forEach(EntryConsumer each) throws IOException {
                for (String key : sorted(frozen.keySet(), frozen.size())) {
                    each.accept(entry(key, Objects.requireNonNull(frozen.get(key))));
                }
            }
        };
    }

    @Override
    void release() {
        states.release();
    }
}
