package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kills a pipeline at random events and compares what it leaves with a run that nothing disturbed. */
class CrashTest {

    private static final int EVENTS = 1_500;

    static LongStream seeds() {
        return PipelineFixture.seeds(10, 500);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void each_output_stands_in_the_sink_once_and_in_order_whatever_crashes(long seed) throws Exception {
        Random random = new Random(seed);
        try (PipelineFixture fixture = PipelineFixture.onSimulatedDisk()) {
            Ledger.createStreams(fixture.log, 1 + random.nextInt(4));
            Ledger.deposit(fixture.log, EVENTS, seed);
            int restored = 0;
            for (int life = 0; life < 4; life++) {
                // Four tasks that may be 100 events past their checkpoint: at the 401st event there is one.
                restored += liveAndCrash(fixture, random.nextInt(EVENTS / 2) + (life == 0 ? 401 : 0));
            }
            MemoryStrandline last = fixture.open();
            RunningPipeline running = fixture.deploy(last);
            Checkpoint end = await(running.awaitEnd());
            await(running.close());

            assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(Ledger.expectedOutputs(fixture.log));
            assertThat(end.cut()).isEqualTo(fixture.log.endCut(Ledger.SOURCE));
            assertThat(end.keys())
                    .isEqualTo(Ledger.expectedBalances(fixture.log).size());
            assertThat(fixture.balances()).isEqualTo(Ledger.expectedBalances(fixture.log));
            assertThat(restored).as("lives that began at a checkpoint").isPositive();
        }
    }

    /** Returns 1 if this life began at a checkpoint. */
    private static int liveAndCrash(PipelineFixture fixture, int crashAt) {
        MemoryStrandline strandline = fixture.open();
        Runnable step = strandline.crashingAt(crashAt);
        Pipeline pipeline = Ledger.pipeline(1, (before, deposit, output) -> {
            step.run();
            return Ledger.step(before, deposit, output);
        });
        RunningPipeline running = await(fixture.deploy(strandline, pipeline, fixture.options()));
        CheckpointStatistics statistics = running.statistics();
        assertThat(statistics.damaged())
                .as("checkpoints whose files did not survive")
                .isZero();
        // Towards the end a life has fewer events left than its crash is away: then it crashes at the end.
        fixture.awaitEndOrCrash(strandline, running.awaitEnd());
        return statistics.restored() == null ? 0 : 1;
    }
}
