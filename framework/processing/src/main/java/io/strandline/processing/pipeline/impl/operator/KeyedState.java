package io.strandline.processing.pipeline.impl.operator;

import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Key → state of one operator of one task. A checkpoint can capture it without copying it.
 *
 * <pre>
 *   settled      ──capture──▶   captured             ──release──▶   settling         ──settle──▶ settled
 *   changes go                  the map is frozen;                  the map takes changes
 *   into the map                changes go beside it                again, older ones move in by slices
 * </pre>
 *
 * Owned by the task's context. Only the captured map may be read elsewhere, until it is released.
 */
final class KeyedState<S> {

    private final Map<String, S> settled = new HashMap<>();
    /**
     * Newer than the entries of {@link #settled}. Null for a forgotten key. Linked, so that its first entry is found at
     * once.
     */
    private final Map<String, @Nullable S> changed = new LinkedHashMap<>();

    private boolean captured;

    /** Hands over the newest state of each key, in no order. */
    void forEach(BiConsumer<String, S> each) {
        settled.forEach((key, state) -> {
            if (changed.isEmpty() || !changed.containsKey(key)) {
                each.accept(key, state);
            }
        });
        changed.forEach((key, state) -> {
            if (state != null) {
                each.accept(key, state);
            }
        });
    }

    @Nullable
    S get(String key) {
        if (!changed.isEmpty()) {
            S state = changed.get(key);
            if (state != null || changed.containsKey(key)) {
                return state;
            }
        }
        return settled.get(key);
    }

    /** Sets the state of a key, or forgets the key if the state is null. */
    void put(String key, @Nullable S state) {
        if (captured) {
            changed.put(key, state);
            return;
        }
        if (!changed.isEmpty()) {
            changed.remove(key);
        }
        settle(key, state);
    }

    /** Freezes and returns the current state, which is settled. It must be released before the next capture. */
    Map<String, S> capture() {
        if (captured || !changed.isEmpty()) {
            throw new IllegalStateException(
                    captured ? "captured already" : changed.size() + " changes are not settled yet");
        }
        captured = true;
        return Collections.unmodifiableMap(settled);
    }

    /** Gives a capture back: nobody reads it any more. */
    void release() {
        captured = false;
    }

    /**
     * Moves changes that were made beside a capture into the map.
     *
     * @param most number of keys to move
     * @return how many more it might move, or -1 if some remain
     */
    int settle(int most) {
        if (captured) {
            return most;
        }
        int moved = 0;
        Iterator<Map.Entry<String, @Nullable S>> oldest = changed.entrySet().iterator();
        for (; moved < most && oldest.hasNext(); moved++) {
            Map.Entry<String, @Nullable S> change = oldest.next();
            settle(change.getKey(), change.getValue());
            oldest.remove();
        }
        return changed.isEmpty() ? most - moved : -1;
    }

    private void settle(String key, @Nullable S state) {
        if (state == null) {
            settled.remove(key);
        } else {
            settled.put(key, state);
        }
    }
}
