package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which decisions a replay from a checkpoint may meet. */
class KnownDecisionsTest {

    private static final StreamName SOURCE = StreamName.parse("s/in");

    private static final PartitionDescription ZERO = partition(0, 0);
    private static final PartitionDescription ONE = partition(1, 1);
    private static final PartitionDescription TWO =
            new PartitionDescription(2, 0, ONE.keys().halves().get(0));
    private static final PartitionDescription THREE =
            new PartitionDescription(3, 0, ONE.keys().halves().get(1));

    /** Partition 1 was split into 2 and 3. */
    private static final StreamDescription SPLIT = new StreamDescription(
            SOURCE,
            List.of(ZERO, TWO, THREE),
            List.of(new Scaling(0, List.of(new Scaling.SealedPartition(ONE, 50)), List.of(TWO, THREE))));

    private final KnownDecisions decisions = new KnownDecisions();

    private static PartitionDescription partition(long id, int half) {
        return new PartitionDescription(id, 0, KeyRange.ALL.halves().get(half));
    }

    private static StoredManifest manifest(long at, Map<Long, Long> offsets) {
        Taken taken = new Taken(at, 1, 1);
        List<Snapshot> snapshots = new TreeMap<>(offsets)
                .entrySet().stream()
                        .map(each -> new Snapshot(taken, each.getKey(), each.getValue(), 0, 0, "file", 1, 1))
                        .toList();
        return new StoredManifest(at, 0, new Manifest(taken, new TreeMap<>(), Manifest.NOTHING, snapshots));
    }

    private void decide(long at, long partition, long offset) {
        decisions.add(at, new StepDecision(StepDecision.Kind.SKIP, partition, offset, 0, 1, null, "poison"));
    }

    private long neededFrom(StreamDescription source, StoredManifest... kept) {
        return decisions
                .neededFrom(List.of(kept), () -> Future.succeededFuture(source))
                .result();
    }

    @Test
    void a_decision_about_an_event_that_each_checkpoint_holds_is_forgotten() {
        decide(5, 1, 9);
        StoredManifest before = manifest(10, Map.of(0L, 0L, 1L, 9L));
        StoredManifest after = manifest(100, Map.of(0L, 0L, 1L, 10L));
        assertThat(neededFrom(SPLIT, before, after)).isEqualTo(5);
        assertThat(neededFrom(SPLIT, after)).isEqualTo(100);
        assertThat(decisions.of(1)).isEmpty();
    }

    @Test
    void a_decision_about_a_partition_over_which_others_have_taken_is_forgotten() {
        decide(5, 1, 9);
        assertThat(neededFrom(SPLIT, manifest(100, Map.of(0L, 0L, 2L, 0L, 3L, 0L))))
                .isEqualTo(100);
        assertThat(decisions.of(1)).isEmpty();
    }

    @Test
    void a_decision_about_a_partition_that_begins_later_is_kept() {
        decide(5, 2, 9);
        StoredManifest before = manifest(10, Map.of(0L, 0L, 1L, 50L));
        assertThat(neededFrom(SPLIT, before, manifest(100, Map.of(0L, 0L, 2L, 20L, 3L, 0L))))
                .isEqualTo(5);
    }

    /** The source has removed it, with all that it held. */
    @Test
    void a_decision_about_a_partition_that_the_source_has_forgotten_is_forgotten() {
        decide(5, 1, 9);
        StreamDescription now = new StreamDescription(SOURCE, List.of(ZERO, TWO, THREE));
        assertThat(neededFrom(now, manifest(100, Map.of(0L, 0L, 2L, 0L, 3L, 0L))))
                .isEqualTo(100);
    }

    @Test
    void a_decision_about_a_partition_that_the_source_does_not_show_yet_is_kept() {
        decide(5, 3, 9);
        StreamDescription before = new StreamDescription(SOURCE, List.of(ZERO, ONE));
        assertThat(neededFrom(before, manifest(100, Map.of(0L, 0L, 1L, 50L)))).isEqualTo(5);
    }

    @Test
    void nothing_is_forgotten_while_the_source_does_not_answer() {
        decide(5, 1, 9);
        StoredManifest kept = manifest(100, Map.of(0L, 0L, 1L, 10L));
        StrandlineException away = new StrandlineException.Unavailable("away");
        assertThat(decisions
                        .neededFrom(List.of(kept), () -> Future.failedFuture(away))
                        .cause())
                .isSameAs(away);
        assertThat(decisions.of(1)).hasSize(1);
    }

    @Test
    void the_source_is_not_asked_without_a_decision() {
        assertThat(decisions
                        .neededFrom(List.of(manifest(100, Map.of(0L, 0L))), () -> {
                            throw new AssertionError("asked");
                        })
                        .result())
                .isEqualTo(100);
    }
}
