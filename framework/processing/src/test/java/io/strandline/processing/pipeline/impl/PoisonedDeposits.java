package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Decided;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Deposits of the {@link Ledger}, at every tenth of which a step fails, and what a pipeline is to compute without these. */
final class PoisonedDeposits {

    static final int EVENTS = 60;

    private PoisonedDeposits() {}

    static PipelineOptions options(PipelineFixture fixture, FailurePolicy policy) {
        return fixture.options()
                .setCheckpointEvents(7)
                .setMaxReplayEvents(30)
                .setFailurePolicy(policy)
                .setMaxAttempts(3)
                .setRetryBackOffMillis(1);
    }

    /** Deposits that are all different: {@code account-N number}. */
    static void deposit(MemoryLog log) {
        deposit(log, "different", 0);
    }

    static void deposit(MemoryLog log, String writer, int from) {
        List<String> deposits = new ArrayList<>();
        for (int i = from; i < from + EVENTS; i++) {
            deposits.add("account-" + i % 7 + " " + i);
        }
        Ledger.append(log, Ledger.SOURCE, writer, deposits);
    }

    static boolean isPoison(String deposit) {
        return deposit.endsWith("9");
    }

    /** What the pipeline is to compute if it passes over some events. */
    static void assertExactWithout(PipelineFixture fixture, Set<String> passedOver) {
        Map<String, List<String>> outputs = new TreeMap<>();
        Map<String, Ledger.Balance> balances = new HashMap<>();
        for (String deposit : Ledger.texts(fixture.log, Ledger.SOURCE)) {
            if (!passedOver.contains(deposit)) {
                balances.compute(
                        Ledger.account(deposit),
                        (account, before) -> Ledger.step(
                                before == null ? new Ledger.Balance(0, account.length()) : before,
                                deposit,
                                (key, text) -> outputs.computeIfAbsent(key, first -> new ArrayList<>())
                                        .add(text)));
            }
        }
        assertThat(Ledger.actualOutputs(fixture.log)).isEqualTo(outputs);
        assertThat(fixture.balances()).isEqualTo(new TreeMap<>(balances));
    }

    static Set<String> poison(MemoryLog log) {
        Set<String> poison = new HashSet<>(Ledger.texts(log, Ledger.SOURCE));
        poison.removeIf(deposit -> !isPoison(deposit));
        return poison;
    }

    /** Emits before it fails, so that outputs of a failed attempt would be seen. */
    static Pipeline failing(AtomicBoolean fails) {
        return Ledger.pipeline(1, (before, deposit, output) -> {
            Ledger.Balance after = Ledger.step(before, deposit, output);
            if (fails.get() && isPoison(deposit)) {
                throw new IllegalStateException("cannot add " + deposit);
            }
            return after;
        });
    }

    /** The texts of the events about which a decision is durable. */
    static Set<String> decided(MemoryLog log) throws Exception {
        Set<String> decided = new HashSet<>();
        if (!log.streamsOf("_strandline").contains(PipelineFixture.CHECKPOINTS)) {
            return decided;
        }
        long partition =
                log.describe(PipelineFixture.CHECKPOINTS).partitions().get(0).id();
        for (MemoryLog.Stored stored : log.events(PipelineFixture.CHECKPOINTS, partition)) {
            if (CheckpointEntry.CODEC.decode(stored.type(), stored.bytes(), 0, stored.bytes().length)
                    instanceof Decided found) {
                long at = found.decision().offset();
                MemoryLog.Stored event =
                        log.events(Ledger.SOURCE, found.decision().partition()).get((int) at);
                decided.add(new String(event.bytes(), StandardCharsets.UTF_8));
            }
        }
        return decided;
    }

    /** What holds after a process that crashed and one in which no step fails. */
    @FunctionalInterface
    interface Check {

        void check(MemoryLog log, RunningPipeline running, Set<String> decided) throws Exception;
    }

    /**
     * Runs with steps that fail until the process crashes, at each of its calls once, or the run ends. In the next process no
     * step fails any more: what was decided is found and stays so, what was not is processed.
     *
     * @return the calls at which a process crashed
     */
    static List<CrashPoints.Call> crashAtEveryCall(Path directory, FailurePolicy policy, Check check) throws Exception {
        CrashPoints points = new CrashPoints();
        for (int life = 0; crashes(directory.resolve("life" + life), points, policy, check); life++) {}
        return points.crashedAt();
    }

    private static boolean crashes(Path directory, CrashPoints points, FailurePolicy policy, Check check)
            throws Exception {
        try (PipelineFixture fixture = new PipelineFixture(directory)) {
            Ledger.createStreams(fixture.log, 2);
            deposit(fixture.log);
            MemoryStrandline strandline = fixture.open();
            points.watch(strandline);
            Future<?> end = fixture.deploy(strandline, failing(new AtomicBoolean(true)), options(fixture, policy))
                    .compose(running -> running.awaitEnd().compose(reached -> running.close()));
            boolean hasCrashed = fixture.awaitEndOrCrash(strandline, end);
            Set<String> decided = decided(fixture.log);

            RunningPipeline again = await(fixture.deploy(
                    fixture.open(), failing(new AtomicBoolean()), options(fixture, FailurePolicy.PAUSE)));
            await(again.awaitEnd());
            assertExactWithout(fixture, decided);
            check.check(fixture.log, again, decided);
            await(again.close());
            return hasCrashed;
        }
    }
}
