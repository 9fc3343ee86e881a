package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyGroupsTest {

    private static List<KeyRange> ranges() {
        List<KeyRange> ranges = new ArrayList<>(List.of(
                KeyRange.ALL,
                new KeyRange(0, 0),
                new KeyRange(-1, -1),
                new KeyRange(5, 1_028),
                new KeyRange(5, 1_029),
                new KeyRange(-1_024, -1),
                new KeyRange(1, -1),
                new KeyRange(0, -2)));
        for (int count : new int[] {2, 3, 7, 64, 1_000}) {
            ranges.addAll(KeyRange.equalRanges(count));
        }
        return ranges;
    }

    @Test
    void each_hash_is_within_its_group_and_the_groups_follow_each_other() {
        Random random = new Random(1);
        for (KeyRange range : ranges()) {
            KeyGroups groups = new KeyGroups(range);
            assertThat(groups.last()).as("%s", range).isBetween(0, KeyGroups.COUNT - 1);
            assertThat(groups.lowest(0)).isZero();
            assertThat(groups.highest(groups.last())).isEqualTo(-1);
            for (int group = 1; group <= groups.last(); group++) {
                assertThat(groups.lowest(group)).as("%s", range).isEqualTo(groups.highest(group - 1) + 1);
            }
            for (int i = 0; i < 50; i++) {
                long hash = random.nextBoolean()
                        ? random.nextLong()
                        : range.from() + (random.nextLong() >>> random.nextInt(Long.SIZE));
                int group = groups.of(hash);
                assertThat(new KeyRange(groups.lowest(group), groups.highest(group)).contains(hash))
                        .as("%s in %s", Long.toHexString(hash), range)
                        .isTrue();
            }
            assertThat(groups.of(range.from())).isZero();
            assertThat(groups.of(range.to())).isEqualTo(groups.last());
        }
    }

    @Test
    void there_are_512_groups_or_more() {
        for (int partitions : new int[] {1, 2, 3, 7, 64, 1_000}) {
            for (KeyRange range : KeyRange.equalRanges(partitions)) {
                assertThat(new KeyGroups(range).last()).isBetween(511, 1_023);
            }
        }
        assertThat(KeyGroups.ALL.of(0x12345678_9abcdef0L)).isEqualTo(0x12345678 >>> 22);
    }

    @Test
    void a_task_has_the_keys_that_its_partition_and_its_part_have() {
        KeyRange one = new KeyRange(10, 100);
        assertThat(KeyGroups.within(one, KeyRange.ALL).keys()).isEqualTo(one);
        assertThat(KeyGroups.within(KeyRange.ALL, one).keys()).isEqualTo(one);
        assertThat(KeyGroups.within(one, new KeyRange(50, -1)).keys()).isEqualTo(new KeyRange(50, 100));
        assertThat(KeyGroups.within(one, new KeyRange(0, 20)).keys()).isEqualTo(new KeyRange(10, 20));
        assertThat(KeyGroups.within(one, new KeyRange(101, 102)).keys()).isEqualTo(one);
    }
}
