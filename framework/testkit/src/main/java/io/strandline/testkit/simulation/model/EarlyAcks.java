package io.strandline.testkit.simulation.model;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Batches of one life that were acknowledged before they were forced. A power cut may remove the newest batches of each
 * shard, and none before a batch that is left. The end of the process alone removes none.
 */
public final class EarlyAcks {

    private final Violations violations;
    private final SortedMap<Integer, List<Ack>> byShard = new TreeMap<>();

    public EarlyAcks(Violations violations) {
        this.violations = violations;
    }

    private record Ack(StreamModel stream, PartitionModel partition, SentBatch batch, long offset) {

        /** Found by a read of everything, or removed. */
        boolean isThere() {
            return (batch.isKnown() && batch.base == offset) || isRemoved();
        }

        boolean isRemoved() {
            return stream.deleting
                    || stream.deleted
                    || offset < partition.bounds.startRequested()
                    || offset < partition.bounds.startSeen();
        }

        @Override
        public String toString() {
            return batch + ", answered at " + offset + " of " + stream;
        }
    }

    /** A batch was acknowledged. Acknowledgements of one shard come in the order of its journal. */
    public void add(StreamModel stream, PartitionModel partition, SentBatch batch, long offset) {
        byShard.computeIfAbsent(partition.description.shard(), any -> new ArrayList<>())
                .add(new Ack(stream, partition, batch, offset));
    }

    /** What may happen to the disk in the life that begins cannot be told from what happened before. */
    public void forget() {
        byShard.clear();
    }

    /**
     * Everything was read after the life ended.
     *
     * @param mayLose true if the power was cut, or writes failed
     */
    public void check(boolean mayLose) {
        byShard.forEach((shard, acks) -> {
            Ack lost = null;
            for (Ack ack : acks) {
                if (!ack.isThere()) {
                    lost = lost == null ? ack : lost;
                } else if (lost != null && !ack.isRemoved()) {
                    violations.report(
                            Invariant.EARLY_IS_A_SUFFIX, "shard " + shard + " lost " + lost + " and kept " + ack);
                }
            }
            if (lost != null && !mayLose) {
                violations.report(
                        Invariant.EARLY_IS_A_SUFFIX, "shard " + shard + " lost " + lost + " without a power cut");
            }
        });
        byShard.clear();
    }
}
