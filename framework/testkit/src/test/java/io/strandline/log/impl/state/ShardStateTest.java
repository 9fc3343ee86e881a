package io.strandline.log.impl.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.Replacement;
import io.strandline.log.spi.LogRules;
import io.strandline.spi.ReadSlice;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What durable frames make of a shard's state: rules A3, T1 to T3, E1, E2 and D4. */
class ShardStateTest {

    private static final long PARTITION = 3;
    private static final long OTHER = 4;
    private static final long WRITER = Long.MIN_VALUE | 7;
    private static final long HALF = 1L << 63;
    private static final int SECTION_BYTES = 1_000;

    private final List<ChunkId> unreferenced = new ArrayList<>();
    private final ShardState state = new ShardState(0, unreferenced::add);
    private final List<Long> captured = new ArrayList<>();

    ShardStateTest() {
        state.open(PARTITION, KeyRange.ALL);
        state.open(OTHER, KeyRange.ALL);
    }

    private Partition partition(long id) {
        return Objects.requireNonNull(state.partition(id));
    }

    private static byte[] batch(long partition, long offset, int events) {
        BatchBuilder batch =
                new BatchBuilder(partition, WRITER, 1, Sequence.NONE, Sequence.of(offset + events)).digest(offset + 70);
        for (int i = 0; i < events; i++) {
            batch.add(new byte[10]);
        }
        return batch.build(offset, 50 + offset);
    }

    private void apply(long partition, int events) {
        state.apply(partition(partition), batch(partition, partition(partition).endOffset(), events), 0);
    }

    private static ChunkId chunk(int number) {
        return new ChunkId(1, number);
    }

    private static ChunkSection section(int chunk, long partition, long base, long end) {
        return new ChunkSection(chunk(chunk), partition, base, end, 50 + base, 100, 900, 1_000, 100);
    }

    private static void assertCorrupt(Runnable replay, String words) {
        assertThatThrownBy(replay::run)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining(words);
    }

    // ---- batches

    @Test
    void a3_a_durable_batch_moves_the_end_the_stamp_and_what_is_known_of_its_writer() {
        apply(PARTITION, 3);
        apply(PARTITION, 2);
        Partition partition = partition(PARTITION);
        assertThat(partition.endOffset()).isEqualTo(5);
        assertThat(partition.lastStamp()).isEqualTo(53);
        assertThat(partition.tailOffset()).isZero();
        assertThat(partition.appliedBytes())
                .isEqualTo(batch(PARTITION, 0, 3).length + (long) batch(PARTITION, 3, 2).length)
                .isEqualTo(state.unflushedBytes());
        WriterEntry entry = Objects.requireNonNull(partition.tables()[0].entry(WRITER));
        assertThat(entry.appliedOffset()).isEqualTo(4);
        assertThat(entry.appliedPartition()).isEqualTo(PARTITION);
        assertThat(entry.appliedMajor()).isEqualTo(5);
        assertThat(entry.appliedMinor()).isZero();
        assertThat(entry.appliedEpoch()).isEqualTo(1);
        assertThat(entry.appliedDigest()).isEqualTo(73);
        assertThat(state.dirtyPartitions()).containsExactly(partition);
    }

    @Test
    void a_replayed_batch_must_follow_the_last_event_of_a_partition_that_is_there() {
        state.replayBatches(batch(PARTITION, 0, 2));
        assertCorrupt(() -> state.replayBatches(batch(99, 0, 1)), "partition 99 in shard 0");
        assertCorrupt(() -> state.replayBatches(batch(PARTITION, 1, 1)), "begins at offset 1, the partition ends at 2");
        assertCorrupt(() -> state.replayBatches(batch(PARTITION, 3, 1)), "begins at offset 3, the partition ends at 2");
        byte[] foreign = new BatchBuilder(PARTITION, WRITER, 1, Sequence.NONE, Sequence.of(0))
                .range(1)
                .add(new byte[1])
                .build(2, 1);
        assertCorrupt(() -> state.replayBatches(foreign), "is of range 1, the partition has 1");
        state.replayBatches(batch(PARTITION, 2, 1));
        assertThat(partition(PARTITION).endOffset()).isEqualTo(3);
    }

