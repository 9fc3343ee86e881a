package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The snapshots of the tasks of one checkpoint. */
class SnapshotLanesTest extends OnSnapshotFiles {

    /** A codec that does something before it writes a state. */
    private static EventCodec<String> doing(Consumer<String> before) {
        return TextCodec.of(
                "text",
                text -> {
                    before.accept(text);
                    return text;
                },
                text -> text);
    }

    private Future<List<Snapshot>> write(int tasks, LongFunction<EventCodec<String>> codec) {
        List<TaskCut> cuts = LongStream.range(0, tasks)
                .mapToObj(partition -> {
                    OperatorStates states =
                            OneOperator.states(OneOperator.topology(codec.apply(partition), ""), Map.of());
                    OneOperator.put(states, "key", "state " + partition);
                    return new TaskCut(partition, 100, 90, false, Map.of(), states.capture(), new SnapshotChain(), 0);
                })
                .toList();
        return snapshots().write(TAKEN, cuts);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 5, 11})
    void each_task_has_its_own(int tasks) {
        List<Snapshot> written = await(write(tasks, partition -> CODEC));
        assertThat(written.stream().map(Snapshot::partition))
                .containsExactlyElementsOf(LongStream.range(0, tasks).boxed().toList());
        Map<Long, TaskState> read =
                await(snapshots().read(written, OneOperator.topology(CODEC, ""), RestoreTerms.unlimited()));
        assertThat(read).hasSize(tasks);
        read.forEach((partition, task) -> assertThat(
                        OneOperator.map(Objects.requireNonNull(task).states()))
                .isEqualTo(Map.of("key", "state " + partition)));
    }

    /** One after the other they take as many forces of the disk, while the events go on that a restart repeats. */
    @Test
    void four_are_written_at_once() {
        CyclicBarrier all = new CyclicBarrier(4);
        EventCodec<String> meeting = doing(text -> {
            try {
                all.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(await(write(8, partition -> meeting))).hasSize(8);
    }

    /** What it captured is given back then, and no manifest will ever name what is there. */
    @Test
    void a_failure_is_told_when_none_is_written_any_more_and_leaves_no_file() {
        CountDownLatch goOn = new CountDownLatch(1);
        List<String> encoded = new ArrayList<>();
        EventCodec<String> slow = doing(text -> {
            try {
                assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            encoded.add(text);
        });
        EventCodec<String> refusing = doing(text -> {
            throw new IllegalStateException("no");
        });
        Future<List<Snapshot>> written =
                write(3, partition -> partition == 0 ? slow : partition == 1 ? refusing : CODEC);
        assertThat(written.isComplete()).isFalse();
        goOn.countDown();
        assertThatThrownBy(() -> await(written))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key key");
        assertThat(encoded).as("what was being written").containsExactly("state 0");
        assertThat(directory.toFile().list()).isEmpty();
    }
}
