package io.strandline.processing.pipeline.impl.state;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.Windows;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The values of windows that begin at fixed times: for each window a map of its keys, so that a window that is over is let
 * go of at once.
 */
public final class WindowStore extends StateStore implements WindowsOfKeys {

    /** Times of an entry that was passed on. One that is to be passed on early has 0 and when. Others have none. */
    private static final long[] FIRED = {1};

    /** Notes for {@link #putBack} that a window was not among those to be passed on, or was. */
    private static final Object CLOSED = new Object();

    private static final Object OPEN = new Object();

    /** Estimate of the bytes of a value that is to be passed on early, besides its key. */
    private static final int EARLY_BYTES = 72;

    /** Estimate of the bytes of a window without values. */
    private static final int WINDOW_BYTES = 512;

    /** Start of a window → its values. */
    private final TreeMap<Long, KeyedState<Object>> windows = new TreeMap<>();
    /** Starts of the windows with values that were not passed on yet. */
    private final TreeSet<Long> open = new TreeSet<>();
    /** Values that are to be passed on while their windows are open, in the order in which they are. */
    private final TreeSet<Early> early = new TreeSet<>();

    private long lastStart;
    private @Nullable KeyedState<Object> last;

    /** A value that was passed on, and stays because later events are allowed. */
    public record Fired(Object value) {}

    /**
     * A value that changed since it was passed on.
     *
     * @param due when it is passed on early
     */
    public record Changed(Object value, long due) {}

    /** A value of a window that is to be passed on early. */
    public record Early(long due, String key, long start) implements Comparable<Early> {

        @Override
        public int compareTo(Early other) {
            int byDue = Long.compare(due, other.due);
            int byKey = byDue != 0 ? byDue : key.compareTo(other.key);
            return byKey != 0 ? byKey : Long.compare(start, other.start);
        }
    }

    /** Note that there was none. */
    private record Absent(Early value) {}

    private final Windows cut;
    private final boolean isEarly;

    WindowStore(Operator.Window operator) {
        super(operator);
        this.cut = operator.windows();
        this.isEarly = operator.earlyMillis() > 0;
    }

    /** The value of what is stored. */
    public static @Nullable Object value(@Nullable Object stored) {
        if (stored instanceof Fired fired) {
            return fired.value();
        }
        return stored instanceof Changed changed ? changed.value() : stored;
    }

    /** Changes what is stored of a key. */
    public void put(long start, String key, @Nullable Object stored, @Nullable Object now) {
        note(start, key, stored);
        window(start).put(key, now);
    }

    /**
     * The value of a key is passed on. This needs no room.
     *
     * @param now the same value, which stays, or null if it does not
     */
    public void pass(long start, String key, @Nullable Object stored, @Nullable Object now) {
        noteRemoval(start, key, stored);
        window(start).put(key, now);
    }

    public void addEarly(Early value) {
        if (addToEarly(value)) {
            note(value.start(), value.key(), new Absent(value));
        }
    }

    /** Removes and returns the first of {@link #early}. */
    public Early pollEarly() {
        Early first = Objects.requireNonNull(early.first());
        removeFromEarly(first);
        noteRemoval(first.start(), first.key(), first);
        return first;
    }

    private boolean addToEarly(Early value) {
        boolean added = early.add(value);
        grow(added ? EARLY_BYTES + bytesOf(value.key()) : 0);
        return added;
    }

    private void removeFromEarly(Early value) {
        grow(early.remove(value) ? -EARLY_BYTES - bytesOf(value.key()) : 0);
    }

    /** Not to be changed. */
    public NavigableSet<Early> early() {
        return early;
    }

    /** What is stored of a key in a window, or null. */
    @Nullable
    public Object get(long start, String key) {
        KeyedState<Object> window = windows.get(start);
        return window == null ? null : window.get(key);
    }

    /**
     * The windows of a key that an event may still change, by their starts. Looks at each window of the task.
     *
     * @throws StrandlineException.Overloaded if there are more than {@link RunningPipeline#MAX_WINDOWS_LOOKED_AT}
     */
    @Override
    public List<Windowed<Object>> windowsOf(String key) {
        if (windows.size() > RunningPipeline.MAX_WINDOWS_LOOKED_AT) {
            throw new StrandlineException.Overloaded("operator " + id() + " has " + windows.size()
                    + " windows in one partition, at most " + RunningPipeline.MAX_WINDOWS_LOOKED_AT
                    + " are looked at for a key");
        }
        List<Windowed<Object>> found = new ArrayList<>();
        windows.forEach((start, values) -> {
            Object stored = values.peek(key, decoded -> {});
            Object value = value(stored);
            if (value != null) {
                boolean isPassedOn = stored instanceof Fired;
                found.add(new Windowed<>(key, start, start + cut.sizeMillis(), value, !isPassedOn, false));
            }
        });
        return found;
    }