    @Test
    void t3_a_frame_before_the_checkpoint_supplies_only_events_that_are_in_no_chunk() {
        Partition partition = partition(PARTITION);
        partition.restore(false, 2, 9, 60, 4);
        state.replayUnflushed(batch(99, 0, 1));
        state.replayUnflushed(batch(PARTITION, 1, 3));
        assertThat(partition.tail().isEmpty()).isTrue();
        assertThat(state.unflushedBytes()).isZero();
        state.replayUnflushed(batch(PARTITION, 4, 5));
        assertThat(partition.tail().size()).isEqualTo(1);
        assertThat(state.unflushedBytes()).isEqualTo(batch(PARTITION, 4, 5).length);
        assertThat(partition.endOffset()).isEqualTo(9);
        assertThat(state.dirtyPartitions()).containsExactly(partition);
        state.requireComplete();
    }

    @Test
    void t3_a_batch_that_was_cut_by_truncation_is_kept_for_its_last_events() {
        Partition partition = partition(PARTITION);
        partition.restore(false, 3, 4, 60, 0);
        state.replayUnflushed(batch(PARTITION, 0, 4));
        assertThat(partition.tailOffset()).isZero();
        state.requireComplete();
    }

    // ---- whole after a recovery

    @Test
    void t8_events_that_are_neither_in_a_chunk_nor_in_memory_are_missing() {
        partition(PARTITION).restore(false, 0, 6, 60, 2);
        assertCorrupt(state::requireComplete, "lacks the events of partition 3 from offset 2 to 6");
        state.replayUnflushed(batch(PARTITION, 3, 1));
        assertCorrupt(state::requireComplete, "from offset 2 to 3");
    }

    @Test
    void t8_a_hole_between_batches_in_memory_is_missing_and_so_is_the_end() {
        partition(PARTITION).restore(false, 0, 6, 60, 2);
        state.replayUnflushed(batch(PARTITION, 2, 1));
        assertCorrupt(state::requireComplete, "from offset 3 to 6");
        state.replayUnflushed(batch(PARTITION, 4, 2));
        assertCorrupt(state::requireComplete, "from offset 3 to 4");
    }

    @Test
    void t8_what_was_truncated_is_not_missed() {
        partition(PARTITION).restore(false, 6, 6, 60, 2);
        state.requireComplete();
    }

    // ---- flushes

    @Test
    void t1_flushed_events_leave_memory_and_are_found_in_their_section() {
        apply(PARTITION, 2);
        apply(PARTITION, 2);
        apply(OTHER, 1);
        state.addSections(List.of(section(1, PARTITION, 0, 2)));
        Partition partition = partition(PARTITION);
        assertThat(partition.flushedOffset()).isEqualTo(2);
        assertThat(partition.tailOffset()).isEqualTo(2);
        assertThat(state.unflushedBytes()).isEqualTo(batch(PARTITION, 2, 2).length + (long) batch(OTHER, 0, 1).length);
        assertThat(partition.section(1)).isEqualTo(section(1, PARTITION, 0, 2));
        assertThat(partition.section(2)).isNull();
        assertThat(state.refersTo(chunk(1))).isTrue();
        state.addSections(List.of(section(2, PARTITION, 2, 4)));
        assertThat(partition.tailOffset()).isEqualTo(4);
        assertThat(state.dirtyPartitions()).containsExactly(partition(OTHER));
        apply(PARTITION, 1);
        assertThat(state.dirtyPartitions()).containsExactly(partition(OTHER), partition);
    }

    @Test
    void t1_a_partition_that_was_dropped_and_opened_again_is_flushed_as_the_new_one() {
        apply(PARTITION, 1);
        state.drop(PARTITION);
        state.open(PARTITION, KeyRange.ALL);
        assertThat(state.dirtyPartitions()).isEmpty();
        apply(PARTITION, 1);
        assertThat(state.dirtyPartitions()).containsExactly(partition(PARTITION));
    }

    @Test
    void t2_a_section_of_a_partition_that_is_gone_or_truncated_past_it_gives_its_chunk_up() {
        apply(PARTITION, 4);
        state.truncate(PARTITION, 2);
        state.addSections(List.of(section(1, 99, 0, 1)));
        assertThat(unreferenced).containsExactly(chunk(1));
        state.addSections(List.of(section(2, PARTITION, 0, 2)));
        assertThat(unreferenced).containsExactly(chunk(1), chunk(2));
        assertThat(state.refersTo(chunk(2))).isFalse();
        assertThat(partition(PARTITION).flushedOffset()).isEqualTo(2);
        assertThat(partition(PARTITION).sections()).isEmpty();
        assertThat(state.space().liveBytes()).isZero();
        assertThat(state.space().fileBytes()).isZero();
    }

