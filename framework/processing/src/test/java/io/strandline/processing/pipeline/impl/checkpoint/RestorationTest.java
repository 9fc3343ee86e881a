package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

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

    private static Restoration<String> sharedUpTo(long id) {
        return new Restoration<>(SOURCE, new TreeMap<>(), null, List.of(), 0, 0, true, id, Map.of());
    }

    @Test
    void another_version_may_have_come_as_far_as_what_took_over_from_what_the_source_had() {
        Restoration<String> after = sharedUpTo(2);
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
}
