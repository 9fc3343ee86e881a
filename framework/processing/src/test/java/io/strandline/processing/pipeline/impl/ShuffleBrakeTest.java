package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineDescription.Task;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stage that lags makes those before it wait, and nothing else does. */
class ShuffleBrakeTest {

    private static final int MAX_LAG = 50;

    /** Between two attempts, of which there are a thousand: the last one is half a minute after the first. */
    private static final long PAUSE_MILLIS = 30;

    /** The stage after the shuffle. */
    private static final String AFTER = "buckets--by-bucket";

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
    void a_braked_stage_says_so_and_names_the_one_for_which_it_waits() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = deploy(strandline, MAX_LAG);
        Ledger.deposit(log, Buckets.SOURCE, 200, 1);
        awaitTrue(strandline, "a brake", () -> isBraked(running) && isPaused(running));
        assertThat(tasksOf(running, Buckets.NAME))
                .allSatisfy(task -> assertThat(task.waitsFor()).isEqualTo(AFTER));
        assertThat(tasksOf(running, AFTER)).allSatisfy(task -> {
            assertThat(task.hold()).isEqualTo(Hold.PAUSED);
            assertThat(task.waitsFor()).isNull();
        });
        PipelineDescription described = await(running.describe());
        assertThat(described.toText()).contains("now BRAKED, waits for " + AFTER);
        assertThat(described.toMermaid()).contains("BRAKED by " + AFTER);
        assertThat(described.toJson().getJsonArray("tasks").getJsonObject(0).getString("waitsFor"))
                .isEqualTo(AFTER);
        failing.set(false);
        await(running.resume());
        await(running.awaitEnd());
        awaitTrue(strandline, "no brake", () -> tasksOf(running, Buckets.NAME).stream()
                .allMatch(task -> task.hold() == Hold.NONE && task.waitsFor() == null));
        await(running.close());
    }

    @Test
    void a_step_that_is_to_be_tried_again_waits_for_the_brake_too() {
        MemoryStrandline strandline = fixture.open();
        AtomicBoolean refuses = new AtomicBoolean(true);
        AtomicInteger attempts = new AtomicInteger();
        String refused = "account-1 1000";
        RunningPipeline running = await(fixture.deploy(
                strandline,
                Buckets.pipeline(
                        deposit -> {
                            if (deposit.equals(refused)) {
                                attempts.incrementAndGet();
                                if (refuses.get()) {
                                    throw new IllegalStateException("not now");
                                }
                            }
                            return deposit;
                        },
                        bucket -> {
                            if (failing.get()) {
                                throw new IllegalStateException("not yet");
                            }
                        }),
                fixture.options()
                        .setMaxAttempts(1_000)
                        .setRetryBackOffMillis(PAUSE_MILLIS)
                        .setMaxRetryBackOffMillis(PAUSE_MILLIS)
                        .setMaxShuffleLag(MAX_LAG)));
        // It is the first of its partition, so that it is tried whatever the brake does. The other partitions fill the
        // shuffle.
        Ledger.append(log, Buckets.SOURCE, "refused", List.of(refused));
        Ledger.deposit(log, Buckets.SOURCE, 200, 1);
        awaitTrue(strandline, "an attempt under a brake", () -> attempts.get() > 0 && isBraked(running));
        refuses.set(false);
        int before = attempts.get();
        for (int i = 0; i < 20; i++) { // each takes longer than the pause between two attempts
            await(strandline.vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS).<Void>mapEmpty());
            await(running.checkpoint());
        }
        assertThat(attempts).hasValue(before);
        failing.set(false);
        await(running.resume());
        await(running.awaitEnd());
        assertThat(attempts).hasValue(before + 1);
        Buckets.assertExact(log, Buckets.SOURCE);
        await(running.close());
    }

    private static boolean isBraked(RunningPipeline running) {
        return tasksOf(running, Buckets.NAME).stream().allMatch(task -> task.hold() == Hold.BRAKED);
    }

    private static boolean isPaused(RunningPipeline running) {
        return tasksOf(running, AFTER).stream().allMatch(task -> task.hold() == Hold.PAUSED);
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
