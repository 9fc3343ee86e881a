package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.state.TimedStore;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Snapshots that have what changed since those before them. */
class SnapshotChainTest extends OnSnapshotFiles {

    /** Snapshots of one task, one after the other. */
    private final class Task {

        private final Topology topology = OneOperator.topology(CODEC, "");
        private final SnapshotChain chain;
        private final OperatorStates states;
        private final Map<String, String> model;
        private long number;

        Task() {
            this(new SnapshotChain(), new OperatorStates(OneOperator.topology(CODEC, ""), EventTime.START));
        }

        Task(SnapshotChain chain, OperatorStates states) {
            this.chain = chain;
            this.states = states;
            this.model = new HashMap<>();
            OneOperator.map(states).forEach((key, value) -> model.put(key, (String) value));
        }

        void put(String key, @Nullable String state) {
            OneOperator.put(states, key, state);
            if (state == null) {
                model.remove(key);
            } else {
                model.put(key, state);
            }
        }

        Snapshot write() {
            number++;
            return SnapshotChainTest.this.write(states, chain, number);
        }

        Task restore(Snapshot snapshot) {
            TaskState state = Objects.requireNonNull(
                    await(snapshots().read(List.of(snapshot), topology, RestoreTerms.unlimited()))
                            .get(7L));
            assertThat(OneOperator.map(state.states())).isEqualTo(model);
            Task restored = new Task(state.chain(), state.states());
            restored.number = number;
            return restored;
        }
    }

    private Snapshot write(OperatorStates states, SnapshotChain chain, long number) {
        while (states.settle(1_000)) {}
        TaskCut cut = new TaskCut(7, number, number, false, Map.of(), states.capture(), chain, 0);
        Snapshot snapshot =
                await(snapshots().write(new Taken(number, 3, 2), List.of(cut))).get(0);
        states.release();
        return snapshot;
    }

    /** 400 KB, of which a twentieth changes from snapshot to snapshot. */
    @Test
    void a_snapshot_has_what_changed_and_a_part_of_the_rest() throws Exception {
        Random random = new Random(1);
        Task task = new Task();
        for (int i = 0; i < 4_000; i++) {
            task.put("key-" + i, "x".repeat(80 + random.nextInt(20)));
        }
        Snapshot first = task.write();
        assertThat(first.before()).isEmpty();
        assertThat(first.length()).isGreaterThan(400_000);
        long most = 0;
        long files = 0;
        Snapshot newest = first;
        for (int round = 0; round < 80; round++) {
            for (int i = 0; i < 180; i++) {
                task.put("key-" + random.nextInt(4_000), "y".repeat(80 + random.nextInt(20)));
            }
            for (int i = 0; i < 20; i++) {
                task.put("key-" + random.nextInt(4_000), null);
                task.put("more-" + round + "-" + i, "z".repeat(90));
            }
            newest = task.write();
            most = Math.max(most, newest.length());
            files = Math.max(files, newest.files().size());
            if (round % 7 == 3) {
                task = task.restore(newest);
            }
        }
        assertThat(most).isLessThan(first.length() / 4);
        assertThat(files).isBetween(5L, (long) SnapshotChain.MAX_FILES);
        assertThat(newest.bytes()).isLessThan(4 * first.length());
        Snapshot last = newest;
        Task whole = task;
        for (String file : last.files()) {
            byte[] bytes = Files.readAllBytes(directory.resolve(file));
            byte[] changed = bytes.clone();
            changed[random.nextInt(bytes.length)] ^= 0x10;
            Files.write(directory.resolve(file), changed);
            assertThatThrownBy(() -> whole.restore(last))
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining(file);
            Files.delete(directory.resolve(file));
            assertThatThrownBy(() -> whole.restore(last))
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining(file);
            Files.write(directory.resolve(file), bytes);
        }
        whole.restore(last);
    }

