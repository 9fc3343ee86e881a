package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamCut;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kills pipelines whose source and sink are split and merged, and compares what they leave with a plain fold. */
class PipelineScalingCrashTest {

    private static final int EVENTS_AT_ONCE = 40;

    private static void assertExact(PipelineFixture fixture, Checkpoint end) throws Exception {
        MemoryLog log = fixture.log;
        assertThat(Ledger.actualOutputs(log)).isEqualTo(Ledger.expectedOutputs(log));
        assertThat(end.cut()).isEqualTo(log.endNow(Ledger.SOURCE));
        assertThat(end.keys()).isEqualTo(Ledger.expectedBalances(log).size());
        assertThat(fixture.balances()).isEqualTo(Ledger.expectedBalances(log));
    }

    /** Runs to the end and stops. */
    private static Checkpoint finish(PipelineFixture fixture) {
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(running.statistics().damaged()).isZero();
        Checkpoint end = await(running.awaitPosition(fixture.log.endNow(Ledger.SOURCE)));
        await(running.close());
        return end;
    }

    // ---- at every call

    /**
     * Two scalings. The second seals partitions that the first opened. The process dies at each of its calls to the log
     * once: before the final checkpoint, after it, between the beginnings of two successors, within the second scaling.
     */
    @Test
    void goes_on_from_a_crash_at_any_call(@TempDir Path directory) throws Exception {
        CrashPoints points = new CrashPoints(call -> !call.kind().equals("append " + Ledger.SINK));
        for (int life = 0; scaleTwice(directory.resolve("life" + life), points); life++) {}
        // Partitions 12 to 14 were the first successors. Their tasks start concurrently.
        assertThat(points.kinds())
                .contains("append " + PipelineFixture.CHECKPOINTS)
                .anyMatch(kind -> kind.matches("createWriter pipeline/ledger/1[234]"));
        assertThat(points.crashedAt()).hasSizeGreaterThan(20);
    }

    /** Returns whether the process crashed. */
    private static boolean scaleTwice(Path directory, CrashPoints points) throws Exception {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 2);
            Ledger.deposit(log, EVENTS_AT_ONCE, 1);
            RunningPipeline before = fixture.deploy(fixture.open());
            await(before.awaitEnd());
            Ledger.deposit(log, EVENTS_AT_ONCE, 2);
            Scalings.overlap(log, Ledger.SOURCE, 0, 0);
            await(before.close());
            Ledger.deposit(log, EVENTS_AT_ONCE, 3);
            Scalings.merge(log, Ledger.SOURCE, 1, 2, 0);
            Ledger.deposit(log, EVENTS_AT_ONCE, 4);

            MemoryStrandline strandline = fixture.open();
            points.watch(strandline);
            Future<?> end = Ledger.pipeline()
                    .deploy(strandline.vertx, strandline, fixture.options())
                    .compose(running ->
                            running.awaitPosition(log.endNow(Ledger.SOURCE)).compose(reached -> running.close()));
            boolean hasCrashed = fixture.awaitEndOrCrash(strandline, end);
            assertExact(fixture, finish(fixture));
            return hasCrashed;
        }
    }

    // ---- at random

    static LongStream seeds() {
        return PipelineFixture.seeds(10, 500);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void each_key_has_one_state_and_its_outputs_once_whatever_is_scaled_and_crashes(long seed) throws Exception {
        Random random = new Random(seed);
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1 + random.nextInt(3));
            Ledger.deposit(fixture.log, 300, seed);
            for (int life = 0; life < 5; life++) {
                liveAndCrash(fixture, random, seed * 10 + life);
                for (int i = random.nextInt(3); i > 0; i--) {
                    change(fixture.log, random);
                }
            }
            assertExact(fixture, finish(fixture));
        }
    }

    /** Scales at some steps and crashes at another. */
    private static void liveAndCrash(PipelineFixture fixture, Random random, long seed) {
        MemoryStrandline strandline = fixture.open();
        int crashAt = 30 + random.nextInt(250);
        int scaleEvery = 10 + random.nextInt(60);
        Random scalings = new Random(seed);
        AtomicInteger steps = new AtomicInteger();
        Pipeline pipeline = Ledger.pipeline(1, (before, deposit, output) -> {
            int step = steps.incrementAndGet();
            if (step == crashAt) {
                strandline.crash();
            } else if (step < crashAt && step % scaleEvery == 0) {
                synchronized (scalings) {
                    change(fixture.log, scalings);
                }
            }
            return Ledger.step(before, deposit, output);
        });
        Future<RunningPipeline> deployed =
                fixture.deploy(strandline, pipeline, fixture.options().setCheckpointEvents(20));
        StreamCut end = fixture.log.endCut(Ledger.SOURCE);
        // Towards the end a life has fewer events left than its crash is away: then it crashes there.
        fixture.awaitEndOrCrash(strandline, deployed.compose(running -> running.awaitPosition(end)));
    }

    private static void change(MemoryLog log, Random random) {
        Scalings.atRandom(log, random.nextInt(3) == 0 ? Ledger.SINK : Ledger.SOURCE, random);
        Ledger.deposit(log, random.nextInt(40), random.nextLong());
    }
}
