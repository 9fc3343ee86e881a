package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Windows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The values of windows that begin at fixed times: for each window a map of its keys, so that a window that is over is let
 * go of at once.
 */
final class WindowStore extends StateStore {

    /** Times of an entry that was passed on. One that is to be passed on early has 0 and when. Others have none. */
    private static final long[] FIRED = {1};

    /** Notes for {@link #putBack} that a window was not among those to be passed on, or was. */
    private static final Object CLOSED = new Object();

    private static final Object OPEN = new Object();

    /** Start of a window → its values. */
    private final TreeMap<Long, KeyedState<Object>> windows = new TreeMap<>();
    /** Starts of the windows with values that were not passed on yet. */
    private final TreeSet<Long> open = new TreeSet<>();
    /** Maps that a capture has frozen, those of windows that are over included. */
    private List<KeyedState<Object>> frozen = List.of();

    /** Values that are to be passed on while their windows are open, in the order in which they are. */
    private final TreeSet<Early> early = new TreeSet<>();

    private long lastStart;
    private @Nullable KeyedState<Object> last;

    /** A value that was passed on, and stays because later events are allowed. */
    record Fired(Object value) {}

    /**
     * A value that changed since it was passed on.
     *
     * @param due when it is passed on early
     */
    record Changed(Object value, long due) {}

    /** A value of a window that is to be passed on early. */
    record Early(long due, String key, long start) implements Comparable<Early> {

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
    static @Nullable Object value(@Nullable Object stored) {
        if (stored instanceof Fired fired) {
            return fired.value();
        }
        return stored instanceof Changed changed ? changed.value() : stored;
    }

    /** Changes what is stored of a key. */
    void put(long start, String key, @Nullable Object stored, @Nullable Object now) {
        note(start, key, stored);
        window(start).put(key, now);
    }

    void addEarly(Early value) {
        if (early.add(value)) {
            note(value.start(), value.key(), new Absent(value));
        }
    }

    /** Removes and returns the first of {@link #early}. */
    Early pollEarly() {
        Early first = Objects.requireNonNull(early.pollFirst());
        note(first.start(), first.key(), first);
        return first;
    }

    NavigableSet<Early> early() {
        return early;
    }

    /** What is stored of a key in a window, or null. */
    @Nullable
    Object get(long start, String key) {
        KeyedState<Object> window = windows.get(start);
        return window == null ? null : window.get(key);
    }

    @Override
    public String layout() {
        return "windows of " + cut.sizeMillis() + " ms every " + cut.advanceMillis() + " ms from " + cut.offsetMillis()
                + " ms";
    }

    /** The values of a window, which is new if it has none. */
    KeyedState<Object> window(long start) {
        KeyedState<Object> recent = last;
        if (recent != null && lastStart == start) {
            return recent;
        }
        KeyedState<Object> window = windows.get(start);
        if (window == null) {
            window = new KeyedState<>();
            windows.put(start, window);
        }
        lastStart = start;
        last = window;
        return window;
    }

    /** Values of the window are to be passed on at its end. */
    void open(long start) {
        if (open.add(start)) {
            note(start, "", CLOSED);
        }
    }

    /** Start of the first window with values that were not passed on, or null. */
    @Nullable
    Long firstOpen() {
        return open.isEmpty() ? null : open.first();
    }

    /** Start of the last one, or null. */
    @Nullable
    Long lastOpen() {
        return open.isEmpty() ? null : open.last();
    }

    /** All values of the window were passed on. */
    void fired(long start) {
        if (open.remove(start)) {
            note(start, "", OPEN);
        }
    }

    @Override
    void putBack(long at, String key, @Nullable Object stored) {
        if (stored == CLOSED) {
            open.remove(at);
        } else if (stored == OPEN) {
            open.add(at);
        } else if (stored instanceof Early polled) {
            early.add(polled);
        } else if (stored instanceof Absent added) {
            early.remove(added.value());
        } else {
            window(at).put(key, stored);
        }
    }

    /** Keys of a window whose values were not passed on, in their order. A heap, because sorting a million takes too long at once. */
    Queue<String> unfired(long start) {
        List<String> keys = new ArrayList<>();
        window(start).forEach((key, value) -> {
            if (!(value instanceof Fired)) {
                keys.add(key);
            }
        });
        return new PriorityQueue<>(keys);
    }

    /** Start of the first window, or null. */
    @Nullable
    Long first() {
        return windows.isEmpty() ? null : windows.firstKey();
    }

    /** Forgets a window. */
    void remove(long start) {
        windows.remove(start);
        open.remove(start);
        if (lastStart == start) {
            last = null;
        }
    }

    @Override
    public boolean restore(StateEntry entry) {
        Object value = Objects.requireNonNull(entry.value());
        long[] times = entry.times();
        boolean fired = times.length == 1;
        boolean changed = times.length == 2 && isEarly;
        KeyedState<Object> window = window(entry.at());
        if (window.get(entry.key()) != null) {
            return false;
        }
        window.put(entry.key(), fired ? new Fired(value) : changed ? new Changed(value, times[1]) : value);
        if (changed) {
            early.add(new Early(times[1], entry.key(), entry.at()));
        }
        if (!fired) {
            open.add(entry.at());
        }
        return true;
    }

    @Override
    public void forEach(Consumer<StateEntry> each) {
        windows.forEach((start, window) -> window.forEach((key, stored) -> each.accept(entry(start, key, stored))));
    }

    @Override
    int settle(int most) {
        int rest = most;
        for (KeyedState<Object> window : windows.values()) {
            rest = window.settle(rest);
            if (rest < 0) {
                return rest;
            }
        }
        return rest;
    }

    @Override
    Captured capture() {
        SortedMap<Long, Map<String, Object>> captured = new TreeMap<>();
        frozen = new ArrayList<>(windows.values());
        windows.forEach((start, window) -> captured.put(start, window.capture()));
        return new Captured() {

            @Override
            public long size() {
                long size = 0;
                for (Map<String, Object> window : captured.values()) {
                    size += window.size();
                }
                return size;
            }

            @Override
            public void forEach(EntryConsumer each) throws IOException {
                for (Map.Entry<Long, Map<String, Object>> window : captured.entrySet()) {
                    Map<String, Object> values = window.getValue();
                    for (String key : sorted(values.keySet(), values.size())) {
                        each.accept(entry(window.getKey(), key, Objects.requireNonNull(values.get(key))));
                    }
                }
            }
        };
    }

    private static StateEntry entry(long start, String key, Object stored) {
        if (stored instanceof Fired fired) {
            return new StateEntry(start, key, FIRED, fired.value());
        }
        return stored instanceof Changed changed
                ? new StateEntry(start, key, new long[] {0, changed.due()}, changed.value())
                : new StateEntry(start, key, StateEntry.NO_TIMES, stored);
    }

    @Override
    void release() {
        frozen.forEach(KeyedState::release);
        frozen = List.of();
    }
}