    /** Otherwise a restart that passes over damaged checkpoints would find no room for the one that is whole. */
    @Test
    void a_state_that_is_not_used_gives_its_room_back() throws Exception {
        Task task = new Task();
        for (int i = 0; i < 10_000; i++) {
            task.put("key-" + i, "x".repeat(100));
        }
        Snapshot first = task.write();
        task.put("key-1", "changed");
        Snapshot second = task.write();
        task.put("key-2", "changed");
        Snapshot third = task.write();
        assertThat(third.before()).hasSize(2);
        Path file = directory.resolve(second.file());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 10] ^= 1;
        Files.write(file, bytes);
        StateBudget budget = new StateBudget(2_500_000);
        Topology topology = OneOperator.topology(CODEC, "");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() ->
                            await(snapshots().read(List.of(third), topology, new RestoreTerms(budget, true, Set.of()))))
                    .isInstanceOf(StrandlineException.Corrupt.class);
        }
        assertThat(await(snapshots().read(List.of(first), topology, new RestoreTerms(budget, true, Set.of()))))
                .hasSize(1);
        assertThat(budget.isUsedUp()).isFalse();
    }

    /** Otherwise a restart would read as many files as there ever were checkpoints. */
    @Test
    void the_files_of_a_state_are_bounded_if_nearly_nothing_changes() {
        Task task = new Task();
        for (int i = 0; i < 40_000; i++) {
            task.put("key-" + i, "x".repeat(100));
        }
        Snapshot newest = task.write();
        long whole = newest.length();
        int most = 0;
        for (int round = 0; round < 150; round++) {
            task.put("key-1", "round " + round);
            newest = task.write();
            most = Math.max(most, newest.files().size());
            assertThat(newest.length()).isLessThan(whole / 10);
        }
        assertThat(most).isBetween(20, SnapshotChain.MAX_FILES);
        task.restore(newest);
    }

    /** Keys of which the hashes are in a range. */
    private static List<String> keys(KeyRange range, int count) {
        return Stream.iterate(0, i -> i + 1)
                .map(i -> "key-" + i)
                .filter(key -> {
                    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
                    return range.contains(KeyHash.of(bytes, 0, bytes.length));
                })
                .limit(count)
                .toList();
    }

    private static SnapshotChain start(SnapshotChain chain, OperatorStates states, KeyRange keys) {
        return new TaskStart(new PartitionDescription(7, 0, keys), 0, 0, states, chain, null).chain();
    }

    /** The 64th part of all hashes. Otherwise each file would have a sixteenth of the state at least. */
    @Test
    void a_partition_of_many_writes_no_more_of_its_state_than_a_single_one() {
        KeyRange range = KeyRange.equalRanges(64).get(37);
        OperatorStates states = new OperatorStates(OneOperator.topology(CODEC, ""), EventTime.START);
        Task task = new Task(start(new SnapshotChain(), states, range), states);
        List<String> keys = keys(range, 10_000);
        keys.forEach(key -> task.put(key, "x".repeat(200)));
        Snapshot first = task.write();
        task.put(keys.get(5_000), "y");
        Snapshot second = task.write();
        assertThat(second.before()).hasSize(1);
        assertThat(second.length()).isLessThan(first.length() / 20);
        task.put(keys.get(1), null);
        task.put("out of the range", "z"); // no task has such a key, and a snapshot loses none
        Snapshot third = task.write();
        assertThat(third.before()).hasSize(2);
        Task restored = task.restore(third);

        Task same = new Task(start(restored.chain, restored.states, range), restored.states);
        same.number = 10;
        assertThat(same.write().before()).hasSize(3);
        Task other = task.restore(third);
        Task moved = new Task(start(other.chain, other.states, KeyRange.ALL), other.states);
        moved.number = 20;
        Snapshot whole = moved.write();
        assertThat(whole.before()).as("other groups").isEmpty();
        moved.restore(whole);
    }

    /** The hashes of its records are anywhere. If they were divided as keys, nearly all would be in two groups. */
    @Test
    void so_does_one_with_events_that_are_held() {
        Topology topology = Pipeline.named("one", 1)
                .from("bank/deposits", CODEC)
                .keyByRoutingKey()
                .deduplicate("once", event -> event, Duration.ofDays(1))
                .to("bank/once", CODEC)
                .build()
                .topology();
        OperatorStates states = new OperatorStates(topology, EventTime.START);
        SnapshotChain chain =
                start(new SnapshotChain(), states, KeyRange.equalRanges(64).get(37));
        TimedStore ids = (TimedStore) states.store("once");
        for (int i = 0; i < 10_000; i++) {
            ids.add("key", i, "x".repeat(50));
        }
        Snapshot first = write(states, chain, 1);
        ids.add("key", 20_000, "y");
        Snapshot second = write(states, chain, 2);
        assertThat(second.before()).hasSize(1);
        assertThat(second.length()).isLessThan(first.length() / 20);
    }

    /** The files of a state that was begun by version 4, if its groups are the same. */
    @Test
    void a_file_of_version_4_is_followed_by_one_of_the_next() throws Exception {
        Task task = new Task();
        for (int i = 0; i < 10_000; i++) {
            task.put("key-" + i, "x".repeat(100));
        }
        Snapshot first = task.write();
        Path file = directory.resolve(first.file());
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer earlier = ByteBuffer.allocate(bytes.length - 16).order(ByteOrder.LITTLE_ENDIAN);
        earlier.put("SLSNAP04".getBytes(StandardCharsets.US_ASCII)).put(bytes, 8, 96);
        earlier.put(bytes, 120, bytes.length - 120 - 4);
        CRC32C crc = new CRC32C();
        crc.update(earlier.duplicate().flip());
        earlier.putInt((int) crc.getValue());
        Files.write(file, earlier.array());
        Task upgraded = task.restore(new Snapshot(
                new Taken(1, 3, 2), 7, 1, 1, first.keys(), first.file(), earlier.capacity(), (int) crc.getValue()));
        upgraded.put("key-1", "changed");
        Snapshot second = upgraded.write();
        assertThat(second.before()).hasSize(1);
        upgraded.restore(second);
    }
}
