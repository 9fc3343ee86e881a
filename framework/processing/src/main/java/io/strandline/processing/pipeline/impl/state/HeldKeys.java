package io.strandline.processing.pipeline.impl.state;

import io.strandline.EventCodec;
import io.strandline.processing.pipeline.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The routing keys whose events are parked, each with the newest event of it that was. They are state of the task: checkpoints
 * hold them, and they move with their keys when the source is scaled.
 */
public final class HeldKeys extends OneMapStore {

    /** No operator of an application has it. */
    public static final String ID = Topology.RESERVED_PREFIX + "held";

    /** Most keys that one task holds. */
    static final int MAX_KEYS = 100_000;

    private final KeyedState<Held> states = new KeyedState<>(this, new PieceForm(), 0);
    /** The same, because it is asked for each event. */
    private final Map<String, Held> held = new HashMap<>();

    /**
     * A key that is held.
     *
     * @param partition of the newest event of the key that was parked
     * @param offset of that event
     */
    public record Held(String key, long partition, long offset) {}

    HeldKeys() {
        super(ID, EventCodec.raw());
    }

    @Override
    public String layout() {
        return "held keys";
    }

    /** Whether events of the key are parked. */
    public boolean isHeld(@Nullable String key) {
        return !held.isEmpty() && key != null && held.containsKey(key);
    }

    /** Whether a key is held, and no event of it was parked after that one. */
    public boolean isHeld(Held key) {
        return key.equals(held.get(key.key()));
    }

    /** Whether one more key can be held. */
    public boolean hasRoom() {
        return held.size() < MAX_KEYS;
    }

    /** An event of the key was parked. */
    public void hold(String key, long partition, long offset) {
        Held now = new Held(key, partition, offset);
        held.put(key, now);
        states.put(key, now);
    }

    /** Events of the key are processed again. */
    public void release(String key) {
        held.remove(key);
        states.put(key, null);
    }

    /** All that are held, in no order. */
    public List<Held> all() {
        return new ArrayList<>(held.values());
    }

    @Override
    void putBack(long at, String key, @Nullable Object stored) {
        throw new UnsupportedOperationException("no step of an operator changes this");
    }

    /** A key as a piece without value. */
    private static final class PieceForm implements KeyedState.Form<Held> {

        @Override
        public void split(String key, Held state, Consumer<StateEntry> each) {
            each.accept(new StateEntry(0, key, new long[] {state.partition(), state.offset()}, null));
        }

        @Override
        public Held join(List<StateEntry> pieces) {
            StateEntry piece = pieces.get(0);
            return new Held(piece.key(), piece.times()[0], piece.times()[1]);
        }
    }

    @Override
    KeyedState<Held> states() {
        return states;
    }

    @Override
    void restored(long at, Supplier<String> of, long[] times) {
        String key = of.get();
        held.put(key, new Held(key, times[0], times[1]));
    }
}
