package io.strandline.processing.pipeline.impl.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.MemoryLog;
import io.strandline.processing.pipeline.impl.Scalings;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.SnapshotChain;
import io.strandline.processing.pipeline.impl.checkpoint.TaskState;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MovedStateTest {

    private static final String STREAM = "bank/deposits";

    private final MemoryLog log = new MemoryLog();
    private final Map<String, Integer> states = new HashMap<>();

    @BeforeEach
    void create() {
        log.createScope("bank");
        log.createStream(STREAM, new StreamOptions());
        for (int i = 0; i < 1_000; i++) {
            states.put("clé " + i, i);
        }
    }

    private static final Topology TOPOLOGY =
            OneOperator.topology(TextCodec.of("number", String::valueOf, Integer::valueOf), 0);

    private static TaskState task(Map<String, Integer> states) {
        return new TaskState(Map.of(), OneOperator.states(TOPOLOGY, states), new SnapshotChain());
    }

    /** Partition → its states after a hand-over. */
    private static Map<Long, Map<String, Object>> moved(
            StreamDescription stream, Map<Long, TaskState> ended, List<PartitionDescription> taking) {
        Map<Long, Map<String, Object>> moved = new TreeMap<>();
        MovedState.of(TOPOLOGY, stream, ended, taking, StateBudget.unlimited(), OperatorStates::close)
                .forEach((partition, states) -> moved.put(partition, OneOperator.map(states)));
        return moved;
    }

    private static boolean isOf(String key, StreamDescription stream, long partition) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return stream.partition(partition).keys().contains(KeyHash.of(bytes, 0, bytes.length));
    }

    @Test
    void each_key_goes_where_its_hash_lies() {
        long parent = Scalings.split(log, STREAM, 0, 0);
        StreamDescription stream = log.describe(STREAM);
        Map<Long, Map<String, Object>> moved = moved(stream, Map.of(parent, task(states)), stream.partitions());
        Map<String, Object> all = new HashMap<>();
        moved.forEach((partition, of) -> {
            assertThat(of).hasSizeGreaterThan(300).allSatisfy((key, state) -> assertThat(isOf(key, stream, partition))
                    .isTrue());
            all.putAll(of);
        });
        assertThat(all).isEqualTo(states);
    }

    @Test
    void what_others_succeed_is_left_out() {
        long parent = Scalings.split(log, STREAM, 0, 0);
        StreamDescription stream = log.describe(STREAM);
        Map<Long, Map<String, Object>> moved = moved(
                stream,
                Map.of(parent, task(states)),
                List.of(stream.partitions().get(1)));
        assertThat(moved).containsOnlyKeys(stream.partitions().get(1).id());
        assertThat(moved.get(stream.partitions().get(1).id())).hasSizeBetween(300, 700);
    }

    /** A key that an ended partition gave away, and that was forgotten since, must not come back from there. */
    @Test
    void a_partition_takes_nothing_from_those_before_its_predecessors() {
        long first = Scalings.split(log, STREAM, 0, 0);
        Scalings.split(log, STREAM, 0, 0);
        StreamDescription stream = log.describe(STREAM);
        long second = stream.scalings().get(1).sealed().get(0).partition().id();
        Map<Long, Map<String, Object>> moved = moved(
                stream,
                Map.of(first, task(states), second, task(Map.of())),
                stream.scalings().get(1).opened());
        assertThat(moved.values()).allSatisfy(of -> assertThat(of).isEmpty());
    }

    @Test
    void two_states_of_one_key_are_refused() {
        Scalings.split(log, STREAM, 0, 0);
        List<Long> halves = log.describe(STREAM).partitions().stream()
                .map(partition -> partition.id())
                .toList();
        Scalings.merge(log, STREAM, 0, 2, 0);
        StreamDescription stream = log.describe(STREAM);
        assertThatThrownBy(() -> moved(
                        stream,
                        Map.of(halves.get(0), task(states), halves.get(1), task(Map.of("clé 7", 7))),
                        stream.partitions()))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("key clé 7");
    }

    /** It would be dropped without a word. */
    @Test
    void a_state_that_belongs_to_no_successor_is_refused() {
        Scalings.split(log, STREAM, 0, 0);
        long upper = Scalings.split(log, STREAM, 1, 0);
        StreamDescription stream = log.describe(STREAM);
        assertThatThrownBy(() -> moved(stream, Map.of(upper, task(states)), stream.partitions()))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("belongs to none");
    }
}
