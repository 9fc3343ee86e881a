package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static io.strandline.processing.pipeline.PipelineProcess.counting;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.ScalingPolicy;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.WriterOptions;
import io.strandline.internal.KeyHash;
import io.strandline.log.Applications;
import io.strandline.log.RandomScaling;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pipelines on a log of files whose source and sink are scaled (D2, D4, E2): each key's outputs once and in order. */
class PipelineElasticTest {

    private static final int DEPOSITS_PER_LIFE = 400;

    @TempDir
    Path directory;

    private static PipelineOptions options(PipelineProcess process) {
        return process.options().setCheckpointEvents(20).setMaxReplayEvents(60);
    }

    private static Pipeline pipeline() {
        return AccountsPipeline.pipeline(1, AccountsPipeline.STEP);
    }

    /** Scales source and sink in turn, this many times, one after the other. */
    private static Future<?> scale(PipelineProcess process, int times, RandomScaling source, RandomScaling sink) {
        return times == 0
                ? Future.succeededFuture()
                : source.next(process.log)
                        .compose(done -> sink.next(process.log))
                        .compose(done -> scale(process, times - 1, source, sink));
    }

    @Test
    void a_running_pipeline_follows_splits_and_merges_of_its_source_and_its_sink() throws Exception {
        Random random = new Random(1);
        RandomScaling source = new RandomScaling(AccountsPipeline.SOURCE, 8, random);
        RandomScaling sink = new RandomScaling(AccountsPipeline.SINK, 8, random);
        try (PipelineProcess process = new PipelineProcess(directory)) {
            RunningPipeline running = process.deploy(pipeline(), options(process));
            int deposits = 0;
            for (int round = 0; round < 5; round++) {
                deposits += DEPOSITS_PER_LIFE;
                Future<?> written = AccountsPipeline.deposit(process.vertx, process.log, deposits);
                get(scale(process, 2, source, sink));
                get(written);
            }
            Checkpoint end = get(running.awaitEnd());
            assertThat(end.cut()).isEqualTo(get(process.log.catalog().endCut(AccountsPipeline.SOURCE)));
            assertThat(end.keys()).isEqualTo(AccountsPipeline.ACCOUNTS);
            assertThat(get(running.lag())).isZero();
            get(running.close());
            process.assertExact(deposits);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void outputs_stand_in_the_sink_once_and_in_order_whenever_the_disk_stops(long seed) throws Exception {
        Random random = new Random(seed);
        RandomScaling source = new RandomScaling(AccountsPipeline.SOURCE, 8, random);
        RandomScaling sink = new RandomScaling(AccountsPipeline.SINK, 8, random);
        AtomicInteger steps = new AtomicInteger();
        int lives = 4;
        for (int life = 0; life < lives; life++) {
            int crashAt = steps.get() + 150 + random.nextInt(DEPOSITS_PER_LIFE - 150);
            try (PipelineProcess process = new PipelineProcess(directory)) {
                get(AccountsPipeline.deposit(process.vertx, process.log, life * DEPOSITS_PER_LIFE));
                get(scale(process, 1, source, sink));
                AccountsPipeline.deposit(process.vertx, process.log, (life + 1) * DEPOSITS_PER_LIFE);
                process.deploy(
                        AccountsPipeline.pipeline(1, (before, deposit, output) -> {
                            if (steps.incrementAndGet() == crashAt) {
                                process.crashed = true;
                            }
                            return AccountsPipeline.STEP.apply(before, deposit, output);
                        }),
                        options(process));
                // The crash may come within this.
                scale(process, 5, source, sink);
                until(process.vertx, "the crash", () -> process.crashed);
            }
        }
        int deposits = lives * DEPOSITS_PER_LIFE;
        try (PipelineProcess process = new PipelineProcess(directory)) {
            get(AccountsPipeline.deposit(process.vertx, process.log, deposits));
            RunningPipeline running = process.deploy(pipeline(), options(process));
            get(running.awaitEnd());
            get(running.close());
            process.assertExact(deposits);
        }
    }

    @Test
    void a_pipeline_reads_a_sealed_source_to_its_end_and_stays() throws Exception {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            RunningPipeline running = process.deploy(pipeline(), options(process));
            get(AccountsPipeline.deposit(process.vertx, process.log, DEPOSITS_PER_LIFE));
            get(process.log.catalog().sealStream(AccountsPipeline.SOURCE));
            Checkpoint end = get(running.awaitEnd());
            assertThat(end.cut()).isEqualTo(get(process.log.catalog().endCut(AccountsPipeline.SOURCE)));
            assertThat(get(running.lag())).isZero();
            assertThat(get(running.checkpoint()).cut()).isEqualTo(end.cut());
            get(running.close());
        }
        try (PipelineProcess process = new PipelineProcess(directory)) {
            RunningPipeline running = process.deploy(pipeline(), options(process));
            get(running.awaitEnd());
            assertThat(get(running.lag())).isZero();
            get(running.close());
            process.assertExact(DEPOSITS_PER_LIFE);
        }
    }

    @Test
    void a_policy_may_scale_the_source() throws Exception {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            get(process.log
                    .catalog()
                    .setScaling(
                            AccountsPipeline.SOURCE,
                            ScalingPolicy.eventRate(20).withPartitions(1, 6).withCoolDown(100)));
            RunningPipeline running = process.deploy(pipeline(), process.options());
            Context teller = Applications.newContext(process.vertx);
            EventWriter<String> writer = get(Applications.start(
                    teller,
                    () -> process.log.createWriter(
                            AccountsPipeline.SOURCE, AccountsPipeline.TEXT, new WriterOptions().setId("teller"))));
            AtomicInteger deposits = new AtomicInteger();
            AtomicReference<StreamDescription> source = new AtomicReference<>();
            AtomicLong timer = new AtomicLong();
            teller.runOnContext(begun -> timer.set(process.vertx.setPeriodic(10, tick -> {
                depositTen(writer, deposits);
                process.log.catalog().describe(AccountsPipeline.SOURCE).onSuccess(source::set);
            })));
            until(process.vertx, "a scaling", () -> {
                StreamDescription last = source.get();
                return last != null && !last.scalings().isEmpty();
            });
            get(Applications.start(teller, () -> {
                process.vertx.cancelTimer(timer.get());
                depositTen(writer, deposits);
                return writer.end();
            }));
            get(process.log.catalog().setScaling(AccountsPipeline.SOURCE, ScalingPolicy.fixed()));
            Checkpoint end = get(running.awaitEnd());
            assertThat(end.cut()).isEqualTo(get(process.log.catalog().endCut(AccountsPipeline.SOURCE)));
            get(running.close());
            process.assertExact(deposits.get());
        }
    }

