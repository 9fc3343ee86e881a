package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.AccountsPipeline.TextStep;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pipelines on a log of files, through crashes and replays. */
class PipelineCrashTest {

    private static final int LIVES = 4;
    private static final int DEPOSITS_PER_LIFE = 300;

    @TempDir
    Path directory;

    private static PipelineOptions options(PipelineProcess process) {
        return process.options().setCheckpointEvents(20).setMaxReplayEvents(60);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void outputs_stand_in_the_sink_once_and_in_order_whenever_the_disk_stops(long seed) throws Exception {
        Random random = new Random(seed);
        AtomicInteger steps = new AtomicInteger();
        int restored = 0;
        for (int life = 0; life < LIVES; life++) {
            int crashAt = steps.get() + 150 + random.nextInt(DEPOSITS_PER_LIFE - 150);
            try (PipelineProcess process = new PipelineProcess(directory)) {
                AccountsPipeline.deposit(process.vertx, process.log, (life + 1) * DEPOSITS_PER_LIFE);
                RunningPipeline running = process.deploy(
                        AccountsPipeline.pipeline(1, (before, deposit, output) -> {
                            if (steps.incrementAndGet() == crashAt) {
                                process.crashed = true;
                            }
                            return AccountsPipeline.STEP.apply(before, deposit, output);
                        }),
                        options(process));
                restored += running.statistics().restored() == null ? 0 : 1;
                until(process.vertx, "the crash", () -> process.crashed);
            }
        }
        int deposits = LIVES * DEPOSITS_PER_LIFE;
        try (PipelineProcess process = new PipelineProcess(directory)) {
            get(AccountsPipeline.deposit(process.vertx, process.log, deposits));
            RunningPipeline running = process.deploy(
                    AccountsPipeline.pipeline(1, PipelineProcess.counting(steps, AccountsPipeline.STEP)),
                    options(process));
            get(running.awaitEnd());
            get(running.close());
            process.assertExact(deposits);
        }
        assertThat(restored).as("lives that began at a checkpoint").isPositive();
        assertThat(steps.get()).as("steps, of which some were done again").isGreaterThan(deposits);
    }

    @Test
    void a_clean_stop_and_another_process_go_on_where_it_was() throws Exception {
        for (int life = 1; life <= 3; life++) {
            AtomicInteger steps = new AtomicInteger();
            try (PipelineProcess process = new PipelineProcess(directory)) {
                get(AccountsPipeline.deposit(process.vertx, process.log, life * 200));
                RunningPipeline running = process.deploy(
                        AccountsPipeline.pipeline(1, PipelineProcess.counting(steps, AccountsPipeline.STEP)),
                        process.options());
                get(running.awaitEnd());
                get(running.close());
                process.assertExact(life * 200);
            }
            assertThat(steps).hasValue(200);
        }
    }

    /** What a step does that is not a function of its arguments. */
    private enum Fault {
        ANOTHER_OUTPUT {
            @Override
            TextStep step(int run) {
                return (before, deposit, output) -> {
                    output.emit(
                            AccountsPipeline.first(deposit), deposit + " in run " + (deposit.endsWith("77") ? run : 0));
                    return before;
                };
            }
        },
        ANOTHER_KEY {
            @Override
            TextStep step(int run) {
                return (before, deposit, output) -> {
                    output.emit(deposit.endsWith("77") ? "run " + run : "key", deposit);
                    return before;
                };
            }
        },
        NO_OUTPUT {
            @Override
            TextStep step(int run) {
                return (before, deposit, output) -> {
                    if (run == 1) {
                        output.emit(AccountsPipeline.first(deposit), deposit);
                    }
                    return before;
                };
            }
        },
        ONE_OUTPUT_MORE {
            @Override
            TextStep step(int run) {
                return (before, deposit, output) -> {
                    output.emit(AccountsPipeline.first(deposit), deposit);
                    if (run == 2 && deposit.endsWith("77")) {
                        output.emit(AccountsPipeline.first(deposit), deposit);
                    }
                    return before;
                };
            }
        },

        A_RANDOM_NUMBER {
            @Override
            TextStep step(int run) {
                return adding(ThreadLocalRandom.current()::nextLong);
            }
        },
        THE_CLOCK {
            @Override
            TextStep step(int run) {
                return adding(System::nanoTime);
            }
        },
        THE_ORDER_OF_A_HASH_SET {
            @Override
            TextStep step(int run) {
                return adding(() -> {
                    Set<Coin> coins = new HashSet<>();
                    for (int value = 0; value < 16; value++) {
                        coins.add(new Coin(value));
                    }
                    return coins.toString();
                });
            }
        };

        abstract TextStep step(int run);

        private static TextStep adding(Supplier<Object> something) {
            return (before, deposit, output) -> {
                output.emit(AccountsPipeline.first(deposit), deposit + " " + something.get());
                return before;
            };
        }
    }

    /** Without equals and hashCode, so each is another one to a set. */
    private static final class Coin {

        private final int value;

        Coin(int value) {
            this.value = value;
        }

        @Override
        public String toString() {
            return "" + value;
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void a_replay_that_gives_other_outputs_stops_the_pipeline_before_it_appends(Fault fault) {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            get(AccountsPipeline.deposit(process.vertx, process.log, 300));
            AtomicInteger steps = new AtomicInteger();
            process.runWithoutCheckpoint(
                    AccountsPipeline.pipeline(1, PipelineProcess.counting(steps, fault.step(1))), steps, 300);
            List<EventRecord<String>> before = process.read(AccountsPipeline.SINK);
            assertThat(before).hasSize(300);

            RunningPipeline running = process.deploy(AccountsPipeline.pipeline(1, fault.step(2)), process.options());
            Future<?> end = running.awaitEnd();
            assertThat(failure(running.ended()))
                    .isInstanceOf(StrandlineException.Conflict.class)
                    .hasMessageMatching(
                            "pipeline accounts v1 is not deterministic, or was changed without a new version: at step"
                                    + " \\d+ of bank/deposits partition \\d+, offset \\d+, writer pipeline/accounts/\\d+"
                                    + " of bank/sums does not repeat what it wrote: in partition \\d+ the log has its"
                                    + " events up to \\(\\d+, \\d+\\) with digest [0-9a-f]+, it was given up to \\(-?\\d+,"
                                    + " -?\\d+\\) with digest [0-9a-f]+");
            assertThat(failure(end)).isInstanceOf(StrandlineException.Conflict.class);
            assertThat(process.read(AccountsPipeline.SINK)).containsExactlyInAnyOrderElementsOf(before);
        }
    }

    @Test
    void a_deterministic_replay_over_a_log_that_was_opened_again_is_taken() throws Exception {
        AtomicInteger steps = new AtomicInteger();
        Pipeline pipeline = AccountsPipeline.pipeline(1, PipelineProcess.counting(steps, AccountsPipeline.STEP));
        for (int life = 1; life <= 3; life++) {
            try (PipelineProcess process = new PipelineProcess(directory)) {
                get(AccountsPipeline.deposit(process.vertx, process.log, life * 100));
                process.runWithoutCheckpoint(pipeline, steps, life * (life + 1) / 2 * 100);
                process.assertExact(life * 100);
            }
        }
    }

    @Test
    void a_new_version_is_compared_only_with_its_own_outputs() {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            get(AccountsPipeline.deposit(process.vertx, process.log, 300));
            AtomicInteger steps = new AtomicInteger();
            process.runWithoutCheckpoint(tagged(1, 1, steps), steps, 300);
            // Twice: the second time version 2 finds outputs of version 1 and of itself.
            process.runWithoutCheckpoint(tagged(2, 2, steps), steps, 600);
            get(AccountsPipeline.deposit(process.vertx, process.log, 400));
            process.runWithoutCheckpoint(tagged(2, 2, steps), steps, 1_000);
            assertThat(process.read(AccountsPipeline.SINK)).hasSize(400);

            RunningPipeline running = process.deploy(tagged(2, 2, steps), process.options());
            get(running.awaitEnd());
            get(running.close());
            get(AccountsPipeline.deposit(process.vertx, process.log, 500));
            steps.set(0);
            process.runWithoutCheckpoint(tagged(2, 2, steps), steps, 100);
            assertThat(process.read(AccountsPipeline.SINK).stream()
                            .filter(output -> output.event().endsWith("by 2")))
                    .hasSize(200);
            // From its own checkpoint on it is compared.
            RunningPipeline changed = process.deploy(tagged(2, 3, steps), process.options());
            assertThat(failure(changed.awaitEnd())).isInstanceOf(StrandlineException.Conflict.class);
        }
    }

    private static Pipeline tagged(int version, int tag, AtomicInteger steps) {
        return AccountsPipeline.pipeline(version, PipelineProcess.counting(steps, (before, deposit, output) -> {
            output.emit(AccountsPipeline.first(deposit), deposit + " by " + tag);
            return before;
        }));
    }

    @Test
    void a_checkpoint_that_is_ahead_of_the_log_is_refused() {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            get(AccountsPipeline.deposit(process.vertx, process.log, 300));
            Pipeline pipeline = AccountsPipeline.pipeline(1, AccountsPipeline.STEP);
            RunningPipeline running = process.deploy(pipeline, process.options());
            get(running.awaitEnd());
            get(running.close());
            long partition = get(process.log.catalog().describe(AccountsPipeline.SOURCE))
                    .partitions()
                    .get(0)
                    .id();
            get(process.log.catalog().retireWriter(AccountsPipeline.SINK, "pipeline/accounts/" + partition));
            assertThat(failure(pipeline.deploy(process.vertx, process.log, process.options())))
                    .isInstanceOf(StrandlineException.Conflict.class)
                    .hasMessageContaining("the log has its events up to (-1, -1)");
        }
    }
}
