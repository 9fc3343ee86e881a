package io.strandline.processing.pipeline.impl.operator;

import io.strandline.EventCodec;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Windows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state of one operator of one task. Filled by a worker thread before its task begins, and owned by the context of the
 * task from then on. Only what was captured may be read elsewhere, until it is released.
 */
public abstract class StateStore {

    private final Operator.WithState operator;
    private Undo undo = new Undo();

    StateStore(Operator.WithState operator) {
        this.operator = operator;
    }

    /**
     * An empty store.
     *
     * @param begin the watermark that the state belongs to, which counts as the last touch of keys that have none
     */
    static StateStore of(Operator.WithState operator, long begin) {
        if (operator instanceof Operator.Window window) {
            return window.windows().kind() == Windows.Kind.SESSION ? new SessionStore(window) : new WindowStore(window);
        }
        if (operator instanceof Operator.Join join) {
            return TimedStore.of(join);
        }
        if (operator instanceof Operator.Deduplicate deduplicate) {
            return TimedStore.of(deduplicate);
        }
        boolean expires = operator instanceof Operator.Keyed keyed
                ? keyed.timeToLiveMillis() > 0
                : operator instanceof Operator.Table table && table.timeToLiveMillis() > 0;
        return expires ? KeyedStore.expiring(operator, begin) : new KeyedStore(operator);
    }

    public final String id() {
        return operator.id();
    }

    @SuppressWarnings("unchecked") // the values are those of the operator, of which this is the codec
    public final EventCodec<Object> codec() {
        return (EventCodec<Object>) operator.codec();
    }

    /** What the pieces mean: a store of another layout cannot read them. */
    public abstract String layout();

    /** Puts a piece back. Returns false, and changes nothing, if there is one in its place. */
    public abstract boolean restore(StateEntry entry);

    /** Hands over all pieces, of a store that belongs to no task, in no order. */
    public abstract void forEach(Consumer<StateEntry> each);

    /** Notes changes where those of the other stores of the task are noted. */
    final void noteIn(Undo all) {
        undo = all;
    }

    /**
     * A step is about to change a piece. To be called before each change that a step makes.
     *
     * @param at as {@link StateEntry#at}, or a place that the store knows by itself
     * @param stored what the store holds there, for {@link #putBack}
     */
    final void note(long at, String key, @Nullable Object stored) {
        undo.note(this, at, key, stored);
    }

    /** Puts back what was noted: the step that changed it has failed. */
    abstract void putBack(long at, String key, @Nullable Object stored);

    /** Moves changes that were made beside a capture, at most so many. Returns how many more it might move, or -1 if some remain. */
    abstract int settle(int most);

    /** Freezes and returns the state, which is settled. It must be released before the next capture. */
    abstract Captured capture();

    /** Gives a capture back: nobody reads it any more. */
    abstract void release();

    /** The frozen state of one operator. Readable by any thread. */
    public interface Captured {

        /** Number of pieces. */
        long size();

        /** Hands over the pieces, by time and then by key as Java compares strings. Sorts first: for worker threads. */
        void forEach(EntryConsumer each) throws IOException;
    }

    /** Takes pieces of state. */
    @FunctionalInterface
    public interface EntryConsumer {

        void accept(StateEntry entry) throws IOException;
    }

    /** Keys in their order. */
    static List<String> sorted(Iterable<String> keys, int size) {
        List<String> sorted = new ArrayList<>(size);
        keys.forEach(sorted::add);
        sorted.sort(null);
        return sorted;
    }
}
