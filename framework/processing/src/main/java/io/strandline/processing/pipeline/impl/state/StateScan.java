package io.strandline.processing.pipeline.impl.state;

import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.state.KeyedState.Cell;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first keys of a range, slice by slice, while steps change the state between the slices. What it reads after the last slice
 * is the state of that moment, whole: no key of the range that comes before the last one is missing.
 *
 * <pre>
 *   a key is in             looked at
 *   the table               segment by segment, by ascending hash
 *   what is captured   ─┐   from the list that there was at the beginning
 *   what has changed   ─┘   from the lists at the beginning and of every capture since, to their ends
 * </pre>
 *
 * <p>A key moves from the changes to what is captured and from there to the table, or back to the changes. A key that moves to a
 * segment that was passed is in one of the lists. A list of changes only grows, and its end is reached in the last slice.
 *
 * <p>Owned by the task's context.
 */
public final class StateScan<S> {

    /** Changed keys of a slice. As many as a segment of the table has slots: well below a millisecond. */
    static final int LOOKED_AT_ONCE = 4_096;

    private final KeyedState<S> state;
    private final @Nullable String from;
    private final @Nullable String to;
    private final int limit;

    /** The first keys that were found, whether they have a state or had one. */
    private final TreeSet<String> found = new TreeSet<>();
    /** The last key of those that were found if later ones were left out. */
    private @Nullable String through;

    /** Where the next segment of the table begins. */
    private long hash;

    private boolean isTablePassed;
    /** Lists of changes, of which the last one may grow. */
    private final Deque<List<Cell<S>>> changes = new ArrayDeque<>();
    /** Number of changes of the first list that were looked at. */
    private int lookedAt;

    /** Takes states. */
    @FunctionalInterface
    public interface Output<S> {

        void accept(String key, S state);
    }

    StateScan(KeyedState<S> state, @Nullable String from, @Nullable String to, int limit) {
        this.state = state;
        this.from = from;
        this.to = to;
        this.limit = limit;
    }

    /** A list of changes begins. It only grows. */
    void add(List<Cell<S>> more) {
        changes.add(more);
    }

    /** Looks at a slice of the keys. Returns false when it has looked at all. */
    public boolean lookOn() {
        if (!isTablePassed) {
            hash = state.forEachKeyInSlice(hash, this::take);
            isTablePassed = hash == 0;
            return true;
        }
        for (int looked = 0; looked < LOOKED_AT_ONCE; looked++) {
            while (lookedAt == changes.getFirst().size()) {
                if (changes.size() == 1) {
                    return false;
                }
                changes.removeFirst();
                lookedAt = 0;
            }
            take(changes.getFirst().get(lookedAt++).key);
        }
        return true;
    }

    /** A key without state is taken too, because it may have one by the end. */
    private void take(String key) {
        boolean isAfter = (to != null && key.compareTo(to) >= 0) || (through != null && key.compareTo(through) > 0);
        if (isAfter || (from != null && key.compareTo(from) < 0)) {
            return;
        }
        found.add(key);
        if (found.size() > limit) {
            found.pollLast();
            through = found.last();
        }
    }

    /**
     * Hands over the states of the keys that were found, in the order of their keys, when {@link #lookOn} has looked at all. Ends early
     * when it has decoded {@link RunningPipeline#MAX_STATES_BYTES}.
     *
     * @return the last key of the range of which it is known what its state is, or null if it is known of all
     */
    public @Nullable String read(Output<S> each) {
        long[] bytes = {0};
        for (String key : found) {
            S now = state.peek(key, decoded -> bytes[0] += decoded);
            if (now != null) {
                each.accept(key, now);
            }
            if (bytes[0] >= RunningPipeline.MAX_STATES_BYTES && !key.equals(found.last())) {
                return key;
            }
        }
        return through;
    }

    /** Ends the scan. Captures add no more lists to it. */
    public void end() {
        state.end(this);
    }
}
