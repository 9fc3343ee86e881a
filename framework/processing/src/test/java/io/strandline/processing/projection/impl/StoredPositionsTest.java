package io.strandline.processing.projection.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Partition 1 was split into 3 and 4 at offset 10, then 4 and 2 were merged into 5 at offsets 6 and 8. */
class StoredPositionsTest {

    private static final StreamName NAME = StreamName.parse("shop/orders");
    private static final List<KeyRange> HALVES = KeyRange.equalRanges(2);
    private static final List<KeyRange> QUARTERS = KeyRange.equalRanges(4);
    private static final PartitionDescription ONE = new PartitionDescription(1, 0, HALVES.get(0));
    private static final PartitionDescription TWO = new PartitionDescription(2, 0, HALVES.get(1));
    private static final PartitionDescription THREE = new PartitionDescription(3, 0, QUARTERS.get(0));
    private static final PartitionDescription FOUR = new PartitionDescription(4, 0, QUARTERS.get(1));
    private static final PartitionDescription FIVE = new PartitionDescription(
            5, 0, new KeyRange(QUARTERS.get(1).from(), HALVES.get(1).to()));
    private static final StreamDescription STREAM = new StreamDescription(
            NAME,
            List.of(THREE, FIVE),
            List.of(
                    new Scaling(0, List.of(new SealedPartition(ONE, 10)), List.of(THREE, FOUR)),
                    new Scaling(0, List.of(new SealedPartition(FOUR, 6), new SealedPartition(TWO, 8)), List.of(FIVE))));

    private static StoredPositions stored(Map<Long, Long> positions) {
        return StoredPositions.of(STREAM, new TreeMap<>(positions));
    }

    private static StreamCut cut(Map<Long, Long> offsets) {
        return new StreamCut(NAME, new TreeMap<>(offsets));
    }

    @Test
    void a_partition_goes_on_where_the_store_is() {
        assertThat(stored(Map.of(1L, 7L, 2L, 3L)).cut()).isEqualTo(cut(Map.of(1L, 7L, 2L, 3L)));
    }

    @Test
    void successors_follow_what_was_read_to_its_end() {
        assertThat(stored(Map.of(1L, 10L, 2L, 3L)).cut()).isEqualTo(cut(Map.of(2L, 3L, 3L, 0L, 4L, 0L)));
        assertThat(stored(Map.of(1L, 10L, 2L, 8L, 3L, 5L, 4L, 2L)).cut()).isEqualTo(cut(Map.of(3L, 5L, 4L, 2L)));
    }

    @Test
    void a_merged_partition_waits_for_both() {
        assertThat(stored(Map.of(1L, 10L, 2L, 7L, 3L, 5L, 4L, 6L)).cut()).isEqualTo(cut(Map.of(2L, 7L, 3L, 5L)));
        assertThat(stored(Map.of(1L, 10L, 2L, 8L, 3L, 5L, 4L, 6L)).cut()).isEqualTo(cut(Map.of(3L, 5L, 5L, 0L)));
        assertThat(stored(Map.of(1L, 10L, 2L, 8L, 3L, 5L, 4L, 6L, 5L, 9L)).cut())
                .isEqualTo(cut(Map.of(3L, 5L, 5L, 9L)));
    }

    @Test
    void partitions_of_other_streams_do_not_count() {
        assertThat(stored(Map.of(1L, 7L, 2L, 3L, 77L, 5L)).cut()).isEqualTo(cut(Map.of(1L, 7L, 2L, 3L)));
    }

    @Test
    void a_store_is_behind_a_group_that_has_passed_what_it_lacks() {
        StoredPositions early = stored(Map.of(1L, 7L, 2L, 3L));
        assertThat(early.areBehind(cut(Map.of(1L, 7L, 2L, 3L)))).isFalse();
        assertThat(early.areBehind(cut(Map.of(1L, 5L, 2L, 3L)))).isFalse();
        assertThat(early.areBehind(cut(Map.of(1L, 8L, 2L, 3L)))).isTrue();
        assertThat(early.areBehind(cut(Map.of(3L, 0L, 4L, 0L, 2L, 3L)))).isTrue();
        StoredPositions late = stored(Map.of(1L, 10L, 2L, 8L, 3L, 5L));
        assertThat(late.areBehind(cut(Map.of(3L, 5L, 4L, 0L)))).isFalse();
        assertThat(late.areBehind(cut(Map.of(3L, 5L, 4L, 1L)))).isTrue();
        assertThat(late.areBehind(cut(Map.of(3L, 5L, 5L, 0L))))
                .as("4 was not read")
                .isTrue();
        assertThat(late.areBehind(cut(Map.of(1L, 0L, 2L, 0L))))
                .as("the group was lost")
                .isFalse();
    }

    /** Nothing of 1 and 2 was to be read, and nobody misses it. */
    @Test
    void what_is_before_the_beginning_is_not_missing() {
        StoredPositions stored = stored(Map.of(3L, 4L, 5L, 2L));
        assertThat(stored.areBehind(cut(Map.of(3L, 4L, 5L, 2L)))).isFalse();
        assertThat(stored.cut()).isEqualTo(cut(Map.of(3L, 4L, 5L, 2L)));
    }
}
