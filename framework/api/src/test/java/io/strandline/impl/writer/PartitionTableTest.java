package io.strandline.impl.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.LastWritten;
import io.strandline.spi.WriterGrant.Slot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Where a writer's events go, and which numbers were given, sent and confirmed on each route (D1 to D6). */
class PartitionTableTest {

    private static final StreamName STREAM = StreamName.parse("bank/accounts");
    private static final KeyRange LOW = KeyRange.equalRanges(2).get(0);
    private static final KeyRange HIGH = KeyRange.equalRanges(2).get(1);

    private static Slot slot(long id, KeyRange ofPartition, int range, KeyRange keys, @Nullable LastWritten last) {
        return new Slot(new PartitionDescription(id, (int) (id % 3), ofPartition), range, keys, last);
    }

    private static LastWritten written(long major, long minor) {
        return new LastWritten(new Sequence(major, minor), 90, 17, 5);
    }

    private static WriterGrant grant(boolean exclusive, Slot... slots) {
        List<PartitionDescription> partitions =
                Arrays.stream(slots).map(Slot::partition).distinct().toList();
        return new WriterGrant(new StreamDescription(STREAM, partitions, List.of(), exclusive), 7, 3, List.of(slots));
    }

    private static WriterGrant two(@Nullable LastWritten low, @Nullable LastWritten high) {
        return grant(false, slot(1, LOW, 0, LOW, low), slot(2, HIGH, 0, HIGH, high));
    }

    private static WriterGrant merged(@Nullable LastWritten low, @Nullable LastWritten high) {
        return grant(false, slot(5, KeyRange.ALL, 0, LOW, low), slot(5, KeyRange.ALL, 1, HIGH, high));
    }

    private final PartitionTable table = new PartitionTable(two(null, written(4, 2)));

    // ---- routes

