package io.strandline.processing.pipeline.impl.checkpoint;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Pipeline.Provider.Start;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.RunStarted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Unreadable;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where a run begins, and which of its outputs it compares with those in the log. */
class RestorationTest {

    private static PartitionDescription partition(long id) {
        return new PartitionDescription(id, 0, KeyRange.equalRanges(1).get(0));
    }

    private static Scaling merge(long from, long to) {
        return new Scaling(0, List.of(new SealedPartition(partition(from), 10)), List.of(partition(to)));
    }

    /** 1 → 2 → 3 → 4. The source had 1 and 2 when the runs of the other version were fenced. */
    private static final StreamDescription SOURCE = new StreamDescription(
            StreamName.parse("bank/deposits"), List.of(partition(4)), List.of(merge(1, 2), merge(2, 3), merge(3, 4)));

    private static Restoration sharedUpTo(long id) {
        return new Restoration(
                SOURCE,
                new TreeMap<>(),
                null,
                List.of(),
                0,
                0,
                true,
                id,
                Map.of(),
                new KnownDecisions(),
                new TreeMap<>());
    }

    @Test
    void another_version_may_have_come_as_far_as_what_took_over_from_what_the_source_had() {
        Restoration after = sharedUpTo(2);
        assertThat(after.isOwn(SOURCE, 2)).isFalse();
        assertThat(after.isOwn(SOURCE, 3)).isFalse();
        assertThat(after.isOwn(SOURCE, 4)).isTrue();
    }

    @Test
    void without_another_version_all_is_own() {
        for (long id = 1; id <= 4; id++) {
            assertThat(sharedUpTo(Manifest.NOTHING).isOwn(SOURCE, id)).isTrue();
        }
    }

    // ---- what is found

    private static final StreamName SINK = StreamName.parse("bank/balances");
    private static final Map<String, String> STATES = Map.of("ann", "3");
    private static final SortedMap<Long, WriterMark> MARKS =
            new TreeMap<>(Map.of(11L, new WriterMark(new Sequence(8, 1), 77)));
    private static final SortedMap<Long, Long> ORIGIN = new TreeMap<>(Map.of(1L, 4L));

    /** Of an entry that was read already. */
    private static final EventType EVENT_TYPE = new EventType("strandline.checkpoint", 9);

    private static final StateBudget BUDGET = StateBudget.unlimited();

    private final SimulatedSnapshotFiles files = new SimulatedSnapshotFiles();
    private final Vertx vertx = Vertx.vertx();
    private final PipelineSnapshots snapshots = new PipelineSnapshots(
            vertx.getOrCreateContext(), new FileCheckpointStore(vertx, pipeline -> files), "ledger");
    private final List<EventRecord<CheckpointEntry>> found = new ArrayList<>();
    private StreamDescription source = new StreamDescription(SOURCE.name(), List.of(partition(1)));
    private StreamCut start = new StreamCut(SOURCE.name(), new TreeMap<>(Map.of(1L, 0L)));

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private static Pipeline pipeline(int version) {
        return Pipeline.named("ledger", version)
                .from(SOURCE.name().toString(), TextCodec.STRING)
                .keyBy(event -> event)
                .aggregate("state", TextCodec.STRING, key -> "", (before, event) -> before)
                .to(SINK.toString(), TextCodec.STRING)
                .build();
    }

    private void add(CheckpointEntry entry) {
        found.add(new EventRecord<>(1, found.size(), 0, null, CheckpointEntry.CODEC.typeOf(entry), entry));
    }

    private void addUnreadable() {
        found.add(new EventRecord<>(1, found.size(), 0, null, EVENT_TYPE, new Unreadable("torn")));
    }

    private void run(int version) {
        add(new RunStarted(version, ORIGIN));
    }

    /** A checkpoint of one partition, with its file. */
    private Manifest checkpoint(long number, int version, long partition, long sharedUpTo) {
        Taken taken = new Taken(number, 1, version);
        OperatorStates states = OneOperator.states(pipeline(version).topology(), STATES);
        List<Snapshot> written = await(snapshots.write(
                taken,
                List.of(new TaskCut(
                        partition,
                        10 * number,
                        9 * number,
                        false,
                        Map.of(SINK, MARKS),
                        states.capture(),
                        new SnapshotChain(),
                        0))));
        Manifest manifest = new Manifest(taken, ORIGIN, sharedUpTo, written);
        add(manifest);
        return manifest;
    }

    private Manifest checkpoint(long number) {
        return checkpoint(number, 1, 1, Manifest.NOTHING);
    }

    private void empty(Manifest manifest) throws IOException {
        files.write(manifest.snapshots().get(0).file()).close();
    }

