package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RegroupedStatesTest {

    private static final Topology TOPOLOGY =
            OneOperator.topology(TextCodec.of("number", String::valueOf, Integer::valueOf), 0);

    private static List<PartitionDescription> partitions(int first, List<KeyRange> ranges) {
        List<PartitionDescription> partitions = new ArrayList<>();
        for (int i = 0; i < ranges.size(); i++) {
            partitions.add(new PartitionDescription(first + i, 0, ranges.get(i)));
        }
        return partitions;
    }

    private static boolean isOf(String key, PartitionDescription partition) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return partition.keys().contains(KeyHash.of(bytes, 0, bytes.length));
    }

    private static RegroupedStates states(List<PartitionDescription> from) {
        Map<Long, TaskState> states = new TreeMap<>();
        for (PartitionDescription partition : from) {
            Map<String, Integer> own = new HashMap<>();
            for (int i = 0; i < 500; i++) {
                if (isOf("clé " + i, partition)) {
                    own.put("clé " + i, i);
                }
            }
            states.put(partition.id(), new TaskState(Map.of(), OneOperator.states(TOPOLOGY, own), new SnapshotChain()));
        }
        StreamDescription stream = new StreamDescription(StreamName.parse("bank/internal"), from);
        return new RegroupedStates(TOPOLOGY, stream, states, StateBudget.unlimited());
    }

    @Test
    void each_state_comes_to_the_partition_that_has_its_key() {
        for (int former = 1; former <= 4; former++) {
            for (int next = 1; next <= 5; next++) {
                List<PartitionDescription> taking = partitions(100, KeyRange.equalRanges(next));
                Map<Long, OperatorStates> moved =
                        states(partitions(7, KeyRange.equalRanges(former))).to(taking);
                assertThat(moved).hasSize(next);
                int all = 0;
                for (PartitionDescription partition : taking) {
                    OperatorStates states = Objects.requireNonNull(moved.get(partition.id()));
                    Map<String, Object> own = OneOperator.map(states);
                    assertThat(own.keySet()).allMatch(key -> isOf(key, partition));
                    own.forEach((key, value) -> assertThat(key).isEqualTo("clé " + value));
                    all += own.size();
                    assertThat(states.watermark()).isEqualTo(1_000);
                }
                assertThat(all).isEqualTo(500);
            }
        }
    }

    /** A partition and one that took over from it may both be in a checkpoint that was taken during a scaling. */
    @Test
    void partitions_that_do_not_have_each_key_once_are_refused() {
        List<KeyRange> halves = KeyRange.ALL.halves();
        for (List<KeyRange> ranges : List.of(
                List.<KeyRange>of(),
                List.of(halves.get(0)),
                List.of(halves.get(1)),
                List.of(KeyRange.ALL, KeyRange.ALL),
                List.of(KeyRange.ALL, halves.get(1)),
                List.of(halves.get(0), halves.get(1), halves.get(1)))) {
            assertThatThrownBy(() -> states(partitions(7, ranges)))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("was scaled");
        }
    }
}
