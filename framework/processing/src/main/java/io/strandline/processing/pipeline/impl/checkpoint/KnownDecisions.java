package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

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
    private record Stored(long at, StepDecision decision) {}

    /**
     * What a replay from a checkpoint may meet.
     *
     * @param places partition that the checkpoint names → where its task begins
     * @param passed partitions that had ended before it, and over which others had taken
     * @param known partitions that the source shows
     * @param newest highest id of a partition that the source shows
     */
    record Replay(Map<Long, Long> places, Set<Long> passed, Set<Long> known, long newest) {

        /** @param places partition that the checkpoint names → where its task begins, in offsets or in steps */
        static Replay of(Map<Long, Long> places, StreamDescription source) {
            Set<Long> known = source.byId().keySet();
            return new Replay(places, source.withAncestors(places.keySet()), known, Collections.max(known));
        }

        /**
         * Whether it may meet what is at a place of a partition. A partition that the checkpoint does not name begins later, or has
         * ended. The source forgets one that has ended, and may not show the newest yet, which have the highest ids.
         */
        boolean meets(long partition, long place) {
            Long from = places.get(partition);
            if (from != null) {
                return place >= from;
            }
            return known.contains(partition) ? !passed.contains(partition) : partition > newest;
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
     * Forgets the decisions that no checkpoint needs, and completes with the offset of the first entry that is needed.
     *
     * @param kept the checkpoints that are kept, at least one
     * @param source asked for its partitions if there is any decision
     */
    public Future<Long> neededFrom(List<StoredManifest> kept, Supplier<Future<StreamDescription>> source) {
        long first = kept.stream().mapToLong(StoredManifest::offset).min().orElseThrow();
        return all.isEmpty()
                ? Future.succeededFuture(first)
                : source.get().map(described -> {
                    List<Replay> replays = kept.stream()
                            .map(each -> Replay.of(each.manifest().offsets(), described))
                            .toList();
                    all.removeIf(stored -> replays.stream()
                            .noneMatch(each -> each.meets(
                                    stored.decision().partition(),
                                    stored.decision().offset())));
                    return all.isEmpty() ? first : Math.min(first, all.get(0).at());
                });
    }
}
