package io.strandline.processing.pipeline.impl.operator;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Topology;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The state of all operators of one task, and its watermark.
 *
 * <pre>
 *   settled      ──capture──▶   captured             ──release──▶   settling         ──settle──▶ settled
 *   changes go                  the stores are frozen;              the stores take changes
 *   into the stores             changes go beside them              again, older ones move in by slices
 * </pre>
 *
 * Filled by a worker thread before its task begins, and owned by the context of the task from then on.
 */
public final class OperatorStates {

    /** Before the first event. */
    public static final long NO_WATERMARK = Long.MIN_VALUE;

    private final Map<String, StateStore> stores = new LinkedHashMap<>();
    private long watermark;
    private long stamp;

    /**
     * Empty stores for the operators of a topology.
     *
     * @param watermark up to where event time has come, {@link #NO_WATERMARK} at the beginning
     * @param stamp of the last event, 0 at the beginning
     */
    public OperatorStates(Topology topology, long watermark, long stamp) {
        this.watermark = watermark;
        this.stamp = stamp;
        for (Operator.WithState operator : topology.withState()) {
            stores.put(operator.id(), StateStore.of(operator));
        }
    }

    /** A store for each operator with state, in the order of the operators. */
    public Collection<StateStore> stores() {
        return stores.values();
    }

    /**
     * The store of an operator.
     *
     * @throws StrandlineException.Invalid if the topology has no such operator
     */
    public StateStore store(String id) {
        StateStore store = stores.get(id);
        if (store == null) {
            throw new StrandlineException.Invalid(
                    "the checkpoint has state of operator " + id + ", the pipeline has operators " + stores.keySet());
        }
        return store;
    }

    public long watermark() {
        return watermark;
    }

    /** Stamp of the last event. */
    public long stamp() {
        return stamp;
    }

    void raise(long to) {
        watermark = to;
    }

    void stamp(long last) {
        stamp = last;
    }

    /**
     * Moves changes that were made beside a capture into the stores.
     *
     * @param most number of keys of one store to move
     * @return true if some remain
     */
    public boolean settle(int most) {
        for (StateStore store : stores.values()) {
            if (store.settle(most)) {
                return true;
            }
        }
        return false;
    }

    /** Freezes everything, which is settled. It must be released before the next capture. */
    public Captured capture() {
        List<CapturedStore> captured = new ArrayList<>();
        stores.values().forEach(store -> captured.add(new CapturedStore(store, store.capture())));
        return new Captured(watermark, stamp, captured);
    }

    /** Gives a capture back: nobody reads it any more. */
    public void release() {
        stores.values().forEach(StateStore::release);
    }

    /** What was captured. Readable by any thread until it is released. */
    public record Captured(long watermark, long stamp, List<CapturedStore> stores) {

        /** Number of pieces of state. */
        public long size() {
            long size = 0;
            for (CapturedStore store : stores) {
                size += store.frozen().size();
            }
            return size;
        }
    }

    /** The captured state of one operator. Of the store only id and codec may be asked. */
    public record CapturedStore(StateStore store, StateStore.Captured frozen) {}
}
