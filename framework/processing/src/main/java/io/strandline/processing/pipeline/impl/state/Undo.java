package io.strandline.processing.pipeline.impl.state;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the pieces were that a step has changed, so that a step that fails leaves no trace. A note costs four writes into
 * arrays, and nothing is allocated for a step.
 *
 * <p>Belongs to the task's context.
 */
final class Undo {

    private static final int ROOM = 16;
    /** Room above which the arrays are given back after the step. */
    private static final int MAX_ROOM = 1_024;

    private StateStore[] stores = new StateStore[ROOM];
    private long[] places = new long[ROOM];
    private String[] keys = new String[ROOM];
    private @Nullable Object[] before = new Object[ROOM];
    private int count;

    /** A step begins. */
    void begin() {
        if (stores.length > MAX_ROOM) {
            resize(ROOM);
        } else {
            Arrays.fill(before, 0, count, null); // the former states are not to be kept alive
        }
        count = 0;
    }

    /**
     * A store is about to change a piece.
     *
     * @param at as {@link StateEntry#at}
     * @param stored what the store holds there, null for nothing
     */
    void note(StateStore store, long at, String key, @Nullable Object stored) {
        if (count == stores.length) {
            resize(2 * count);
        }
        stores[count] = store;
        places[count] = at;
        keys[count] = key;
        before[count] = stored;
        count++;
    }

    private void resize(int room) {
        stores = Arrays.copyOf(stores, room);
        places = Arrays.copyOf(places, room);
        keys = Arrays.copyOf(keys, room);
        before = Arrays.copyOf(before, room);
    }

    /** Puts everything back, the latest change first. */
    void undo() {
        while (count > 0) {
            count--;
            stores[count].putBack(places[count], keys[count], before[count]);
            before[count] = null;
        }
    }
}