    @Test
    void t6_what_was_truncated_of_a_section_counts_as_dead() {
        apply(PARTITION, 4);
        state.truncate(PARTITION, 1);
        state.addSections(List.of(section(1, PARTITION, 0, 4)));
        assertThat(state.space().liveBytes()).isEqualTo(SECTION_BYTES * 3 / 4);
        state.truncate(PARTITION, 3);
        assertThat(state.space().liveBytes()).isEqualTo(SECTION_BYTES / 4);
        assertThat(unreferenced).isEmpty();
        state.truncate(PARTITION, 4);
        assertThat(state.space().liveBytes()).isZero();
        assertThat(unreferenced).containsExactly(chunk(1));
    }

    @Test
    void t6_merged_sections_are_replaced_and_no_others() {
        apply(PARTITION, 8);
        state.addSections(List.of(
                section(1, PARTITION, 0, 2),
                section(2, PARTITION, 2, 4),
                section(3, PARTITION, 4, 6),
                section(4, PARTITION, 6, 8)));
        assertThat(state.pollUnmerged()).isSameAs(partition(PARTITION));
        state.replaceSections(List.of(new Replacement(2, section(5, PARTITION, 2, 6))));
        assertThat(partition(PARTITION).sections())
                .containsExactly(section(1, PARTITION, 0, 2), section(5, PARTITION, 2, 6), section(4, PARTITION, 6, 8));
        assertThat(unreferenced).containsExactly(chunk(2), chunk(3));
        assertThat(state.space().liveBytes()).isEqualTo(3 * SECTION_BYTES);
        assertThat(state.pollUnmerged()).isSameAs(partition(PARTITION));
    }

    @Test
    void t6_what_was_truncated_or_dropped_during_a_merge_is_not_put_back() {
        apply(PARTITION, 4);
        state.addSections(List.of(section(1, PARTITION, 0, 2), section(2, PARTITION, 2, 4)));
        state.truncate(PARTITION, 3);
        assertThat(unreferenced).containsExactly(chunk(1));
        state.replaceSections(List.of(new Replacement(0, section(5, PARTITION, 0, 3))));
        assertThat(partition(PARTITION).sections()).containsExactly(section(2, PARTITION, 2, 4));
        assertThat(unreferenced).containsExactly(chunk(1), chunk(5));
        state.replaceSections(List.of(new Replacement(0, section(6, PARTITION, 0, 4))));
        assertThat(partition(PARTITION).sections()).containsExactly(section(6, PARTITION, 0, 4));
        assertThat(state.space().liveBytes()).isEqualTo(SECTION_BYTES / 4);
        state.drop(PARTITION);
        state.replaceSections(List.of(new Replacement(0, section(7, PARTITION, 0, 4))));
        assertThat(unreferenced).containsExactly(chunk(1), chunk(5), chunk(2), chunk(6), chunk(7));
        assertThat(state.space().liveBytes()).isZero();
    }

    @Test
    void t6_a_partition_is_in_line_for_a_merge_once_and_only_with_several_sections() {
        apply(PARTITION, 3);
        state.addSections(List.of(section(1, PARTITION, 0, 1)));
        assertThat(state.hasUnmerged()).isFalse();
        assertThat(state.pollUnmerged()).isNull();
        state.addSections(List.of(section(2, PARTITION, 1, 2)));
        state.addSections(List.of(section(3, PARTITION, 2, 3)));
        assertThat(state.hasUnmerged()).isTrue();
        assertThat(state.pollUnmerged()).isSameAs(partition(PARTITION));
        assertThat(state.pollUnmerged()).isNull();
        state.sectionsChanged(partition(PARTITION));
        assertThat(state.pollUnmerged()).isSameAs(partition(PARTITION));
    }

