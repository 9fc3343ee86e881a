package io.strandline.log.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Positions in partitions that succeed one another, stored and read. */
class ConsumedPositionsTest {

    private static final StreamName STREAM = StreamName.parse("shop/orders");

    private final SplittableRandom random = new SplittableRandom(3);

    /** A stream that was split and merged at random. */
    private StreamDescription stream(int scalingCount) {
        List<PartitionDescription> open = new ArrayList<>(List.of(new PartitionDescription(1, 0, KeyRange.ALL)));
        List<Scaling> scalings = new ArrayList<>();
        long next = 2;
        for (int i = 0; i < scalingCount; i++) {
            int from = random.nextInt(open.size());
            int sealed = 1 + random.nextInt(Math.min(3, open.size() - from));
            List<PartitionDescription> parents = open.subList(from, from + sealed);
            KeyRange keys = new KeyRange(
                    parents.get(0).keys().from(), parents.get(sealed - 1).keys().to());
            List<PartitionDescription> opened = new ArrayList<>();
            for (KeyRange range : open.size() < 8 && random.nextInt(3) > 0 ? keys.halves() : List.of(keys)) {
                opened.add(new PartitionDescription(next++, 0, range));
            }
            scalings.add(new Scaling(
                    i,
                    parents.stream()
                            .map(parent -> new SealedPartition(parent, random.nextInt(4)))
                            .toList(),
                    opened));
            parents.clear();
            open.addAll(from, opened);
        }
        return new StreamDescription(STREAM, open, scalings);
    }

    private static Map<Long, Long> withoutZeros(Map<Long, Long> positions) {
        Map<Long, Long> without = new TreeMap<>(positions);
        without.values().removeIf(offset -> offset == 0);
        return without;
    }

    @Test
    void whateverWasConsumedIsReadAsItWasStored() {
        for (int round = 0; round < 2_000; round++) {
            StreamDescription stream = stream(random.nextInt(12));
            Map<Long, Long> consumed = new HashMap<>();
            for (PartitionDescription partition : CatalogState.allPartitions(stream)) {
                SealedPartition sealed = stream.sealed(partition.id());
                long end = sealed == null ? 3 : sealed.endOffset();
                // At the end more often than not, as most are.
                consumed.put(partition.id(), random.nextBoolean() ? end : random.nextLong(end + 1));
            }
            Map<Long, Long> stored = ConsumedPositions.shortest(stream, consumed);
            assertThat(withoutZeros(stream.withAncestorEnds(stored)))
                    .as("round %d, stored as %s", round, stored)
                    .isEqualTo(withoutZeros(consumed));
        }
    }

    @Test
    void aSubscriberAtTheEndHasOnePositionForEachOpenPartition() {
        StreamDescription stream = stream(500);
        Map<Long, Long> named = new HashMap<>();
        stream.partitions().forEach(partition -> named.put(partition.id(), 7L));
        Map<Long, Long> consumed = stream.withAncestorEnds(named);
        assertThat(consumed).hasSize(CatalogState.allPartitions(stream).size());
        assertThat(ConsumedPositions.shortest(stream, consumed)).isEqualTo(named);
    }

    @Test
    void positionsLeaveWithTheScalingThatIsForgotten() {
        CatalogState catalog = new CatalogState();
        PartitionDescription first = new PartitionDescription(1, 0, KeyRange.ALL);
        PartitionDescription second = new PartitionDescription(2, 0, KeyRange.ALL);
        PartitionDescription third = new PartitionDescription(3, 0, KeyRange.ALL);
        catalog.creating(new StreamDescription(STREAM, List.of(first)));
        catalog.created(STREAM);
        catalog.consumed(STREAM, "slow", new TreeMap<>(Map.of(1L, 5L)));
        catalog.scaling(new ScalingIntent(STREAM, List.of(1L), List.of(second), List.of()));
        catalog.scaled(STREAM, 0, List.of(9L));
        assertThat(catalog.subscribers(STREAM).get("slow")).isEqualTo(Map.of(1L, 5L));
        catalog.scaling(new ScalingIntent(STREAM, List.of(2L), List.of(third), List.of(1L)));
        catalog.scaled(STREAM, 0, List.of(4L));
        assertThat(catalog.subscribers(STREAM).get("slow")).isEmpty();
    }
}
