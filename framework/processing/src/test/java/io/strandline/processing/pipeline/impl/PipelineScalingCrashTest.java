package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamCut;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
        List<Call> calls = scaleTwice(directory.resolve("all"), new Call("none", 0), new ArrayList<>());
        List<String> crashedAt = new ArrayList<>();
        for (Call call : calls) {
            scaleTwice(directory.resolve("call" + calls.indexOf(call)), call, crashedAt);
        }
        // Partitions 12 to 14 were the first successors. Their tasks start concurrently.
        assertThat(crashedAt)
                .contains("append " + PipelineFixture.CHECKPOINTS)
                .anyMatch(call -> call.matches("createWriter pipeline/ledger/1[234]"));
        assertThat(crashedAt).hasSizeGreaterThan(20);
    }

    /** One of several calls of a kind, counted from 1. Tasks run side by side, so calls of all kinds have no fixed order. */
    private record Call(String what, int number) {}

    /** Returns the calls that the log took, without appends to the sink. */
    private static List<Call> scaleTwice(Path directory, Call crashAt, List<String> crashedAt) throws Exception {
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
            List<Call> calls = Collections.synchronizedList(new ArrayList<>());
            Map<String, Integer> numbers = new ConcurrentHashMap<>();
            CountDownLatch crashed = new CountDownLatch(1);
            strandline.watch(what -> {
                if (!what.equals("append " + Ledger.SINK)) {
                    Call call = new Call(what, numbers.merge(what, 1, Integer::sum));
                    calls.add(call);
                    if (call.equals(crashAt)) {
                        crashedAt.add(what);
                        strandline.crash();
                        crashed.countDown();
                    }
                }
            });
            Future<?> end = Ledger.pipeline()
                    .deploy(strandline.vertx, strandline, fixture.options())
                    .compose(running ->
                            running.awaitPosition(log.endNow(Ledger.SOURCE)).compose(reached -> running.close()));
            awaitEither(strandline, end, crashed);
            fixture.crash(strandline);
            assertExact(fixture, finish(fixture));
            return List.copyOf(calls);
        }
    }

    private static void awaitEither(MemoryStrandline strandline, Future<?> end, CountDownLatch crashed) {
        await(Future.any(end, strandline.vertx.executeBlocking(() -> crashed.await(60, TimeUnit.SECONDS), false)));
    }

    // ---- at random

    static LongStream seeds() {
        String one = System.getProperty("strandline.seed");
        return one == null
                ? LongStream.range(0, Boolean.getBoolean("strandline.soak") ? 500 : 20)
                : LongStream.of(Long.parseLong(one));
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
        CountDownLatch crashed = new CountDownLatch(1);
        AtomicInteger steps = new AtomicInteger();
        Pipeline pipeline = Ledger.pipeline(1, (before, deposit, output) -> {
            int step = steps.incrementAndGet();
            if (step == crashAt) {
                strandline.crash();
                crashed.countDown();
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
        awaitEither(strandline, deployed.compose(running -> running.awaitPosition(end)), crashed);
        fixture.crash(strandline);
    }

    private static void change(MemoryLog log, Random random) {
        Scalings.atRandom(log, random.nextInt(3) == 0 ? Ledger.SINK : Ledger.SOURCE, random);
        Ledger.deposit(log, random.nextInt(40), random.nextLong());
    }
}
