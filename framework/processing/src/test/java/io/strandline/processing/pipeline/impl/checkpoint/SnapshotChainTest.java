package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
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
            while (states.settle(1_000)) {}
            number++;
            TaskCut cut = new TaskCut(7, number, number, false, Map.of(), states.capture(), chain, 0);
            Snapshot snapshot = await(snapshots().write(new Taken(number, 3, 2), List.of(cut)))
                    .get(0);
            states.release();
            return snapshot;
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
}
