package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamCut;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.HandlerOutput;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills pipelines whose outputs go to a handler. Each output is written at least once, outputs of a key in order, and none again that
 * the checkpoint covers with which a run begins.
 */
class HandlerCrashTest {

    /** A checkpoint after each few events, so that most crashes find one. */
    private static PipelineOptions options(PipelineFixture fixture) {
        return fixture.options().setCheckpointEvents(7).setMaxReplayEvents(20).setMaxHandlerCalls(4);
    }

    /** Writes outside, some turns later. A process may die before it writes, and after. */
    private static Function<HandlerOutput<Ledger.Keyed>, Future<Void>> handler(
            MemoryStrandline process, Outside outside, Runnable before, Runnable after) {
        return output -> {
            before.run();
            if (process.crashed()) {
                return Future.failedFuture("crashed");
            }
            outside.write(output);
            after.run();
            Promise<Void> later = Promise.promise();
            process.vertx.runOnContext(turn -> {
                if (process.crashed()) {
                    later.fail("crashed");
                } else {
                    later.complete();
                }
            });
            return later.future();
        };
    }

    /** Checks that a run has begun with the newest checkpoint, and what it has written since. */
    private static void assertBegan(Outside outside, RunningPipeline running) {
        Checkpoint restored = running.statistics().restored();
        if (restored != null) {
            outside.assertBeganAt(restored.cut());
        }
    }

    private static void finish(PipelineFixture fixture, Outside outside) {
        outside.begin();
        MemoryStrandline process = fixture.open();
        RunningPipeline running = await(fixture.deploy(
                process, Outside.pipeline(handler(process, outside, () -> {}, () -> {})), options(fixture)));
        await(running.awaitEnd());
        await(running.close());
        assertBegan(outside, running);
        outside.assertExact(fixture.log);
    }

    // ---- at every call

    @Test
    void goes_on_from_a_crash_at_any_call(@TempDir Path directory) {
        CrashPoints points = new CrashPoints();
        for (int life = 0; live(directory.resolve("life" + life), points); life++) {}
        assertThat(points.kinds())
                .contains(
                        "append _strandline/checkpoints-ledger",
                        "handler before",
                        "handler after",
                        "note pipeline:ledger");
    }

    /** One life that crashes at a call, and one that ends. The source is scaled meanwhile. Returns whether the first crashed. */
    private static boolean live(Path directory, CrashPoints points) {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            MemoryLog log = fixture.log;
            Ledger.createStreams(log, 2);
            Ledger.deposit(log, 20, 1);
            Outside outside = new Outside();
            outside.begin();
            MemoryStrandline process = fixture.open();
            points.watch(process);
            Future<?> end = fixture.deploy(
                            process,
                            Outside.pipeline(handler(
                                    process,
                                    outside,
                                    () -> process.called("handler before"),
                                    () -> process.called("handler after"))),
                            options(fixture))
                    .compose(running -> running.awaitEnd().compose(reached -> {
                        Scalings.split(log, Ledger.SOURCE, 0, 1);
                        Ledger.deposit(log, 20, 2);
                        return running.awaitPosition(log.endNow(Ledger.SOURCE)).compose(done -> running.close());
                    }));
            boolean hasCrashed = fixture.awaitEndOrCrash(process, end);
            finish(fixture, outside);
            return hasCrashed;
        }
    }

    // ---- at random

    static LongStream seeds() {
        return PipelineFixture.seeds(10, 500);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void each_output_is_written_whatever_is_scaled_and_crashes(long seed) {
        Random random = new Random(seed);
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1 + random.nextInt(3));
            Ledger.deposit(fixture.log, 300, seed);
            Outside outside = new Outside();
            for (int life = 0; life < 4; life++) {
                liveAndCrash(fixture, outside, random);
                for (int i = random.nextInt(3); i > 0; i--) {
                    Scalings.atRandom(fixture.log, Ledger.SOURCE, random);
                    Ledger.deposit(fixture.log, random.nextInt(40), random.nextLong());
                }
            }
            finish(fixture, outside);
        }
    }

    private static void liveAndCrash(PipelineFixture fixture, Outside outside, Random random) {
        outside.begin();
        MemoryStrandline process = fixture.open();
        int crashAt = 30 + random.nextInt(250);
        int failEvery = 5 + random.nextInt(40);
        AtomicInteger calls = new AtomicInteger();
        Function<HandlerOutput<Ledger.Keyed>, Future<Void>> writing = handler(process, outside, () -> {}, () -> {
            if (calls.get() == crashAt) {
                process.crash();
            }
        });
        PipelineOptions options = options(fixture)
                .setMaxHandlerCalls(1 + random.nextInt(8))
                .setMaxAttempts(1_000)
                .setRetryBackOffMillis(0);
        RunningPipeline running = await(fixture.deploy(
                process,
                Outside.pipeline(output -> calls.incrementAndGet() % failEvery == 0
                        ? Future.failedFuture("not now")
                        : writing.apply(output)),
                options));
        StreamCut end = fixture.log.endCut(Ledger.SOURCE);
        fixture.awaitEndOrCrash(process, running.awaitPosition(end));
        assertBegan(outside, running);
        outside.assertOrdered();
    }
}