    @Override
    public String layout() {
        return "windows of " + cut.sizeMillis() + " ms every " + cut.advanceMillis() + " ms from " + cut.offsetMillis()
                + " ms";
    }

    /** The values of a window, which is new if it has none. */
    public KeyedState<Object> window(long start) {
        KeyedState<Object> recent = last;
        if (recent != null && lastStart == start) {
            return recent;
        }
        KeyedState<Object> window = windows.get(start);
        if (window == null) {
            window = new KeyedState<>(this, new PieceForm(start), start);
            windows.put(start, window);
            grow(WINDOW_BYTES);
        }
        lastStart = start;
        last = window;
        return window;
    }

    /** Values of the window are to be passed on at its end. */
    public void open(long start) {
        if (open.add(start)) {
            note(start, "", CLOSED);
        }
    }

    /** Start of the first window with values that were not passed on, or null. */
    @Nullable
    public Long firstOpen() {
        return open.isEmpty() ? null : open.first();
    }

    /** Start of the last one, or null. */
    @Nullable
    public Long lastOpen() {
        return open.isEmpty() ? null : open.last();
    }

    /** All values of the window were passed on. */
    public void fired(long start) {
        if (open.remove(start)) {
            noteRemoval(start, "", OPEN);
        }
    }

    @Override
    void putBack(long at, String key, @Nullable Object stored) {
        if (stored == CLOSED) {
            open.remove(at);
        } else if (stored == OPEN) {
            open.add(at);
        } else if (stored instanceof Early polled) {
            addToEarly(polled);
        } else if (stored instanceof Absent added) {
            removeFromEarly(added.value());
        } else {
            window(at).put(key, stored);
        }
    }

    /** Keys of a window whose values were not passed on, in their order. A heap, because sorting a million takes too long at once. */
    public Queue<String> unfired(long start) {
        List<String> keys = new ArrayList<>();
        window(start).forEachKey(value -> !(value instanceof Fired), times -> times != FIRED.length, keys::add);
        return new PriorityQueue<>(keys);
    }

    /** Start of the first window, or null. */
    @Nullable
    public Long first() {
        return windows.isEmpty() ? null : windows.firstKey();
    }

    /** Forgets a window. */
    public void remove(long start) {
        forget(start);
        open.remove(start);
    }

    @Override
    void forget(long start) {
        KeyedState<Object> window = windows.remove(start);
        if (window != null) {
            drop(window);
            grow(-WINDOW_BYTES);
        }
        if (lastStart == start) {
            last = null;
        }
    }

    /** The pieces of one window. */
    private final class PieceForm implements KeyedState.Form<Object> {

        private final long start;

        PieceForm(long start) {
            this.start = start;
        }

        @Override
        public void split(String key, Object stored, Consumer<StateEntry> each) {
            long[] times = stored instanceof Fired
                    ? FIRED
                    : stored instanceof Changed changed ? new long[] {0, changed.due()} : StateEntry.NO_TIMES;
            each.accept(new StateEntry(start, key, times, value(stored)));
        }

        @Override
        public Object join(List<StateEntry> pieces) {
            Object value = Objects.requireNonNull(pieces.get(0).value());
            long[] times = pieces.get(0).times();
            if (times.length == FIRED.length) {
                return new Fired(value);
            }
            return times.length == 2 && isEarly ? new Changed(value, times[1]) : value;
        }
    }

    @Override
    Collection<KeyedState<Object>> maps() {
        return windows.values();
    }

    @Override
    KeyedState<Object> map(long start) {
        return window(start);
    }

    @Override
    long startOf(long at) {
        return at;
    }

    @Override
    void restored(long at, Supplier<String> key, long[] times) {
        if (times.length == 2 && isEarly) {
            addToEarly(new Early(times[1], key.get(), at));
        }
        if (times.length != FIRED.length) {
            open(at);
        }
    }
}
