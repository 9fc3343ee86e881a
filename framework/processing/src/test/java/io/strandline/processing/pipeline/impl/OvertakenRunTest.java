package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A run stalls while it begins tasks, goes on when a newer one has taken over, and harms nothing. The newer run is of another version,
 * which tells whose an output is.
 */
class OvertakenRunTest extends OnPipelineFixture {

    /** Fewer than a run processes until it takes a checkpoint, which would stop it. */
    private static final int DEPOSITS = 20;

    private final Promise<Void> goOn = Promise.promise();
    private int deposited;

    /** Each deposit has one output: the version, and how many of its account there were. */
    private static Pipeline version(int version) {
        return Ledger.pipeline(version, (before, deposit, output) -> {
            Ledger.Balance after = before.plus(deposit);
            output.emit(Ledger.account(deposit), version + " " + after.count());
            return after;
        });
    }

    private PipelineOptions options() {
        return fixture.options().setVersionChangeAllowed(true);
    }

    private Future<RunningPipeline> deploy(int version, MemoryStrandline process) {
        return fixture.deploy(process, version(version), options());
    }

    private Future<RunningPipeline> deploy(int version, MemoryStrandline process, HeldStore held) {
        CheckpointStore store = held.of(process.vertx, fixture.store(process.vertx));
        return version(version).deploy(process.vertx, process, options(), store);
    }

    private void deposit() {
        deposited += DEPOSITS;
        Ledger.deposit(log, DEPOSITS, deposited);
    }

    private RunningPipeline takeOver() {
        RunningPipeline newer = await(deploy(2, fixture.open()));
        deposit();
        await(newer.awaitPosition(log.endNow(Ledger.SOURCE)));
        return newer;
    }

    /** A partition that takes over from the two. */
    private void merge() {
        Scalings.merge(log, Ledger.SOURCE, 0, 2, 0);
    }

    private static void assertOvertaken(Future<?> old) {
        assertThatThrownBy(() -> await(old)).isInstanceOf(StrandlineException.Fenced.class);
    }

    private void assertGoesOn(RunningPipeline newer) {
        deposit();
        await(newer.awaitEnd());
        await(newer.close());
        assertOutputs();
    }

    /** The newer run was fenced, and the next one finds nothing that it would not have appended itself. */
    private void assertBeginsAgain(RunningPipeline newer) {
        deposit();
        assertOvertaken(newer.ended());
        assertGoesOn(await(deploy(2, fixture.open())));
    }

    /** Each deposit has its output, by version 1 before the merge or the start that stalled, and by version 2 since. */
    private void assertOutputs() {
        Map<String, List<String>> outputs = Ledger.actualOutputs(log);
        assertThat(outputs.values()).allSatisfy(of -> {
            assertThat(of.stream().map(each -> each.substring(2)))
                    .isEqualTo(IntStream.rangeClosed(1, of.size())
                            .mapToObj(Integer::toString)
                            .toList());
            assertThat(of.stream().map(each -> each.charAt(0))).isSorted();
        });
        List<String> all = outputs.values().stream().flatMap(List::stream).toList();
        assertThat(all).hasSize(deposited);
        assertThat(all.stream().filter(output -> output.startsWith("1 "))).hasSize(DEPOSITS);
    }

    // ---- a hand-over

    private RunningPipeline runOfTwo(MemoryStrandline process, HeldStore held) {
        Ledger.createStreams(log, 2);
        deposit();
        RunningPipeline old = await(deploy(1, process, held));
        await(old.awaitEnd());
        return old;
    }

    @Test
    void one_that_stalls_before_its_successor_opens_writers_stops_and_the_newer_run_goes_on() {
        HeldStore held = new HeldStore();
        MemoryStrandline process = fixture.open();
        RunningPipeline old = runOfTwo(process, held);
        held.hold("read");
        merge();
        awaitTrue(process, "the state of the successor is read", held::isHolding);
        RunningPipeline newer = takeOver();
        held.letGo();
        assertOvertaken(old.ended());
        assertGoesOn(newer);
    }

    @Test
    void one_that_stalls_while_its_successor_opens_writers_appends_nothing() {
        MemoryStrandline process = fixture.open();
        RunningPipeline old = runOfTwo(process, new HeldStore());
        holdWriterOf(process, log.partitions(PipelineFixture.CHECKPOINTS).get(0) + 1);
        merge();
        awaitTrue(process, "the successor opens its writer", process::isHolding);
        RunningPipeline newer = takeOver();
        goOn.complete();
        deposit();
        assertOvertaken(old.ended());
        assertBeginsAgain(newer);
    }

    private void holdWriterOf(MemoryStrandline process, long partition) {
        process.hold("createWriter pipeline/ledger/" + partition, goOn.future());
    }

    // ---- a start

    private void runFirst() {
        Ledger.createStreams(log, 1);
        deposit();
        RunningPipeline first = await(deploy(1, fixture.open()));
        await(first.awaitEnd());
        await(first.close());
    }

    @Test
    void a_start_that_stalls_before_its_tasks_open_writers_fails_and_the_newer_run_goes_on() {
        runFirst();
        HeldStore held = new HeldStore();
        held.hold("list");
        MemoryStrandline process = fixture.open();
        Future<RunningPipeline> old = deploy(1, process, held);
        awaitTrue(process, "old snapshots are looked for", held::isHolding);
        RunningPipeline newer = takeOver();
        held.letGo();
        assertOvertaken(old);
        assertGoesOn(newer);
    }

    @Test
    void a_start_that_stalls_while_its_tasks_open_writers_appends_nothing() {
        runFirst();
        MemoryStrandline process = fixture.open();
        holdWriterOf(process, fixture.openPartitions().get(0));
        Future<RunningPipeline> old = deploy(1, process);
        awaitTrue(process, "the task opens its writer", process::isHolding);
        RunningPipeline newer = takeOver();
        goOn.complete();
        assertOvertaken(old);
        assertBeginsAgain(newer);
    }
}
