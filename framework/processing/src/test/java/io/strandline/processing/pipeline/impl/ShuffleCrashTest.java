package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamCut;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kills pipelines with a shuffle whose streams are split and merged, and compares what they leave with a plain fold. */
class ShuffleCrashTest {

    private static void finish(PipelineFixture fixture, Pipeline pipeline, String... sources) {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(fixture.deploy(strandline, pipeline, fixture.options()));
        assertThat(running.statistics().damaged()).isZero();
        await(running.awaitEnd());
        await(running.close());
        Buckets.assertExact(fixture.log, sources);
    }

    // ---- at every call

    /** Kinds of calls, each with the number of its calls at which the process dies. Marks come 64 at a time. */
    @Test
    void goes_on_from_a_crash_at_any_call(@TempDir Path directory) {
        Map<String, Integer> calls = new HashMap<>();
        live(directory.resolve("all"), calls, "", 0);
        List<String> crashedAt = new ArrayList<>();
        calls.forEach((call, times) -> {
            int every = call.equals("append " + Buckets.THROUGH) ? 31 : 1;
            for (int time = 0; time < times; time += every) {
                String place = (call + time).replaceAll("[^a-zA-Z0-9]", "-");
                live(directory.resolve(place), new HashMap<>(), call, time);
                crashedAt.add(call);
            }
        });
        assertThat(crashedAt)
                .contains(
                        "append _strandline/checkpoints-buckets",
                        "append _strandline/checkpoints-buckets--by-bucket",
                        "append " + Buckets.THROUGH,
                        "createWriter pipeline/buckets/origin",
                        "note pipeline:buckets--by-bucket");
    }

    /** One life that crashes at a call, and one that ends. Source and internal stream are scaled meanwhile. */
    private static void live(Path directory, Map<String, Integer> calls, String crashAt, int time) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Buckets.createStreams(log, 2);
            Buckets.deposit(log, Buckets.SOURCE, 30, 1);
            MemoryStrandline strandline = fixture.open();
            CountDownLatch crashed = new CountDownLatch(1);
            strandline.watch(call -> {
                int before;
                synchronized (calls) {
                    before = calls.merge(call, 1, Integer::sum) - 1;
                }
                if (call.equals(crashAt) && before == time) {
                    strandline.crash();
                    crashed.countDown();
                }
            });
            Future<?> end = fixture.deploy(strandline, Buckets.pipeline(), fixture.options())
                    .compose(running -> running.awaitEnd().compose(reached -> {
                        Scalings.split(log, Buckets.SOURCE, 0, 1);
                        Scalings.merge(log, Buckets.THROUGH, 0, 2, 1);
                        Buckets.deposit(log, Buckets.SOURCE, 30, 2);
                        return running.awaitPosition(log.endNow(Buckets.SOURCE)).compose(done -> running.close());
                    }));
            PipelineFixture.awaitEither(strandline, end, crashed);
            fixture.crash(strandline);
            finish(fixture, Buckets.pipeline(), Buckets.SOURCE);
        }
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
    void each_deposit_counts_once_whatever_is_scaled_and_crashes(long seed) {
        Random random = new Random(seed);
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Buckets.createStreams(fixture.log, 1 + random.nextInt(3));
            Buckets.deposit(fixture.log, Buckets.SOURCE, 300, seed);
            for (int life = 0; life < 4; life++) {
                liveAndCrash(fixture, random, seed * 10 + life);
                for (int i = random.nextInt(3); i > 0; i--) {
                    change(fixture.log, random);
                }
            }
            finish(fixture, Buckets.pipeline(), Buckets.SOURCE);
        }
    }

    private static void liveAndCrash(PipelineFixture fixture, Random random, long seed) {
        MemoryStrandline strandline = fixture.open();
        int crashAt = 100 + random.nextInt(800);
        int scaleEvery = 50 + random.nextInt(300);
        Random scalings = new Random(seed);
        CountDownLatch crashed = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        AtomicBoolean scales = new AtomicBoolean();
        strandline.watch(call -> {
            int now = calls.incrementAndGet();
            if (now == crashAt) {
                strandline.crash();
                crashed.countDown();
            } else if (now < crashAt && now % scaleEvery == 0 && scales.compareAndSet(false, true)) {
                change(fixture.log, scalings);
                scales.set(false);
            }
        });
        Future<RunningPipeline> deployed =
                fixture.deploy(strandline, Buckets.pipeline(), fixture.options().setCheckpointEvents(20));
        StreamCut end = fixture.log.endCut(Buckets.SOURCE);
        PipelineFixture.awaitEither(strandline, deployed.compose(running -> running.awaitPosition(end)), crashed);
        fixture.crash(strandline);
    }

    private static void change(MemoryLog log, Random random) {
        String[] streams = {Buckets.SOURCE, Buckets.SOURCE, Buckets.THROUGH, Buckets.THROUGH, Buckets.SINK};
        String stream = streams[random.nextInt(streams.length)];
        if (!stream.equals(Buckets.THROUGH) || log.exists(stream)) {
            Scalings.atRandom(log, stream, random);
        }
        Buckets.deposit(log, Buckets.SOURCE, random.nextInt(40), random.nextLong());
    }
}
