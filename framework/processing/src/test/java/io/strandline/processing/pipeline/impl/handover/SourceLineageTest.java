package io.strandline.processing.pipeline.impl.handover;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SourceLineageTest {

    private static final List<KeyRange> QUARTERS = KeyRange.equalRanges(4);

    private static PartitionDescription partition(long id, int first, int last) {
        return new PartitionDescription(
                id,
                0,
                new KeyRange(QUARTERS.get(first).from(), QUARTERS.get(last).to()));
    }

    private static final PartitionDescription A = partition(1, 0, 1);
    private static final PartitionDescription B = partition(2, 2, 3);
    private static final PartitionDescription C = partition(3, 0, 0);
    private static final PartitionDescription D = partition(4, 1, 2);
    private static final PartitionDescription E = partition(5, 3, 3);
    private static final PartitionDescription F = partition(6, 0, 2);

    /** A and B gave way to C, D and E, then C and D to F. */
    private static final StreamDescription STREAM = new StreamDescription(
            new StreamName("bank", "deposits"),
            List.of(F, E),
            List.of(scaling(List.of(A, B), List.of(C, D, E)), scaling(List.of(C, D), List.of(F))));

    private static Scaling scaling(List<PartitionDescription> from, List<PartitionDescription> to) {
        List<SealedPartition> sealed = new ArrayList<>();
        from.forEach(partition -> sealed.add(new SealedPartition(partition, 10)));
        return new Scaling(0, sealed, to);
    }

    private static SourceLineage standing(Set<Long> reading, Set<Long> ended) {
        return new SourceLineage(STREAM, reading, ended);
    }

    @Test
    void nothing_begins_while_its_predecessors_are_read() {
        SourceLineage lineage = standing(Set.of(1L, 2L), Set.of());
        assertThat(lineage.ready()).isEmpty();
        assertThat(lineage.passed()).isEmpty();
        assertThat(lineage.toCome()).containsExactlyInAnyOrder(3L, 4L, 5L, 6L);
    }

    @Test
    void a_partition_waits_for_all_its_predecessors_alone() {
        assertThat(standing(Set.of(2L), Set.of(1L)).ready()).containsExactly(C);
        assertThat(standing(Set.of(1L), Set.of(2L)).ready()).containsExactly(E);
        assertThat(standing(Set.of(), Set.of(1L, 2L)).ready()).containsExactlyInAnyOrder(C, D, E);
    }

    @Test
    void what_has_begun_does_not_begin_again() {
        assertThat(standing(Set.of(2L, 3L), Set.of(1L)).ready()).isEmpty();
        assertThat(standing(Set.of(3L, 5L), Set.of(1L, 2L)).ready()).containsExactly(D);
        // C has ended, and F waits for D.
        assertThat(standing(Set.of(4L, 5L), Set.of(3L)).ready()).isEmpty();
        assertThat(standing(Set.of(5L), Set.of(3L, 4L)).ready()).containsExactly(F);
        assertThat(standing(Set.of(5L, 6L), Set.of()).toCome()).isEmpty();
    }

    @Test
    void an_ended_partition_is_kept_until_all_its_successors_have_begun() {
        assertThat(standing(Set.of(3L, 5L), Set.of(1L, 2L)).passed()).isEmpty();
        assertThat(standing(Set.of(3L, 4L, 5L), Set.of(1L, 2L)).passed()).containsExactlyInAnyOrder(1L, 2L);
        assertThat(standing(Set.of(5L, 6L), Set.of(3L, 4L)).passed()).containsExactlyInAnyOrder(3L, 4L);
        // Of the successors of A, C has ended too, and D has not begun.
        assertThat(standing(Set.of(5L), Set.of(1L, 2L, 3L)).passed()).isEmpty();
        assertThat(standing(Set.of(5L), Set.of(1L, 2L, 3L)).toCome()).containsExactlyInAnyOrder(4L, 6L);
    }

    @Test
    void an_end_whose_scaling_is_not_known_yet_is_kept() {
        assertThat(standing(Set.of(6L), Set.of(5L)).passed()).isEmpty();
        assertThat(standing(Set.of(6L), Set.of(5L)).ready()).isEmpty();
    }
}
