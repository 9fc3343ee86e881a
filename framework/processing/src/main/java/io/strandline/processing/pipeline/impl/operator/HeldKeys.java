package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Topology;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The routing keys whose events are parked, each with the newest event of it that was. They are state of the task: checkpoints
 * hold them, and they move with their keys when the source is scaled.
 */
public final class HeldKeys extends StateStore {

    /** No operator of an application has it. */
    static final String ID = Topology.RESERVED_PREFIX + "held";

    /** Most keys that one task holds. */
    static final int MAX_KEYS = 100_000;

    private final Map<String, Held> held = new HashMap<>();

    /**
     * A key that is held.
     *
     * @param partition of the newest event of the key that was parked
     * @param offset of that event
     */
    public record Held(String key, long partition, long offset) {

        StateEntry entry() {
            return new StateEntry(0, key, new long[] {partition, offset}, null);
        }
    }

    /** A store of no operator: its keys have no state that a codec would write. */
    HeldKeys(Operator.Source source) {
        super(new Operator.Keyed(
                source, "held keys", ID, source.codec(), key -> key, (state, event, context) -> state, null, 0));
    }

    @Override
    public String layout() {
        return "held keys";
    }

    /** Whether events of the key are parked. */
    public boolean isHeld(@Nullable String key) {
        return !held.isEmpty() && key != null && held.containsKey(key);
    }

    boolean isEmpty() {
        return held.isEmpty();
    }

    /** Whether one more key can be held. */
    public boolean hasRoom() {
        return held.size() < MAX_KEYS;
    }

    /** An event of the key was parked. */
    public void hold(String key, long partition, long offset) {
        held.put(key, new Held(key, partition, offset));
    }

    /** Events of the key are processed again. */
    public void release(String key) {
        held.remove(key);
    }

    /** All that are held, in no order. */
    public List<Held> all() {
        return new ArrayList<>(held.values());
    }

    @Override
    void putBack(long at, String key, @Nullable Object stored) {
        throw new UnsupportedOperationException("no step of an operator changes this");
    }

    @Override
    public boolean restore(StateEntry entry) {
        return held.putIfAbsent(entry.key(), new Held(entry.key(), entry.times()[0], entry.times()[1])) == null;
    }

    @Override
    public void forEach(Consumer<StateEntry> each) {
        held.values().forEach(key -> each.accept(key.entry()));
    }

    @Override
    int settle(int most) {
        return most;
    }

    /** A copy: there are few. */
    @Override
    Captured capture() {
        Map<String, Held> copy = new TreeMap<>(held);
        return new Captured() {

            @Override
            public long size() {
                return copy.size();
            }

            @Override
            public void forEach(EntryConsumer each) throws IOException {
                for (String key : copy.keySet()) {
                    each.accept(Objects.requireNonNull(copy.get(key)).entry());
                }
            }
        };
    }

    @Override
    void release() {}
}