    private static void depositTen(EventWriter<String> writer, AtomicInteger deposits) {
        for (int i = 0; i < 10; i++) {
            long deposit = deposits.getAndIncrement();
            String account = AccountsPipeline.account(deposit);
            writer.append(account, account + " " + deposit, Sequence.of(deposit));
        }
    }

    // ---- replays over a scaled sink

    /** Splits the first partition of the sink and merges the last two. */
    private static void scaleSink(PipelineProcess process) {
        List<PartitionDescription> open =
                get(process.log.catalog().describe(AccountsPipeline.SINK)).partitions();
        KeyRange first = open.get(0).keys();
        long middle = first.to() >>> 1;
        get(process.log
                .catalog()
                .scale(
                        AccountsPipeline.SINK,
                        Set.of(open.get(0).id()),
                        List.of(new KeyRange(0, middle), new KeyRange(middle + 1, first.to()))));
        int last = open.size() - 1;
        get(process.log
                .catalog()
                .scale(
                        AccountsPipeline.SINK,
                        Set.of(open.get(last - 1).id(), open.get(last).id()),
                        List.of(new KeyRange(open.get(last - 1).keys().from(), -1))));
    }

    @Test
    void a_replay_over_a_scaled_sink_appends_nothing_twice() throws Exception {
        AtomicInteger steps = new AtomicInteger();
        Pipeline counted = AccountsPipeline.pipeline(1, counting(steps, AccountsPipeline.STEP));
        try (PipelineProcess process = new PipelineProcess(directory)) {
            int done = 0;
            for (int life = 1; life <= 3; life++) {
                get(AccountsPipeline.deposit(process.vertx, process.log, life * 100));
                done += life * 100;
                process.runWithoutCheckpoint(counted, steps, done);
                process.assertExact(life * 100);
                scaleSink(process);
            }
            RunningPipeline running = process.deploy(counted, process.options());
            get(running.awaitEnd());
            get(running.close());
            process.assertExact(300);
            // From a checkpoint whose marks are those of partitions that took over.
            get(AccountsPipeline.deposit(process.vertx, process.log, 400));
            steps.set(0);
            process.runWithoutCheckpoint(counted, steps, 100);
            scaleSink(process);
            RunningPipeline again = process.deploy(counted, process.options());
            get(again.awaitEnd());
            process.assertExact(400);
        }
    }

