package io.strandline.processing.pipeline.impl.state;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of all operators of one task, and how far its event time has come.
 *
 * <pre>
 *   settled      ──capture──▶   captured            ──release──▶   settling             ──settle──▶ settled
 *   changes make                their cells are                    the records of the
 *   cells                       frozen and written,                frozen cells move into
 *                               changes make others                the tables by slices
 * </pre>
 *
 * Filled by a worker thread before its task begins, and owned by the context of the task from then on.
 */
public final class OperatorStates {

    private final Map<String, StateStore> stores = new LinkedHashMap<>();
    private final HeldKeys held;
    private final KeyRange part;
    private long watermark;
    private long clock;
    private List<EventTime.Floor> floors;

    private final Undo undo = new Undo();
    private long watermarkBefore;
    private long clockBefore;
    private List<EventTime.Floor> floorsBefore = List.of();

    /** Empty stores for the operators of a topology. */
    public OperatorStates(Topology topology, EventTime time) {
        this(topology, time, StateBudget.unlimited());
    }

    /** As {@link #OperatorStates(Topology, EventTime)}, with a bound on their bytes. */
    public OperatorStates(Topology topology, EventTime time, StateBudget budget) {
        this.part = topology.keys();
        this.watermark = time.watermark();
        this.clock = time.clock();
        this.floors = time.floors();
        for (Operator.WithState operator : topology.withState()) {
            StateStore store = emptyStore(operator, watermark);
            store.noteIn(undo);
            store.limit(budget);
            stores.put(operator.id(), store);
        }
        if (ShuffleStore.isFor(topology)) {
            ShuffleStore store = new ShuffleStore(topology);
            store.limit(budget);
            stores.put(ShuffleStore.ID, store);
        }
        this.held = new HeldKeys();
        held.limit(budget);
    }

    /**
     * An empty store.
     *
     * @param begin the watermark that the state belongs to, which counts as the last touch of keys that have none
     */
    private static StateStore emptyStore(Operator.WithState operator, long begin) {
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

    /** A store for each operator with state, in the order of the operators, and then that of a stage at a shuffle. */
    public Collection<StateStore> stores() {
        return stores.values();
    }

    /**
     * The store of an operator.
     *
     * @throws StrandlineException.Invalid if the topology has no such operator
     */
    public StateStore store(String id) {
        StateStore store = find(id);
        if (store == null) {
            throw new StrandlineException.Invalid(
                    "the pipeline has operators " + stores.keySet() + " with state, and no operator " + id);
        }
        return store;
    }

    /** As {@link #store}, or null if there is none. */
    public @Nullable StateStore find(String id) {
        return id.equals(HeldKeys.ID) ? held : stores.get(id);
    }

    /** Whether a state is of no use any more: that of a stage which is at no shuffle now. */
    public boolean isOver(String id) {
        return id.equals(ShuffleStore.ID) && shuffles() == null;
    }

    /** The stores of the operators, and what the task itself keeps for keys. */
    public List<StateStore> all() {
        List<StateStore> all = new ArrayList<>(stores.values());
        all.add(held);
        return all;
    }

    /** The groups of the keys of a task that reads a partition. */
    public KeyGroups groups(KeyRange partition) {
        return KeyGroups.within(partition, part);
    }

    /** The keys whose events are parked. */
    public HeldKeys held() {
        return held;
    }

    /** The store of a stage at a shuffle, or null for another one. */
    @Nullable
    public ShuffleStore shuffles() {
        return (ShuffleStore) stores.get(ShuffleStore.ID);
    }

    /** How far event time has come. */
    public EventTime time() {
        return new EventTime(watermark, clock, floors);
    }

    /** A step begins. */
    public void begin() {
        undo.begin();
        watermarkBefore = watermark;
        clockBefore = clock;
        floorsBefore = floors;
    }

    /** Takes everything back that has changed since the step began. */
    public void undo() {
        undo.undo();
        watermark = watermarkBefore;
        clock = clockBefore;
        floors = floorsBefore;
    }

    /** Whether the step has raised the watermark. */
    public boolean hasRisen() {
        return watermark != watermarkBefore;
    }

    public long watermark() {
        return watermark;
    }

    public long clock() {
        return clock;
    }

    /** Goes on to a stamp or a tick. The clock never goes back. */
    public void advanceClock(long to) {
        clock = Math.max(clock, to);
    }

    public void raise(long to) {
        watermark = to;
        if (!floors.isEmpty()) {
            floors = floors.stream().filter(floor -> floor.watermark() > to).toList();
        }
    }

    /**
     * Up to where the windows of a key are over.
     *
     * @param cleared up to where those of most keys are
     */
    public long over(String key, long cleared) {
        if (floors.isEmpty()) {
            return cleared;
        }
        byte[] bytes = Utf8.encode("the key of an event", key);
        long hash = KeyHash.of(bytes, 0, bytes.length);
        long over = cleared;
        for (EventTime.Floor floor : floors) {
            if (floor.watermark() > over && floor.keys().contains(hash)) {
                over = floor.watermark();
            }
        }
        return over;
    }

    /**
     * Moves what was captured into the tables of the stores, see {@link KeyedState}.
     *
     * @param most number of keys to move
     * @return true if some remain
     */
    public boolean settle(int most) {
        int rest = most;
        for (StateStore store : all()) {
            rest = store.settle(rest);
            if (rest < 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Freezes everything, which is settled. It must be released before the next capture. A task does nothing else meanwhile, so neither
     * this nor what it calls has a lambda: to link one takes a fresh process up to a millisecond.
     */
    public Captured capture() {
        List<StateStore.Captured> captured = new ArrayList<>();
        for (StateStore store : all()) {
            captured.add(store.capture());
        }
        return new Captured(time(), List.copyOf(captured));
    }

    /** Gives a capture back: nobody reads it any more. What was not written counts as changed again. */
    public void release() {
        all().forEach(StateStore::release);
    }

    /** Gives the room back: the task is over. */
    public void close() {
        all().forEach(StateStore::close);
    }

    /** What was captured. Readable by one thread until it is released. */
    public record Captured(EventTime time, List<StateStore.Captured> stores) {

        /** Number of keys that have changed since the capture before. */
        public long changedKeys() {
            return stores.stream().mapToLong(StateStore.Captured::changedKeys).sum();
        }

        /** What was written of it is durable, and holds all of it together with what was written before. */
        public void written() {
            stores.forEach(StateStore.Captured::written);
        }
    }
}