    @Test
    void a_hash_is_routed_to_the_range_that_holds_it_however_the_ranges_are_cut() {
        Random random = new Random(3);
        for (int run = 0; run < 50; run++) {
            List<Long> cuts = new ArrayList<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                cuts.add(random.nextBoolean() ? random.nextLong() : random.nextLong() >>> 40);
            }
            List<KeyRange> ranges = ranges(cuts);
            Slot[] slots = new Slot[ranges.size()];
            for (int i = 0; i < slots.length; i++) {
                slots[i] = slot(i, ranges.get(i), 0, ranges.get(i), null);
            }
            PartitionTable cut = new PartitionTable(grant(false, slots));
            for (int i = 0; i < slots.length; i++) {
                assertThat(cut.find(ranges.get(i).from())).isEqualTo(i);
                assertThat(cut.find(ranges.get(i).to())).isEqualTo(i);
                assertThat(cut.fromHash(i)).isEqualTo(ranges.get(i).from());
                assertThat(cut.toHash(i)).isEqualTo(ranges.get(i).to());
            }
            for (int i = 0; i < 20; i++) {
                long hash = random.nextLong();
                assertThat(ranges.get(cut.find(hash)).contains(hash)).isTrue();
            }
        }
    }

    /** All keys, cut before each of some hashes. */
    private static List<KeyRange> ranges(List<Long> cuts) {
        List<Long> ascending = cuts.stream()
                .filter(cut -> cut != 0)
                .distinct()
                .sorted(Long::compareUnsigned)
                .toList();
        List<KeyRange> ranges = new ArrayList<>();
        long from = 0;
        for (long cut : ascending) {
            ranges.add(new KeyRange(from, cut - 1));
            from = cut;
        }
        ranges.add(new KeyRange(from, -1));
        return ranges;
    }

    @Test
    void a_grant_that_leaves_keys_out_is_refused() {
        KeyRange quarter = KeyRange.equalRanges(4).get(0);
        List<WriterGrant> gaps = List.of(
                grant(false, slot(1, LOW, 0, LOW, null)),
                grant(false, slot(2, HIGH, 0, HIGH, null)),
                grant(false, slot(1, quarter, 0, quarter, null), slot(2, HIGH, 0, HIGH, null)),
                grant(false, slot(1, LOW, 0, LOW, null), slot(2, KeyRange.ALL, 0, KeyRange.ALL, null)),
                grant(
                        false,
                        slot(1, KeyRange.ALL, 0, KeyRange.ALL, null),
                        slot(2, KeyRange.ALL, 0, KeyRange.ALL, null)));
        for (WriterGrant gap : gaps) {
            assertThatThrownBy(() -> new PartitionTable(gap))
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining("of bank/accounts leaves a gap");
        }
    }

    @Test
    void a_claimant_writes_the_keys_of_its_partition_alone() {
        KeyRange second = KeyRange.equalRanges(4).get(1);
        PartitionTable claimed = new PartitionTable(grant(true, slot(6, second, 0, second, null)));
        assertThat(claimed.covers(second.from())).isTrue();
        assertThat(claimed.covers(second.to())).isTrue();
        assertThat(claimed.covers(second.from() - 1)).isFalse();
        assertThat(claimed.covers(second.to() + 1)).isFalse();
        assertThat(table.covers(0)).isTrue();
        assertThat(table.covers(-1)).isTrue();
    }

    @Test
    void routes_of_one_partition_are_known_as_such() {
        KeyRange middle = new KeyRange(HIGH.from(), HIGH.from() + 9);
        KeyRange rest = new KeyRange(HIGH.from() + 10, -1);
        PartitionTable mixed = new PartitionTable(
                grant(false, slot(4, LOW, 0, LOW, null), slot(5, HIGH, 0, middle, null), slot(5, HIGH, 1, rest, null)));
        assertThat(mixed.count()).isEqualTo(3);
        assertThat(mixed.isAlone(0)).isTrue();
        assertThat(mixed.isAlone(1)).isFalse();
        assertThat(mixed.isAlone(2)).isFalse();
        assertThat(mixed.first(0)).isZero();
        assertThat(mixed.first(1)).isEqualTo(1);
        assertThat(mixed.first(2)).isEqualTo(1);
        assertThat(mixed.range(1)).isZero();
        assertThat(mixed.range(2)).isEqualTo(1);
        assertThat(mixed.id(2)).isEqualTo(5);
        assertThat(mixed.shard(0)).isEqualTo(1);
        assertThat(mixed.shard(2)).isEqualTo(2);
        assertThat(table.isAlone(1)).isTrue();
    }

    @Test
    void an_event_without_a_key_has_a_place_by_its_number_alone() {
        assertThat(PartitionTable.keylessHash(new Sequence(3, 4)))
                .as("as in every release: a repeat must fall into the partition that has the event")
                .isEqualTo(6025689612697650015L)
                .isNotEqualTo(PartitionTable.keylessHash(new Sequence(4, 3)))
                .isNotEqualTo(PartitionTable.keylessHash(new Sequence(3, 5)));
    }

    @Test
    void a_scaling_is_seen_by_the_ids_of_the_partitions() {
        assertThat(table.hasPartitionsOf(two(written(1, 1), null))).isTrue();
        assertThat(table.hasPartitionsOf(merged(null, null))).isFalse();
        assertThat(table.hasPartitionsOf(grant(false, slot(1, KeyRange.ALL, 0, KeyRange.ALL, null))))
                .isFalse();
    }

    // ---- numbers

    @Test
    void a_writer_goes_on_from_what_the_log_has_of_it() {
        assertThat(table.stored(0)).isEqualTo(Sequence.NONE);
        assertThat(table.storedOffset(0)).isEqualTo(-1);
        assertThat(table.storedPartition(0)).isEqualTo(1);
        assertThat(table.confirmedOffset(0)).isEqualTo(-1);
        assertThat(table.stored(1)).isEqualTo(new Sequence(4, 2));
        assertThat(table.storedOffset(1)).isEqualTo(17);
        assertThat(table.storedPartition(1)).isEqualTo(90);
        assertThat(table.confirmedOffset(1)).isEqualTo(17);
        assertThat(table.newest(1)).isEqualTo(new Sequence(4, 2));
        assertThat(table.handedOverMajor(1)).isEqualTo(4);
        assertThat(table.handedOverMinor(1)).isEqualTo(2);
        assertThat(table.isConfirmed(1, 4, 2)).isTrue();
        assertThat(table.greatestStored()).isEqualTo(new Sequence(4, 2));
        assertThat(new PartitionTable(two(null, null)).greatestStored()).isEqualTo(Sequence.NONE);
    }

    @Test
    void a_number_is_stored_up_to_the_last_and_rises_above_the_newest() {
        assertThat(table.stored(1, new Sequence(4, 2))).isTrue();
        assertThat(table.stored(1, new Sequence(3, 9))).isTrue();
        assertThat(table.stored(1, new Sequence(4, 3))).isFalse();
        assertThat(table.stored(0, new Sequence(0, 0))).isFalse();
        table.setNewest(1, new Sequence(6, 1));
        assertThat(table.rises(1, new Sequence(6, 1))).isFalse();
        assertThat(table.rises(1, new Sequence(6, 2))).isTrue();
        assertThat(table.rises(1, new Sequence(5, 9))).isFalse();
    }

    @Test
    void d1_an_answer_that_comes_late_takes_nothing_back() {
        table.confirm(1, 6, 1, 30);
        table.confirm(1, 6, 1, 31);
        table.confirm(1, 5, 9, 20);
        assertThat(table.confirmedOffset(1)).isEqualTo(30);
        assertThat(table.isConfirmed(1, 6, 1)).isTrue();
        assertThat(table.isConfirmed(1, 6, 2)).isFalse();
        assertThat(table.isConfirmed(1, 5, 1)).isFalse();
        assertThat(table.isProven(1, 6, 1)).isTrue();
        assertThat(table.isProven(1, 5, 9)).isTrue();
        assertThat(table.isProven(1, 6, 2)).isFalse();
        assertThat(table.stored(1)).as("as the log described it").isEqualTo(new Sequence(4, 2));
    }

    @Test
    void d3_what_is_repeated_follows_what_is_confirmed() {
        table.confirm(1, 6, 1, 30);
        table.setHandedOver(1, 9, 3);
        table.setHandedOver(0, 8, 8);
        table.setNewest(1, new Sequence(10, 0));
        table.rewindShard(2);
        assertThat(table.handedOverMajor(1)).isEqualTo(6);
        assertThat(table.handedOverMinor(1)).isEqualTo(1);
        assertThat(table.newest(1)).isEqualTo(new Sequence(10, 0));
        assertThat(table.handedOverMajor(0)).as("of another shard").isEqualTo(8);
        table.setHandedOver(1, 9, 3);
        table.dropUnconfirmedOfShard(2);
        assertThat(table.newest(1)).isEqualTo(new Sequence(6, 1));
        assertThat(table.handedOverMajor(1)).isEqualTo(6);
        assertThat(table.handedOverMinor(1)).isEqualTo(1);
        assertThat(table.handedOverMajor(0)).isEqualTo(8);
        assertThat(table.handedOverMinor(0)).isEqualTo(8);
    }

    @Test
    void d6_a_conditional_batch_travels_alone_for_its_partition() {
        PartitionTable merged = new PartitionTable(merged(null, null));
        assertThat(merged.idle(1)).isTrue();
        merged.handOver(0, false);
        assertThat(merged.mayGo(1, false)).isTrue();
        assertThat(merged.mayGo(1, true))
                .as("a batch of the other range is in flight")
                .isFalse();
        assertThat(merged.idle(1)).isFalse();
        merged.settle(0, false);
        assertThat(merged.mayGo(1, true)).isTrue();
        merged.handOver(1, true);
        assertThat(merged.mayGo(0, false)).isFalse();
        assertThat(merged.mayGo(0, true)).isFalse();
        merged.settle(1, true);
        assertThat(merged.mayGo(0, false)).isTrue();
        assertThat(merged.idle(0)).isTrue();
        table.handOver(0, true);
        assertThat(table.mayGo(1, true)).as("another partition").isTrue();
    }

    @Test
    void a_route_has_a_slot_in_one_generation_of_drafts_at_a_time() {
        assertThat(table.hasSlot(1, 7)).isFalse();
        table.setSlot(1, 7, (1 << 24) - 1);
        assertThat(table.hasSlot(1, 7)).isTrue();
        assertThat(table.slot(1)).isEqualTo((1 << 24) - 1);
        assertThat(table.hasSlot(1, 8)).isFalse();
        assertThat(table.hasSlot(0, 7)).isFalse();
        table.setSlot(1, 8, 0);
        assertThat(table.hasSlot(1, 7)).isFalse();
        assertThat(table.slot(1)).isZero();
    }

    // ---- scalings

    @Test
    void d2_no_number_is_given_again_after_a_merge() {
        table.setNewest(0, new Sequence(9, 0));
        table.countOn(0, 5);
        assertThat(table.countOn(1, 12)).isEqualTo(12);
        PartitionTable one = new PartitionTable(grant(false, slot(5, KeyRange.ALL, 0, KeyRange.ALL, null)));
        one.goOnFrom(table);
        assertThat(one.newest(0)).isEqualTo(new Sequence(9, 0));
        assertThat(one.countOn(0, 1)).isEqualTo(13);
    }

    @Test
    void d2_no_number_is_given_again_after_a_split() {
        PartitionTable one = new PartitionTable(grant(false, slot(5, KeyRange.ALL, 0, KeyRange.ALL, null)));
        one.setNewest(0, new Sequence(3, 7));
        one.countOn(0, 5);
        PartitionTable split = new PartitionTable(two(written(3, 6), written(8, 0)));
        split.goOnFrom(one);
        assertThat(split.newest(0)).isEqualTo(new Sequence(3, 7));
        assertThat(split.newest(1)).as("what the log has is newer").isEqualTo(new Sequence(8, 0));
        assertThat(split.countOn(0, 1)).isEqualTo(6);
        assertThat(split.countOn(1, 1)).isEqualTo(6);
    }

    @Test
    void a_confirmed_number_that_the_log_does_not_have_is_noticed() {
        table.confirm(0, 2, 5, 9);
        assertThat(table.isAheadOf(two(null, written(4, 2)))).isTrue();
        assertThat(table.isAheadOf(two(written(2, 4), written(4, 2)))).isTrue();
        assertThat(table.isAheadOf(two(written(2, 5), written(4, 1)))).isTrue();
        assertThat(table.isAheadOf(two(written(2, 5), written(4, 2)))).isFalse();
        assertThat(table.isAheadOf(merged(written(3, 0), written(4, 2)))).isFalse();
        assertThat(table.isAheadOf(grant(false, slot(5, KeyRange.ALL, 0, KeyRange.ALL, written(4, 1)))))
                .isTrue();
        assertThat(table.isAheadOf(grant(false, slot(5, KeyRange.ALL, 0, KeyRange.ALL, written(4, 2)))))
                .isFalse();
    }
}
