package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamCut;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kills pipelines with a shuffle whose streams are split and merged, and compares what they leave with a plain fold. */
class ShuffleCrashTest {

    private static void finish(PipelineFixture fixture) {
        fixture.run(Buckets.pipeline(), fixture.options());
        Buckets.assertExact(fixture.log, Buckets.SOURCE);
    }

    // ---- at every call

    /** Marks come 64 at a time, so the process dies at each 31st call that appends to the internal stream. */
    @Test
    void goes_on_from_a_crash_at_any_call(@TempDir Path directory) {
        CrashPoints points =
                new CrashPoints(call -> !call.kind().equals("append " + Buckets.THROUGH) || call.number() % 31 == 1);
        for (int life = 0; live(directory.resolve("life" + life), points); life++) {}
        assertThat(points.kinds())
                .contains(
                        "append _strandline/checkpoints-buckets",
                        "append _strandline/checkpoints-buckets--by-bucket",
                        "append " + Buckets.THROUGH,
                        "createWriter pipeline/buckets/origin",
                        "note pipeline:buckets--by-bucket");
    }

    /**
     * One life that crashes at a call, and one that ends. Source and internal stream are scaled meanwhile. Returns whether the
     * first crashed.
     */
    private static boolean live(Path directory, CrashPoints points) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Buckets.createStreams(log, 2);
            Ledger.deposit(log, Buckets.SOURCE, 30, 1);
            MemoryStrandline strandline = fixture.open();
            points.watch(strandline);
            Future<?> end = fixture.deploy(strandline, Buckets.pipeline(), fixture.options())
                    .compose(running -> running.awaitEnd().compose(reached -> {
                        Scalings.split(log, Buckets.SOURCE, 0, 1);
                        Scalings.merge(log, Buckets.THROUGH, 0, 2, 1);
                        Ledger.deposit(log, Buckets.SOURCE, 30, 2);
                        return running.awaitPosition(log.endNow(Buckets.SOURCE)).compose(done -> running.close());
                    }));
            boolean hasCrashed = fixture.awaitEndOrCrash(strandline, end);
            finish(fixture);
            return hasCrashed;
        }
    }

    // ---- at random

    static LongStream seeds() {
        return PipelineFixture.seeds(10, 500);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void each_deposit_counts_once_whatever_is_scaled_and_crashes(long seed) {
        Random random = new Random(seed);
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Buckets.createStreams(fixture.log, 1 + random.nextInt(3));
            Ledger.deposit(fixture.log, Buckets.SOURCE, 300, seed);
            for (int life = 0; life < 4; life++) {
                liveAndCrash(fixture, random, seed * 10 + life);
                for (int i = random.nextInt(3); i > 0; i--) {
                    change(fixture.log, random);
                }
            }
            finish(fixture);
        }
    }

    private static void liveAndCrash(PipelineFixture fixture, Random random, long seed) {
        MemoryStrandline strandline = fixture.open();
        int crashAt = 100 + random.nextInt(800);
        int scaleEvery = 50 + random.nextInt(300);
        Random scalings = new Random(seed);
        AtomicInteger calls = new AtomicInteger();
        AtomicBoolean scales = new AtomicBoolean();
        strandline.watch(call -> {
            int now = calls.incrementAndGet();
            if (now == crashAt) {
                strandline.crash();
            } else if (now < crashAt && now % scaleEvery == 0 && scales.compareAndSet(false, true)) {
                change(fixture.log, scalings);
                scales.set(false);
            }
        });
        Future<RunningPipeline> deployed =
                fixture.deploy(strandline, Buckets.pipeline(), fixture.options().setCheckpointEvents(20));
        StreamCut end = fixture.log.endCut(Buckets.SOURCE);
        fixture.awaitEndOrCrash(strandline, deployed.compose(running -> running.awaitPosition(end)));
    }

    private static void change(MemoryLog log, Random random) {
        String[] streams = {Buckets.SOURCE, Buckets.SOURCE, Buckets.THROUGH, Buckets.THROUGH, Buckets.SINK};
        String stream = streams[random.nextInt(streams.length)];
        if (!stream.equals(Buckets.THROUGH) || log.exists(stream)) {
            Scalings.atRandom(log, stream, random);
        }
        Ledger.deposit(log, Buckets.SOURCE, random.nextInt(40), random.nextLong());
    }
}
