package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import org.junit.jupiter.api.Test;

class MarkKeysTest {

    @Test
    void marks_reach_each_of_up_to_64_equal_partitions() {
        assertThat(MarkKeys.all()).hasSize(64).doesNotHaveDuplicates();
        for (int partitions = 1; partitions <= MarkKeys.COUNT; partitions++) {
            assertThat(KeyRange.equalRanges(partitions)).allMatch(MarkKeys::reach);
        }
        assertThat(KeyRange.equalRanges(128)).anyMatch(range -> !MarkKeys.reach(range));
    }
}
