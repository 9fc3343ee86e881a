package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import java.util.ArrayList;
import java.util.List;

/**
 * The decisions that a replay from a checkpoint that is kept may meet. They are entries of the checkpoint stream, which is not
 * truncated past the first that is needed.
 *
 * <p>Belongs to the context of the run.
 */
public final class KnownDecisions {

    /** Most decisions that are kept. */
    public static final int MAX_DECISIONS = 1_000_000;

    private final List<Stored> all = new ArrayList<>();

    /**
     * A durable decision.
     *
     * @param at offset of its entry
     */
    private record Stored(long at, StepDecision decision) {

        /**
         * Whether a replay from a checkpoint may meet it. A partition that the checkpoint does not name may be a successor that
         * begins later, and those have higher ids.
         */
        boolean isAfter(Manifest manifest) {
            CheckpointEntry.Snapshot snapshot = manifest.snapshot(decision.partition());
            return snapshot == null
                    ? decision.partition() > manifest.snapshots().get(0).partition()
                    : decision.offset() >= snapshot.offset();
        }
    }

    /**
     * Fails if no more decisions can be kept.
     *
     * @throws StrandlineException.Overloaded if there are {@value #MAX_DECISIONS}
     */
    public void requireRoom() {
        if (all.size() >= MAX_DECISIONS) {
            throw new StrandlineException.Overloaded("the pipeline has passed over " + MAX_DECISIONS
                    + " events since its oldest checkpoint that is kept, the limit is " + MAX_DECISIONS);
        }
    }

    /** A decision is durable. */
    public void add(long at, StepDecision decision) {
        all.add(new Stored(at, decision));
    }

    /** Whether a replay may park an event. */
    public boolean parks() {
        return all.stream()
                .map(Stored::decision)
                .anyMatch(decision ->
                        decision.kind() == StepDecision.Kind.PARK || decision.kind() == StepDecision.Kind.HOLD);
    }

    /** The decisions about a partition, in the order in which they were made. */
    public List<StepDecision> of(long partition) {
        return all.stream()
                .map(Stored::decision)
                .filter(decision -> decision.partition() == partition)
                .toList();
    }

    /**
     * Forgets the decisions that no checkpoint needs, and returns the offset of the first entry that is needed.
     *
     * @param kept the checkpoints that are kept, at least one
     */
    public long neededFrom(List<StoredManifest> kept) {
        all.removeIf(stored -> kept.stream().noneMatch(each -> stored.isAfter(each.manifest())));
        long first = kept.stream().mapToLong(StoredManifest::offset).min().orElseThrow();
        return all.isEmpty() ? first : Math.min(first, all.get(0).at());
    }
}