    private void lose(Manifest manifest) {
        files.delete(manifest.snapshots().get(0).file());
    }

    private Restoration find(int version, boolean versionChangeAllowed) {
        Restoration.Traces left = new Restoration.Traces(found, snapshots, source, start);
        return await(Restoration.find(
                pipeline(version), left, new RestoreTerms(BUDGET, versionChangeAllowed, Set.of()), Start.NEWEST));
    }

    private Restoration find() {
        return find(1, false);
    }

    private static TaskStart onlyStart(Restoration restoration) {
        List<TaskStart> starts = restoration.starts(pipeline(1).topology(), BUDGET);
        assertThat(starts).hasSize(1);
        return starts.get(0);
    }

    private static void assertStart(
            Restoration restoration, long offset, long step, Map<String, String> states, Map<StreamName, ?> replay) {
        TaskStart start = onlyStart(restoration);
        assertThat(start.partition()).isEqualTo(partition(1));
        assertThat(start.offset()).isEqualTo(offset);
        assertThat(start.step()).isEqualTo(step);
        assertThat(OneOperator.map(start.states())).isEqualTo(states);
        assertThat(start.replay()).isEqualTo(replay);
    }

    @Test
    void a_pipeline_begins_where_its_source_begins_and_compares_all_its_outputs() {
        start = new StreamCut(SOURCE.name(), new TreeMap<>(Map.of(1L, 6L)));
        Restoration first = find();
        assertThat(first.origin()).containsExactly(Map.entry(1L, 6L));
        assertThat(first.oldest()).isEqualTo(first.origin());
        assertThat(first.standing()).containsExactly(1L);
        assertThat(first.newest()).isZero();
        assertThat(first.damaged()).isZero();
        assertThat(first.replaysOutputs()).isTrue();
        assertThat(first.isOwn(source, 1)).isTrue();
        assertStart(first, 6, 0, Map.of(), Map.of());
    }

    @Test
    void a_run_without_a_checkpoint_begins_where_the_first_one_began() {
        run(1);
        assertStart(find(), 4, 0, Map.of(), Map.of());
    }

    @Test
    void a_run_goes_on_from_the_newest_checkpoint_with_its_state_and_marks() {
        run(1);
        Manifest one = checkpoint(1);
        Manifest two = checkpoint(2);
        Restoration restored = find();
        assertThat(restored.manifest()).isEqualTo(two);
        assertThat(restored.newest()).isEqualTo(2);
        assertThat(restored.damaged()).isZero();
        assertThat(restored.oldest()).isEqualTo(one.offsets());
        assertThat(restored.usable()).extracting(StoredManifest::manifest).containsExactly(one, two);
        assertThat(restored.sharedUpTo()).isEqualTo(Manifest.NOTHING);
        assertStart(restored, 20, 18, STATES, Map.of(SINK, MARKS));
    }

    @Test
    void a_damaged_checkpoint_is_passed_over_and_its_number_is_not_given_again() {
        run(1);
        Manifest one = checkpoint(1);
        lose(checkpoint(2));
        addUnreadable();
        lose(checkpoint(3));
        Restoration restored = find();
        assertThat(restored.manifest()).isEqualTo(one);
        assertThat(restored.newest()).isEqualTo(3);
        assertThat(restored.damaged()).isEqualTo(3);
        assertThat(restored.usable()).extracting(StoredManifest::manifest).containsExactly(one);
    }

    @Test
    void without_a_whole_checkpoint_a_run_begins_at_the_origin_that_they_name() throws IOException {
        run(1);
        empty(checkpoint(1));
        lose(checkpoint(2));
        Restoration restored = find();
        assertThat(restored.manifest()).isNull();
        assertThat(restored.usable()).isEmpty();
        assertThat(restored.newest()).isEqualTo(2);
        assertThat(restored.damaged()).isEqualTo(2);
        assertThat(restored.oldest()).isEqualTo(ORIGIN);
        assertThat(onlyStart(restored).offset()).isEqualTo(4);
    }

    @Test
    void a_place_without_a_snapshot_of_any_checkpoint_is_another_one() {
        run(1);
        lose(checkpoint(1));
        lose(checkpoint(2));
        assertThatThrownBy(this::find)
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("has 2 checkpoints")
                .hasMessageContaining(snapshots.toString());
    }

    @Test
    void a_deletion_that_was_begun_is_finished_before_anything_runs() {
        run(1);
        add(new Deleted());
        assertThatThrownBy(this::find)
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("deletion");
    }