    @Test
    void t3_a_section_of_a_checkpoint_is_counted_and_merged_as_before() {
        Partition partition = partition(PARTITION);
        partition.restore(false, 1, 4, 60, 4);
        state.restoreSection(partition, section(1, PARTITION, 0, 2));
        state.restoreSection(partition, section(2, PARTITION, 2, 4));
        assertThat(partition.sections()).containsExactly(section(1, PARTITION, 0, 2), section(2, PARTITION, 2, 4));
        assertThat(state.space().liveBytes()).isEqualTo(SECTION_BYTES * 3 / 2);
        assertThat(state.pollUnmerged()).isSameAs(partition);
    }

    // ---- what readers find in sections

    @Test
    void the_section_of_an_offset_and_of_a_stamp_is_found_wherever_it_is() {
        apply(PARTITION, 10);
        List<ChunkSection> sections = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sections.add(section(i, PARTITION, 2L * i, 2L * i + 2));
        }
        state.addSections(sections);
        Partition partition = partition(PARTITION);
        for (int offset = 0; offset < 10; offset++) {
            assertThat(partition.section(offset)).isEqualTo(sections.get(offset / 2));
        }
        assertThat(partition.section(10)).isNull();
        for (int i = 0; i < 5; i++) {
            assertThat(partition.sectionOfStamp(50 + 2L * i)).isEqualTo(i);
            assertThat(partition.sectionOfStamp(51 + 2L * i)).isEqualTo(i + 1);
        }
        state.truncate(PARTITION, 5);
        assertThat(partition.section(3)).isNull();
        assertThat(partition.section(4)).isEqualTo(sections.get(2));
        assertThat(partition.sections()).hasSize(3);
    }

    // ---- truncation and deletion

    @Test
    void t2_truncation_moves_the_start_forward_only_and_takes_events_from_memory() {
        apply(PARTITION, 2);
        apply(PARTITION, 2);
        long all = state.unflushedBytes();
        state.truncate(PARTITION, 1);
        assertThat(partition(PARTITION).startOffset()).isEqualTo(1);
        assertThat(state.unflushedBytes()).isEqualTo(all);
        state.truncate(PARTITION, 2);
        assertThat(state.unflushedBytes()).isEqualTo(batch(PARTITION, 2, 2).length);
        state.truncate(PARTITION, 1);
        assertThat(partition(PARTITION).startOffset()).isEqualTo(2);
        assertThat(partition(PARTITION).nothing()).isEqualTo(new ReadSlice(2, 4, false, List.of()));
        state.truncate(99, 5);
    }

    @Test
    void e1_a_partition_that_is_dropped_takes_its_events_sections_claim_and_waiting_readers_along() {
        state.claim(PARTITION, Claim.first(WRITER, 4));
        apply(PARTITION, 2);
        state.addSections(List.of(section(1, PARTITION, 0, 2)));
        apply(PARTITION, 1);
        Promise<ReadSlice> waiting = Promise.promise();
        partition(PARTITION).waiters().put(waiting.future(), new Waiter(3, 100, waiting));
        state.drop(PARTITION);
        assertThat(waiting.future().cause())
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("partition 3 does not exist in shard 0");
        assertThat(state.unflushedBytes()).isZero();
        assertThat(state.memory().held()).isZero();
        assertThat(unreferenced).containsExactly(chunk(1));
        assertThat(state.claims().get(PARTITION)).isNull();
        assertThat(state.partition(PARTITION)).isNull();
        state.drop(PARTITION);
    }

    @Test
    void e2_a_seal_ends_the_partition_and_tells_waiting_readers() {
        apply(PARTITION, 2);
        Promise<ReadSlice> waiting = Promise.promise();
        partition(PARTITION).waiters().put(waiting.future(), new Waiter(2, 100, waiting));
        state.seal(PARTITION);
        assertThat(waiting.future().result()).isEqualTo(new ReadSlice(0, 2, true, List.of()));
        assertThat(partition(PARTITION).waiters()).isEmpty();
        assertThat(partition(PARTITION).sealed()).isTrue();
        state.seal(99);
    }

    // ---- opening

    @Test
    void e1_a_repeated_open_changes_nothing() {
        apply(PARTITION, 2);
        state.open(PARTITION, KeyRange.ALL);
        assertThat(partition(PARTITION).endOffset()).isEqualTo(2);
        inherit(PARTITION, 0);
        assertThat(partition(PARTITION).endOffset()).isEqualTo(2);
        assertThat(state.opening().isEmpty()).isTrue();
    }

    private void inherit(long id, int index) {
        KeyRange keys = index == 0 ? new KeyRange(0, HALF - 1) : new KeyRange(HALF, -1);
        state.inherit(
                id,
                KeyRange.ALL,
                77,
                index,
                2,
                new Inheritance.Range(
                        keys,
                        Long.MIN_VALUE + 2,
                        List.of(new Inheritance.Writer(WRITER, 1, 5 + index, 6, PARTITION, 8, 70, 9))));
    }

    @Test
    void d4_a_partition_opens_with_the_last_of_its_ranges_and_keeps_them_apart() {
        state.claim(8, Claim.unclaimed(3));
        inherit(8, 1);
        inherit(8, 1);
        assertThat(state.partition(8)).isNull();
        assertThat(state.opening().get(8)).isNotNull();
        inherit(8, 0);
        assertThat(state.opening().isEmpty()).isTrue();
        Partition partition = partition(8);
        assertThat(partition.lastStamp()).isEqualTo(77);
        NumberedPartition numbered = Objects.requireNonNull(state.numbered(8));
        assertThat(numbered.numberedStamp).isEqualTo(77);
        assertThat(numbered.numberedClaim).isEqualTo(Claim.unclaimed(3));
        for (int range = 0; range < 2; range++) {
            WriterTable table = partition.tables()[range];
            NumberedEntry entry = Objects.requireNonNull(table.numbered(WRITER));
            assertThat(table.forgottenUpTo()).isEqualTo(Long.MIN_VALUE + 2);
            assertThat(entry.lastMajor).isEqualTo(5 + range);
            assertThat(entry.appliedMajor()).isEqualTo(5 + range);
            assertThat(entry.appliedMinor()).isEqualTo(6);
            assertThat(entry.appliedEpoch()).isEqualTo(1);
            assertThat(entry.appliedPartition()).isEqualTo(PARTITION);
            assertThat(entry.appliedOffset()).isEqualTo(8);
            assertThat(entry.appliedDigest()).isEqualTo(9);
            assertThat(entry.lastStamp).isEqualTo(70);
        }
    }

    @Test
    void d4_what_is_left_to_successors_is_cut_to_their_keys_and_has_no_writer_without_events() {
        apply(PARTITION, 2);
        partition(PARTITION).tables()[0].entryOrNew(WRITER + 1);
        state.claim(PARTITION, Claim.first(1, 4));
        Inheritance left = partition(PARTITION).inheritance(new Moment(1_000, 0), LogRules.STANDARD);
        assertThat(left.endOffset()).isEqualTo(2);
        assertThat(left.lastStamp()).isEqualTo(50);
        assertThat(left.generation()).isEqualTo(4);
        assertThat(left.keys()).isEqualTo(KeyRange.ALL);
        KeyRange quarter = new KeyRange(0, HALF / 2 - 1);
        assertThat(Inheritance.cut(quarter, List.of(left)))
                .containsExactly(new Inheritance.Range(
                        quarter,
                        Long.MIN_VALUE,
                        List.of(new Inheritance.Writer(WRITER, 1, 2, 0, PARTITION, 1, 50, 70))));
        KeyRange last = new KeyRange(-5, -1);
        assertThat(Inheritance.cut(last, List.of(left))).hasSize(1).allMatch(range -> range.keys()
                .equals(last));
        assertThat(partition(OTHER)
                        .inheritance(new Moment(0, 0), LogRules.STANDARD)
                        .generation())
                .isZero();
    }

    @Test
    void e1_a_partition_that_is_dropped_while_it_opens_never_opens() {
        inherit(8, 0);
        state.drop(8);
        assertThat(state.opening().isEmpty()).isTrue();
        inherit(8, 1);
        assertThat(state.partition(8)).isNull();
    }

    @Test
    void d5_a_retired_writer_is_forgotten_in_every_partition_also_in_one_that_opens() {
        state.raise(WRITER, 4);
        apply(PARTITION, 1);
        inherit(8, 1);
        state.forget(WRITER);
        assertThat(state.raised().get(WRITER)).isNull();
        assertThat(partition(PARTITION).tables()[0].entry(WRITER)).isNull();
        inherit(8, 0);
        assertThat(partition(8).tables()[1].entry(WRITER)).isNull();
        assertThat(partition(8).tables()[0].entry(WRITER)).isNotNull();
    }

    @Test
    void d5_the_highest_epoch_of_a_writer_counts() {
        state.raise(9, 4);
        state.raise(9, 3);
        assertThat(state.raised().get(9L)).isEqualTo(4);
    }

    // ---- checkpoints

    /** Every change of what a journal checkpoint holds is preceded by its capture, and captured once. */
    @Test
    void t3_a_checkpoint_takes_a_partition_before_its_first_change() {
        List<Runnable> changes = List.of(
                () -> apply(PARTITION, 1),
                () -> state.seal(PARTITION),
                () -> state.truncate(PARTITION, 2),
                () -> state.addSections(List.of(section(9, PARTITION, 4, 5))),
                () -> state.replaceSections(List.of(new Replacement(0, section(8, PARTITION, 0, 4)))),
                () -> state.forget(WRITER),
                () -> state.drop(PARTITION));
        for (Runnable change : changes) {
            state.drop(PARTITION);
            state.open(PARTITION, KeyRange.ALL);
            apply(PARTITION, 5);
            state.addSections(List.of(section(1, PARTITION, 0, 2), section(2, PARTITION, 2, 4)));
            PartitionBefore before = new PartitionBefore(partition(PARTITION));
            captured.clear();
            partition(PARTITION).captureBy(partition -> {
                captured.add(partition.id());
                assertThat(new PartitionBefore(partition)).isEqualTo(before);
            });
            change.run();
            assertThat(captured).containsExactly(PARTITION);
            state.truncate(PARTITION, 3);
            assertThat(captured).hasSize(1);
        }
    }

    private record PartitionBefore(
            long start, long end, long flushed, boolean sealed, List<ChunkSection> sections, boolean knowsWriter) {
        PartitionBefore(Partition partition) {
            this(
                    partition.startOffset(),
                    partition.endOffset(),
                    partition.flushedOffset(),
                    partition.sealed(),
                    List.copyOf(partition.sections()),
                    partition.tables()[0].entry(WRITER) != null);
        }
    }

    @Test
    void t3_a_partition_that_opens_is_taken_before_it_inherits_more_or_is_dropped() {
        List<Runnable> changes = List.of(() -> inherit(8, 1), () -> state.drop(8), () -> state.forget(WRITER));
        for (Runnable change : changes) {
            state.drop(8);
            inherit(8, 0);
            captured.clear();
            Objects.requireNonNull(state.opening().get(8)).captureBy(partition -> captured.add(partition.id()));
            change.run();
            assertThat(captured).containsExactly(8L);
        }
    }

    @Test
    void t3_a_recovery_notes_what_it_found() {
        state.recovered(90, 7, 60);
        assertThat(state.appliedFrame()).isEqualTo(90);
        assertThat(state.recoveredFrames()).isEqualTo(7);
        assertThat(state.recoveredFlushedUpToFrame()).isEqualTo(60);
        state.appliedUpTo(91);
        assertThat(state.appliedFrame()).isEqualTo(91);
    }

    @Test
    void a3_after_a_replay_the_numbered_state_is_the_applied_one() {
        NumberedPartition partition = Objects.requireNonNull(state.numbered(PARTITION));
        state.replayBatches(batch(PARTITION, 0, 3));
        state.claim(PARTITION, Claim.first(1, 4));
        state.seal(PARTITION);
        assertThat(partition.nextOffset)
                .as("what is applied changes nothing numbered")
                .isZero();
        assertThat(partition.sealing).isFalse();
        assertThat(partition.numberedClaim).isNull();
        state.numberedIsApplied();
        assertThat(partition.nextOffset).isEqualTo(3);
        assertThat(partition.numberedStamp).isEqualTo(50);
        assertThat(partition.sealing).isTrue();
        assertThat(partition.numberedClaim).isEqualTo(Claim.first(1, 4));
        NumberedEntry entry = Objects.requireNonNull(partition.tables()[0].numbered(WRITER));
        assertThat(entry.epoch).isEqualTo(1);
        assertThat(entry.lastMajor).isEqualTo(3);
        assertThat(entry.lastMinor).isZero();
        assertThat(entry.lastPartition).isEqualTo(PARTITION);
        assertThat(entry.lastOffset).isEqualTo(2);
        assertThat(entry.isApplied()).isTrue();
    }
}