    @Test
    void a_replay_that_differs_in_a_partition_that_took_over_stops_when_its_digest_is_known() {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            get(AccountsPipeline.deposit(process.vertx, process.log, 100));
            RunningPipeline first = process.deploy(tagged(1, new AtomicInteger()), process.options());
            get(first.awaitEnd());
            scaleSink(process);
            get(AccountsPipeline.deposit(process.vertx, process.log, 200));
            // This checkpoint may be cut before the writer meets the seal. Then its marks are those of the old
            // partitions.
            get(first.awaitEnd());
            get(AccountsPipeline.deposit(process.vertx, process.log, 300));
            get(first.awaitEnd());
            get(first.close());
            // After a checkpoint that has marks of the new partitions, outputs without a checkpoint.
            get(AccountsPipeline.deposit(process.vertx, process.log, 500));
            AtomicInteger steps = new AtomicInteger();
            process.runWithoutCheckpoint(tagged(1, steps), steps, 200);
            List<EventRecord<String>> before = process.read(AccountsPipeline.SINK);
            assertThat(before).hasSize(500);

            RunningPipeline changed = process.deploy(tagged(2, steps), process.options());
            assertThat(failure(changed.awaitEnd())).isInstanceOf(StrandlineException.Conflict.class);
            assertThat(process.read(AccountsPipeline.SINK)).containsExactlyInAnyOrderElementsOf(before);
        }
    }

    // ---- new versions over a scaled source

    private static Pipeline version(int version, int tag, AtomicInteger steps) {
        return AccountsPipeline.pipeline(version, counting(steps, (before, deposit, output) -> {
            output.emit(AccountsPipeline.first(deposit), deposit + " by " + tag);
            return before;
        }));
    }

    /** Merges all partitions of the source into one, which waits for the ends of them all. */
    private static void mergeSource(PipelineProcess process) {
        Set<Long> open = new TreeSet<>();
        get(process.log.catalog().describe(AccountsPipeline.SOURCE))
                .partitions()
                .forEach(partition -> open.add(partition.id()));
        get(process.log.catalog().scale(AccountsPipeline.SOURCE, open, KeyRange.equalRanges(1)));
    }

    private static long outputsBy(PipelineProcess process, int tag) {
        return process.read(AccountsPipeline.SINK).stream()
                .filter(output -> output.event().endsWith("by " + tag))
                .count();
    }

    /** Version 2 goes on to the end, and from its own checkpoint on it is compared. */
    private static void assertGoesOn(PipelineProcess process, int deposits, AtomicInteger steps) {
        RunningPipeline running = process.deploy(version(2, 2, steps), process.options());
        get(running.awaitEnd());
        get(running.close());
        assertThat(process.read(AccountsPipeline.SINK)).hasSize(deposits);
        get(AccountsPipeline.deposit(process.vertx, process.log, deposits + 100));
        steps.set(0);
        process.runWithoutCheckpoint(version(2, 2, steps), steps, 100);
        assertThat(outputsBy(process, 2)).isEqualTo(100);
        RunningPipeline changed = process.deploy(version(2, 3, steps), process.options());
        assertThat(failure(changed.awaitEnd())).isInstanceOf(StrandlineException.Conflict.class);
    }

    @Test
    void a_new_version_is_not_compared_with_what_the_old_one_did_in_a_partition_that_took_over() {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            AtomicInteger steps = new AtomicInteger();
            get(AccountsPipeline.deposit(process.vertx, process.log, 100));
            mergeSource(process);
            get(AccountsPipeline.deposit(process.vertx, process.log, 200));
            process.runWithoutCheckpoint(version(1, 1, steps), steps, 200);
            // Its first checkpoint is that of the ends, after which both versions have gone on.
            process.runWithoutCheckpoint(version(2, 2, steps), steps, 300);
            assertThat(outputsBy(process, 1)).isEqualTo(200);
            assertGoesOn(process, 200, steps);
        }
    }

    @Test
    void a_new_version_that_comes_to_the_ends_itself_is_not_compared_with_what_the_old_one_did_after_them()
            throws Exception {
        try (PipelineProcess process = new PipelineProcess(directory)) {
            AtomicInteger steps = new AtomicInteger();
            get(AccountsPipeline.deposit(process.vertx, process.log, 50));
            RunningPipeline first = process.deploy(version(1, 1, steps), process.options());
            long whole = get(first.awaitEnd()).number();
            get(first.close());
            get(AccountsPipeline.deposit(process.vertx, process.log, 100));
            mergeSource(process);
            get(AccountsPipeline.deposit(process.vertx, process.log, 200));
            process.runWithoutCheckpoint(version(1, 1, steps), steps, 200);
            for (String file : process.snapshots("accounts")) {
                if (!file.contains("-c" + whole + "-")) {
                    Files.delete(directory.resolve("checkpoints/accounts").resolve(file));
                }
            }
            process.runWithoutCheckpoint(version(2, 2, steps), steps, 350);
            assertThat(outputsBy(process, 1)).isEqualTo(200);
            assertGoesOn(process, 200, steps);
        }
    }

    /** Differs by its tag only for accounts whose outputs go to the halves of the first partition of the sink. */
    private static Pipeline tagged(int tag, AtomicInteger steps) {
        return AccountsPipeline.pipeline(1, counting(steps, (before, deposit, output) -> {
            String account = AccountsPipeline.first(deposit);
            output.emit(account, deposit + " by " + (isInFirstHalves(account) ? tag : 0));
            return before;
        }));
    }

    private static boolean isInFirstHalves(String account) {
        byte[] key = account.getBytes(StandardCharsets.UTF_8);
        return KeyRange.equalRanges(4).get(0).contains(KeyHash.of(key, 0, key.length));
    }
}
