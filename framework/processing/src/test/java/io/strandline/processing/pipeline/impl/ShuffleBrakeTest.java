package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.PipelineDescription.Task;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stage that lags makes those before it wait, and nothing else does. */
class ShuffleBrakeTest {

    private static final int MAX_LAG = 50;

    private PipelineFixture fixture = new PipelineFixture(Path.of("."));
    private MemoryLog log = fixture.log;

    private final AtomicInteger passedOn = new AtomicInteger();
    private final AtomicBoolean failing = new AtomicBoolean(true);

    @BeforeEach
    void open(@TempDir Path directory) {
        fixture = new PipelineFixture(directory);
        log = fixture.log;
        Buckets.createStreams(log, 3);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private RunningPipeline deploy(MemoryStrandline strandline, long maxLag) {
        return await(fixture.deploy(
                strandline,
                Buckets.pipeline(
                        deposit -> {
                            passedOn.incrementAndGet();
                            return deposit;
                        },
                        bucket -> {
                            if (failing.get()) {
                                throw new IllegalStateException("not yet");
                            }
                        }),
                fixture.options().setMaxAttempts(1).setMaxShuffleLag(maxLag)));
    }

    private static List<Task> tasksOf(RunningPipeline running, String stage) {
        return await(running.describe()).tasks().stream()
                .filter(task -> task.stage().equals(stage))
                .toList();
    }

    /** Whether no task before the shuffle has read since the last description. */
    private static boolean waits(RunningPipeline running) {
        return tasksOf(running, Buckets.NAME).stream().allMatch(task -> task.heldShare() == 1.0);
    }

    @Test
    void what_feeds_a_stage_that_has_failed_waits_until_that_goes_on() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = deploy(strandline, MAX_LAG);
        Ledger.deposit(log, Buckets.SOURCE, 200, 1);
        awaitTrue(strandline, "a brake", () -> running.status().state() == State.FAILED && waits(running));
        int before = passedOn.get();
        Ledger.deposit(log, Buckets.SOURCE, 500, 2);
        assertThatThrownBy(() -> await(running.awaitEnd())).hasMessageContaining("not yet");
        // A user's call does not lift the brake, and checkpoints are taken.
        await(running.resume());
        await(running.checkpoint());
        awaitTrue(strandline, "a brake", () -> waits(running));
        assertThat(passedOn.get()).isEqualTo(before);
        await(running.pause());
        await(running.resume());
        awaitTrue(strandline, "a brake", () -> waits(running));
        assertThat(passedOn.get()).isEqualTo(before);

        failing.set(false);
        await(running.resume());
        await(running.awaitEnd());
        assertThat(passedOn.get()).isEqualTo(700);
        Buckets.assertExact(log, Buckets.SOURCE);
        await(running.close());
    }

    @Test
    void a_braked_pipeline_closes_and_goes_on_in_the_next_run() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = deploy(strandline, MAX_LAG);
        Ledger.deposit(log, Buckets.SOURCE, 200, 1);
        awaitTrue(strandline, "a brake", () -> running.status().state() == State.FAILED && waits(running));
        Ledger.deposit(log, Buckets.SOURCE, 200, 2);
        await(running.close());
        failing.set(false);
        RunningPipeline next = deploy(fixture.open(), MAX_LAG);
        await(next.awaitEnd());
        Buckets.assertExact(log, Buckets.SOURCE);
    }

    @Test
    void a_bound_of_no_events_is_refused() {
        assertThatThrownBy(() -> new PipelineOptions().setMaxShuffleLag(0).validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("maxShuffleLag is 0");
    }
}
