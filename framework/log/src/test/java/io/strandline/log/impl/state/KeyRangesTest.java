package io.strandline.log.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Arithmetic of key ranges, at the bounds of unsigned numbers too. */
class KeyRangesTest {

    @Test
    void halvesAreNeighboursAndCoverTheRange() {
        for (KeyRange range :
                List.of(KeyRange.ALL, new KeyRange(-2L, -1L), new KeyRange(0, 1), new KeyRange(-9L, -7L))) {
            List<KeyRange> halves = range.halves();
            assertThat(KeyRanges.areNeighbours(halves.get(0), halves.get(1))).isTrue();
            assertThat(KeyRanges.joined(halves)).containsExactly(range);
        }
        assertThat(KeyRange.ALL.halves()).isEqualTo(KeyRange.equalRanges(2));
    }

    @Test
    void rangesWithAGapAreNotJoined() {
        List<KeyRange> apart = List.of(new KeyRange(0, 4), new KeyRange(6, -1L));
        assertThat(KeyRanges.joined(apart)).isEqualTo(apart);
        assertThat(KeyRanges.areNeighbours(new KeyRange(5, -1L), new KeyRange(0, 4)))
                .as("nothing is after the last hash")
                .isFalse();
    }

    @Test
    void aSearchFindsWhatAComparisonWithEachFinds() {
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 2_000; round++) {
            List<KeyRange> ascending = new ArrayList<>();
            long from = random.nextInt(3);
            while (from < 20) {
                long to = from + random.nextInt(4);
                ascending.add(new KeyRange(from, to));
                from = to + 1 + random.nextInt(3);
            }
            long low = random.nextInt(22);
            KeyRange range = new KeyRange(low, random.nextInt(5) == 0 ? -1L : low + random.nextInt(6));
            assertThat(KeyRanges.overlapping(ascending, any -> any, range))
                    .isEqualTo(ascending.stream().filter(range::overlaps).toList());
        }
    }
}