    @Test
    void state_of_another_version_is_taken_over_only_with_permission_and_its_outputs_are_not_compared() {
        run(1);
        checkpoint(1);
        assertThatThrownBy(() -> find(2, false))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the state of its version 1");
        Restoration changed = find(2, true);
        assertThat(changed.replaysOutputs()).isFalse();
        assertThat(changed.sharedUpTo()).isEqualTo(1);
        assertThat(changed.isOwn(source, 1)).isFalse();
        assertThat(onlyStart(changed).replay()).isNull();
        assertThat(OneOperator.map(onlyStart(changed).states())).isEqualTo(STATES);
    }

    @Test
    void another_version_that_ran_after_the_checkpoint_may_have_made_outputs_too() {
        run(1);
        checkpoint(1);
        run(2);
        run(1);
        assertThat(find().replaysOutputs()).isFalse();
        checkpoint(2, 1, 1, 1);
        Restoration later = find();
        assertThat(later.replaysOutputs()).isTrue();
        assertThat(later.sharedUpTo()).isEqualTo(1);
    }

    @Test
    void without_a_checkpoint_of_its_own_a_version_shares_what_the_source_has() {
        run(1);
        run(2);
        Restoration restored = find(2, false);
        assertThat(restored.replaysOutputs()).isFalse();
        assertThat(restored.sharedUpTo()).isEqualTo(1);
        assertThat(onlyStart(restored).replay()).isNull();
    }

    @Test
    void an_entry_that_cannot_be_read_may_have_been_a_run_of_another_version() {
        run(1);
        checkpoint(1);
        addUnreadable();
        assertThat(find().replaysOutputs()).isFalse();
    }

    @Test
    void what_a_manifest_may_share_is_bounded_by_what_the_source_has_had() {
        run(1);
        checkpoint(1, 1, 1, Manifest.ANYTHING);
        assertThat(find().sharedUpTo()).isEqualTo(1);
    }

    @Test
    void steps_are_not_numbered_from_a_source_that_was_truncated_since() {
        addUnreadable();
        assertThat(onlyStart(find()).offset()).isZero();
        start = new StreamCut(SOURCE.name(), new TreeMap<>(Map.of(1L, 1L)));
        assertThatThrownBy(this::find)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("none of the 1 entries");
        source = SOURCE;
        start = new StreamCut(SOURCE.name(), new TreeMap<>(Map.of(3L, 0L)));
        assertThatThrownBy(this::find)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("the source was truncated since");
    }

    @Test
    void a_checkpoint_of_a_sealed_partition_leads_to_the_partitions_that_are_open_now() {
        source = SOURCE;
        run(1);
        checkpoint(1, 1, 2, Manifest.NOTHING);
        assertThat(find().standing()).containsExactly(2L);
    }

    @Test
    void a_checkpoint_of_partitions_that_the_source_does_not_have_is_of_another_stream() {
        run(1);
        checkpoint(1, 1, 9, Manifest.NOTHING);
        assertThatThrownBy(this::find)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("has checkpoints of partitions [9] of bank/deposits, which now has [1]");
    }

    /** As a start finds it that looked for the pipeline before the switch. */
    @Test
    void a_pipeline_that_was_switched_goes_on_as_another_version_alone() {
        run(1);
        checkpoint(1);
        add(new Switched(1, 2));
        assertThatThrownBy(this::find)
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessage("pipeline ledger v1 was switched from version 1 to version 2: deploy that");
    }

    @Test
    void a_partition_that_no_checkpoint_leads_to_is_not_passed_over() {
        run(1);
        checkpoint(1);
        source = new StreamDescription(
                SOURCE.name(),
                List.of(
                        new PartitionDescription(1, 0, KeyRange.equalRanges(2).get(0)),
                        new PartitionDescription(2, 0, KeyRange.equalRanges(2).get(1))));
        assertThatThrownBy(this::find)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("which now has [1, 2]");
    }

    @Test
    void an_origin_in_partitions_that_the_source_does_not_have_is_of_another_stream() {
        run(1);
        source = new StreamDescription(SOURCE.name(), List.of(partition(9)));
        assertThatThrownBy(this::find)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("has checkpoints of partitions [1] of bank/deposits, which now has [9]");
    }

    /** Retention removed the older entries: a run of another version may have been among them. */
    @Test
    void runs_whose_entries_are_gone_may_have_been_of_another_version() {
        found.add(new EventRecord<>(1, 3, 0, null, EVENT_TYPE, new RunStarted(1, ORIGIN)));
        Restoration restored = find();
        assertThat(restored.replaysOutputs()).isFalse();
        assertThat(restored.sharedUpTo()).isEqualTo(1);
    }
}
