package io.strandline.processing.group.impl.state;

import static io.strandline.processing.group.impl.state.ElasticStream.LOW;
import static io.strandline.processing.group.impl.state.ElasticStream.NAME;
import static io.strandline.processing.group.impl.state.ElasticStream.STREAM;
import static io.strandline.processing.group.impl.state.ElasticStream.partition;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which positions of an elastic stream a group may begin and end at, and what it reads from there. */
class LineageTest {

    private static final StreamCut END = cut(Map.of(4L, 40L));

    private static StreamCut cut(Map<Long, Long> offsets) {
        return new StreamCut(NAME, new TreeMap<>(offsets));
    }

    private static SortedMap<Long, Long> at(Map<Long, Long> offsets) {
        return new TreeMap<>(offsets);
    }

    @Test
    void a_cut_leaves_no_open_partition_out() {
        Lineage.requireCut(STREAM, END, cut(Map.of(1L, 10L)));
        Lineage.requireCut(STREAM, END, cut(Map.of(2L, 20L, 3L, 0L)));
        Lineage.requireCut(STREAM, END, cut(Map.of(4L, 40L)));
        assertThatThrownBy(() -> Lineage.requireCut(STREAM, END, cut(Map.of())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("leaves out partition 4");
    }

    @Test
    void a_cut_is_of_the_stream_and_within_its_ends() {
        assertThatThrownBy(() -> Lineage.requireCut(
                        STREAM, END, new StreamCut(StreamName.parse("shop/other"), at(Map.of(4L, 0L)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("a cut of shop/other is no position in shop/orders");
        assertThatThrownBy(() -> Lineage.requireCut(STREAM, END, cut(Map.of(1L, 11L))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("offset 11 is past the end offset 10 of partition 1");
        assertThatThrownBy(() -> Lineage.requireCut(STREAM, END, cut(Map.of(4L, 41L))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("offset 41 is past the end offset 40 of partition 4");
        assertThatThrownBy(() -> Lineage.requireCut(STREAM, END, cut(Map.of(4L, 0L, 9L, 0L))))
                .isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void an_end_follows_its_beginning_in_every_partition() {
        Lineage.requireOrder(STREAM, at(Map.of(1L, 5L)), at(Map.of(1L, 5L)));
        Lineage.requireOrder(STREAM, at(Map.of(1L, 5L)), at(Map.of(2L, 0L, 3L, 0L)));
        Lineage.requireOrder(STREAM, at(Map.of(2L, 5L, 3L, 1L)), at(Map.of(4L, 0L)));
        assertThatThrownBy(() -> Lineage.requireOrder(STREAM, at(Map.of(1L, 5L)), at(Map.of(1L, 4L))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("partition 1 of shop/orders begins at offset 5");
        assertThatThrownBy(() -> Lineage.requireOrder(STREAM, at(Map.of(1L, 5L)), at(Map.of())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("and the end {} is not after it");
        assertThatThrownBy(() -> Lineage.requireOrder(STREAM, at(Map.of(4L, 0L)), at(Map.of(2L, 20L, 3L, 30L))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("partition 4 of shop/orders");
    }

    /** After truncation forgot what took over from a sealed partition, nothing of it is left to be read. */
    @Test
    void a_sealed_partition_without_known_successors_needs_no_end() {
        StreamDescription ended = new StreamDescription(
                NAME,
                List.of(partition(4, KeyRange.ALL)),
                List.of(new Scaling(0, List.of(new SealedPartition(partition(2, LOW), 20)), List.of())));
        Lineage.requireOrder(ended, at(Map.of(2L, 20L, 4L, 0L)), at(Map.of(4L, 7L)));
    }

    @Test
    void a_partition_waits_for_those_of_its_predecessors_that_the_group_still_reads() {
        SortedMap<Long, PartitionState> partitions =
                Lineage.partitionsAt(3, STREAM, at(Map.of(2L, 5L, 4L, 0L)), at(Map.of()));
        assertThat(partitions)
                .containsExactly(
                        Map.entry(2L, PartitionState.fresh(3, 5, -1, List.of())),
                        Map.entry(4L, PartitionState.fresh(3, 0, -1, List.of(2L))));
        assertThat(Lineage.partitionsAt(3, STREAM, at(Map.of(1L, 0L, 4L, 7L)), at(Map.of())))
                .containsEntry(4L, PartitionState.fresh(3, 7, -1, List.of(2L, 3L)));
    }

    @Test
    void a_bounded_group_has_no_part_that_is_at_its_end() {
        assertThat(Lineage.partitionsAt(0, STREAM, at(Map.of(2L, 5L, 3L, 6L)), at(Map.of(2L, 5L, 3L, 7L))))
                .containsExactly(Map.entry(3L, PartitionState.fresh(0, 6, 7, List.of())));
        assertThat(Lineage.partitionsAt(0, STREAM, at(Map.of(2L, 0L, 3L, 0L)), at(Map.of(2L, 0L, 3L, 1L))))
                .containsOnlyKeys(3L);
    }

    @Test
    void a_successor_comes_with_the_first_predecessor_and_waits_for_the_others() {
        SortedMap<Long, Long> unbounded = at(Map.of());
        assertThat(Lineage.successors(0, STREAM, 1, Set.of(), unbounded)).containsOnlyKeys(2L, 3L);
        assertThat(Lineage.successors(0, STREAM, 2, Set.of(3L), unbounded))
                .containsExactly(Map.entry(4L, PartitionState.fresh(0, 0, -1, List.of(3L))));
        assertThat(Lineage.successors(0, STREAM, 3, Set.of(4L), unbounded)).isEmpty();
        assertThat(Lineage.successors(0, STREAM, 4, Set.of(), unbounded)).isEmpty();
    }

    @Test
    void a_bounded_group_reads_a_successor_up_to_its_end() {
        assertThat(Lineage.successors(0, STREAM, 2, Set.of(), at(Map.of(4L, 9L))))
                .containsExactly(Map.entry(4L, PartitionState.fresh(0, 0, 9, List.of())));
        assertThat(Lineage.successors(0, STREAM, 2, Set.of(), at(Map.of(4L, 0L))))
                .isEmpty();
        assertThat(Lineage.successors(0, STREAM, 2, Set.of(), at(Map.of(2L, 20L))))
                .isEmpty();
    }
}
