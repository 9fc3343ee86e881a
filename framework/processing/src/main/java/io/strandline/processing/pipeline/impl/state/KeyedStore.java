package io.strandline.processing.pipeline.impl.state;

import io.strandline.processing.pipeline.Operator;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A state and timers for each key. And when the key was last touched, if keys expire: the watermark of that moment. An entry
 * has it as a first time that is lower than any timer, so that a time to live may be added and left out.
 */
public final class KeyedStore extends OneMapStore {

    private final KeyedState<Object> states = new KeyedState<>(this, new PieceForm(), 0);
    private final TimerIndex timers = new TimerIndex(this::grow);
    /** Touch of each key that has a state, if keys expire. */
    private final @Nullable TimerIndex touches;
    /** Touch of a key that has none. */
    private final long begin;

    /** Added to a touch in an entry. */
    private static final long TOUCH = -1L << 60;

    /** No touch. */
    public static final long UNTOUCHED = Long.MIN_VALUE;

    /** A touch before there was a watermark. */
    public static final long BEFORE_TIME = -Times.MAX;

    /** A key that has timers or a touch. Most keys of most operators have none, and then the state itself is stored. */
    private static final class Timed {

        private final @Nullable Object state;
        /** Ascending. */
        private final long[] timers;

        private final long touched;

        Timed(@Nullable Object state, long[] timers, long touched) {
            this.state = state;
            this.timers = timers;
            this.touched = touched;
        }
    }

    KeyedStore(Operator.WithState operator) {
        super(operator);
        this.touches = null;
        this.begin = UNTOUCHED;
    }

    private KeyedStore(Operator.WithState operator, long begin) {
        super(operator);
        this.touches = new TimerIndex(this::grow);
        this.begin = begin;
    }

    /** A store whose keys expire. */
    static KeyedStore expiring(Operator.WithState operator, long begin) {
        return new KeyedStore(operator, touch(begin));
    }

    private static long touch(long watermark) {
        return Math.max(watermark, BEFORE_TIME);
    }

    /** Also that of snapshots of version 2. */
    public static final String LAYOUT = "keyed";

    @Override
    public String layout() {
        return LAYOUT;
    }

    public TimerIndex timers() {
        return timers;
    }

    /** What is stored of a key: for {@link #state} and {@link #timersOf}. */
    @Nullable
    public Object get(String key) {
        return states.get(key);
    }

    /** The state of a key, or null, for a question from outside. */
    @Nullable
    public Object value(String key) {
        return state(states.peek(key, decoded -> {}));
    }

    /**
     * Begins to look for the first keys of a range. The scan must be ended.
     *
     * @param from the first key, or null
     * @param to the first key after the range, or null
     * @param limit most keys to find
     */
    public StateScan<Object> scan(@Nullable String from, @Nullable String to, int limit) {
        return states.scan(from, to, limit);
    }

    @Nullable
    public static Object state(@Nullable Object stored) {
        return stored instanceof Timed timed ? timed.state : stored;
    }

    /** Ascending. Not to be changed. */
    public static long[] timersOf(@Nullable Object stored) {
        return stored instanceof Timed timed ? timed.timers : StateEntry.NO_TIMES;
    }

    /** Keys by their last touch, if they expire. */
    public TimerIndex touches() {
        return Objects.requireNonNull(touches, "keys do not expire");
    }

    /** Whether storing what is stored again changes nothing. */
    public boolean isTouched(@Nullable Object stored, long watermark) {
        return touches == null || state(stored) == null || touched(stored) == touch(watermark);
    }

    /** Whether a key was touched at a time, or before, and not later. Not if there was no watermark then. */
    public boolean isTouchedUntil(String key, long time) {
        long touched = touched(states.get(key));
        return touched != UNTOUCHED && touched != BEFORE_TIME && touched <= time;
    }

    private static long touched(@Nullable Object stored) {
        return stored instanceof Timed timed ? timed.touched : UNTOUCHED;
    }

    /** Stores a key, or forgets it if it has neither state nor timers. A state is touched. */
    public void put(String key, @Nullable Object state, long[] timersNow, long watermark) {
        Object before = states.get(key);
        if ((state == null || state == state(before)) && timersNow.length <= timersOf(before).length) {
            noteRemoval(0, key, before);
        } else {
            note(0, key, before);
        }
        put(key, state, timersNow, before, touch(watermark));
    }

    private void put(String key, @Nullable Object state, long[] timersNow, @Nullable Object before, long touch) {
        long touched = touches == null || state == null ? UNTOUCHED : touch;
        touch(key, touched(before), touched);
        boolean isPlain = timersNow.length == 0 && touched == UNTOUCHED;
        states.put(key, isPlain ? state : new Timed(state, timersNow, touched));
    }

    private void touch(String key, long before, long now) {
        if (touches != null && before != now) {
            if (before != UNTOUCHED) {
                touches.remove(before, key);
            }
            if (now != UNTOUCHED) {
                touches.add(now, key);
            }
        }
    }

    @Override
    void putBack(long at, String key, @Nullable Object stored) {
        Object now = states.get(key);
        for (long time : timersOf(now)) {
            timers.remove(time, key);
        }
        for (long time : timersOf(stored)) {
            timers.add(time, key);
        }
        touch(key, touched(now), touched(stored));
        states.put(key, stored);
    }

    /** State, timers and touch as one piece. */
    private final class PieceForm implements KeyedState.Form<Object> {

        @Override
        public void split(String key, Object stored, Consumer<StateEntry> each) {
            long[] times = timersOf(stored);
            if (touched(stored) != UNTOUCHED) {
                long[] all = new long[times.length + 1];
                all[0] = TOUCH + touched(stored);
                System.arraycopy(times, 0, all, 1, times.length);
                times = all;
            }
            each.accept(new StateEntry(0, key, times, state(stored)));
        }

        @Override
        public Object join(List<StateEntry> pieces) {
            StateEntry piece = pieces.get(0);
            long[] times = piece.times();
            long[] timersNow = timersIn(times);
            long touched = touches != null && hasTouch(times) ? times[0] - TOUCH : UNTOUCHED;
            return timersNow.length == 0 && touched == UNTOUCHED
                    ? Objects.requireNonNull(piece.value())
                    : new Timed(piece.value(), timersNow, touched);
        }
    }

    private static boolean hasTouch(long[] times) {
        return times.length > 0 && times[0] < -Times.MAX;
    }

    private static long[] timersIn(long[] times) {
        return hasTouch(times) ? Arrays.copyOfRange(times, 1, times.length) : times;
    }

    @Override
    KeyedState<Object> states() {
        return states;
    }

    @Override
    void restored(long at, Supplier<String> of, long[] times) {
        if (times.length == 0 && touches == null) {
            return;
        }
        String key = of.get();
        for (long time : timersIn(times)) {
            timers.add(time, key);
        }
        if (touches != null && hasTouch(times)) {
            touches.add(times[0] - TOUCH, key);
        } else if (touches != null) {
            begin(key);
        }
    }

    /** A key that had no time to live: the next snapshot says since when it has one. */
    private void begin(String key) {
        Object stored = states.get(key);
        if (state(stored) != null) {
            put(key, state(stored), timersOf(stored), null, begin);
        }
    }
}
