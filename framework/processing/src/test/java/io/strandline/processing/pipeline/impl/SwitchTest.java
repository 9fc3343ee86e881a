package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineSwitch;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Unpinned;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Switching a pipeline to a version that runs beside it. */
class SwitchTest extends OnCorrections {

    /** Version 1, switched to version 2, which it returns. */
    private RunningPipeline switchToSecond(MemoryStrandline process) {
        RunningPipeline first = runFirst(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        await(first.switchTo(second));
        return second;
    }

    private void assertSecondIsExact() {
        assertThat(corrections.actual(2))
                .isEqualTo(corrections.expected(2, monday))
                .isNotEmpty();
    }

    @Test
    void ends_the_former_version_where_the_next_one_goes_on_and_tells_where_that_is() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        PipelineSwitch done = await(first.switchTo(second));
        assertThat(done.from()).isEqualTo(1);
        assertThat(done.to()).isEqualTo(2);
        assertThat(done.position()).isEqualTo(log.endCut(Ledger.SOURCE));
        assertThat(done.positions()).isEqualTo(Map.of(StreamName.parse(Ledger.SOURCE), done.position()));
        assertThat(done.formerSinks())
                .isEqualTo(Map.of(StreamName.parse(Corrections.sink(1)), log.endCut(Corrections.sink(1))));
        assertThat(done.sinks())
                .isEqualTo(Map.of(StreamName.parse(Corrections.sink(2)), log.endCut(Corrections.sink(2))));
        await(first.ended());
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.STOPPED);

        Map<String, List<String>> before = corrections.actual(1);
        fixture.deposit();
        await(second.awaitEnd());
        assertThat(corrections.actual(1)).isEqualTo(before);
        assertSecondIsExact();
    }

    @Test
    void makes_the_next_version_the_pipeline_and_lets_the_former_one_not_start() {
        MemoryStrandline process = fixture.open();
        switchToSecond(process);
        assertThat(log.subscribers(Ledger.SOURCE)).containsOnlyKeys("pipeline:ledger--.v2");
        fixture.crash(process);
        fixture.deposit();

        MemoryStrandline next = fixture.open();
        for (boolean isAllowed : new boolean[] {false, true}) {
            assertThatThrownBy(() -> await(fixture.deploy(
                            next, Corrections.version(1), fixture.options().setVersionChangeAllowed(isAllowed))))
                    .isInstanceOf(StrandlineException.Conflict.class)
                    .hasMessage("pipeline ledger v1 is not the pipeline any more: it was switched from version 1 to"
                            + " version 2. Deploy that, and drop version 1 if nothing needs it");
        }
        assertThatThrownBy(() -> await(fixture.deploy(
                        next, Corrections.version(0), fixture.options().setVersionChangeAllowed(true))))
                .isInstanceOf(StrandlineException.Conflict.class);
        RunningPipeline second = await(corrections.deploy(next, 2));
        assertThat(second.statistics().restored()).isNotNull();
        await(second.awaitEnd());
        assertSecondIsExact();
        assertThatThrownBy(() -> corrections.beside(next, 2, "monday"))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("deploy it");
        assertThatThrownBy(() -> await(corrections.drop(next, 2))).isInstanceOf(StrandlineException.Conflict.class);
    }

    @Test
    void leaves_the_former_version_as_it_was_if_the_next_one_does_not_come_there() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        StrandlineException failure = new StrandlineException.Unavailable("version 2 does not get there");
        RunningPipeline stuck = answering(second, "awaitPosition", Future.failedFuture(failure));
        assertThatThrownBy(() -> await(first.switchTo(stuck))).isSameAs(failure);
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.RUNNING);
        fixture.deposit();
        await(first.awaitEnd());
        assertThat(corrections.actual(1)).isEqualTo(corrections.expected(1, Map.of()));

        await(first.pause());
        assertThatThrownBy(() -> await(first.switchTo(stuck))).isSameAs(failure);
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.PAUSED);
        await(first.switchTo(second));
    }

    @Test
    void lets_the_former_version_wait_for_a_bounded_time() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = await(fixture.deploy(
                process, Corrections.version(1), fixture.options().setSwitchTimeoutMillis(1)));
        RunningPipeline second = corrections.beside(process, 2, null);
        assertThatThrownBy(() -> await(first.switchTo(
                        answering(second, "awaitPosition", Promise.promise().future()))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("within 1 ms, so pipeline ledger v1 goes on");
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.RUNNING);
    }

    @Test
    void is_given_up_if_the_next_version_does_not_catch_up_in_time() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        Promise<Object> caughtUp = Promise.promise();
        RunningPipeline late = answering(second, "awaitEnd", caughtUp.future());
        assertThatThrownBy(() -> await(first.switchTo(late, 1)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageMatching("pipeline ledger.* v2 did not catch up within 1 ms, and lags behind by \\d+ events:"
                        + " pipeline ledger v1 goes on");
        caughtUp.complete();
        fixture.deposit();
        await(first.awaitEnd());
        assertThat(first.status().state()).isEqualTo(PipelineStatus.State.RUNNING);
        assertThat(corrections.actual(1)).isEqualTo(corrections.expected(1, Map.of()));
        await(first.switchTo(second, RunningPipeline.MAX_CATCH_UP_MILLIS));
        for (long bound : new long[] {0, RunningPipeline.MAX_CATCH_UP_MILLIS + 1}) {
            assertThatThrownBy(() -> await(first.switchTo(second, bound)))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("maxCatchUpMillis");
        }
    }

    /** No reader of the former sink would look for what comes after the cut. */
    @Test
    void has_the_former_version_process_nothing_after_the_position() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        List<Map<String, List<String>>> outputs = new ArrayList<>();
        PipelineSwitch done = await(first.switchTo((RunningPipeline) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {RunningPipeline.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("awaitPosition")) {
                        outputs.add(corrections.actual(1));
                        fixture.deposit();
                        return second.awaitEnd();
                    }
                    return method.invoke(second, arguments);
                })));
        assertThat(outputs).containsExactly(corrections.actual(1));
        assertThat(done.position()).isNotEqualTo(log.endCut(Ledger.SOURCE));
        assertSecondIsExact();
    }

    /** The same, but for those who wait. */
    private static RunningPipeline answering(RunningPipeline running, String wait, Future<?> answer) {
        return (RunningPipeline) Proxy.newProxyInstance(
                SwitchTest.class.getClassLoader(),
                new Class<?>[] {RunningPipeline.class},
                (proxy, method, arguments) ->
                        method.getName().equals(wait) ? answer : method.invoke(running, arguments));
    }

    /** A version is passed over by an entry before anything of it is gone. */
    @Test
    void is_found_wherever_the_deletion_of_a_former_version_ends(@TempDir Path directory) {
        CrashPoints points = new CrashPoints();
        for (int life = 0; crashesInDrop(points, directory.resolve("life" + life)); life++) {}
        assertThat(points.crashedAt()).hasSizeGreaterThan(5);
    }

    private boolean crashesInDrop(CrashPoints points, Path directory) {
        close();
        open(directory);
        createStreams();
        MemoryStrandline first = fixture.open();
        RunningPipeline second = switchToSecond(first);
        await(second.switchTo(corrections.beside(first, 3, null)));
        fixture.crash(first);
        MemoryStrandline process = fixture.open();
        points.watch(process);
        boolean hasCrashed = fixture.awaitEndOrCrash(
                process, corrections.drop(process, 2).compose(dropped -> corrections.drop(process, 1)));
        MemoryStrandline next = fixture.open();
        goesOn(next);
        await(corrections.drop(next, 2));
        await(corrections.drop(next, 1));
        assertThat(log.streamsOf("_strandline"))
                .containsExactly("_strandline/checkpoints-ledger", "_strandline/checkpoints-ledger--.v3");
        assertThat(log.writers(Corrections.sink(1))).isEmpty();
        assertThat(log.writers(Corrections.sink(2))).isEmpty();
        goesOn(next);
        return hasCrashed;
    }

    @Test
    void goes_from_a_version_that_a_failure_has_paused() {
        MemoryStrandline process = fixture.open();
        Pipeline failing = Corrections.version(1, (before, deposit, output) -> {
            if (deposit.endsWith("poison")) {
                throw new IllegalStateException(deposit);
            }
            return Ledger.step(before, deposit, output);
        });
        RunningPipeline first =
                await(fixture.deploy(process, failing, fixture.options().setMaxAttempts(1)));
        fixture.deposit();
        await(first.awaitEnd());
        monday = Ledger.expectedOutputs(log);
        await(first.checkpoint("monday"));
        Ledger.append(log, Ledger.SOURCE, "poison", List.of("account-1 poison"));
        fixture.deposit();
        assertThatThrownBy(() -> await(first.awaitEnd())).hasMessageContaining("account-1 poison");

        RunningPipeline second = corrections.beside(process, 2, "monday");
        await(first.switchTo(second));
        await(second.awaitEnd());
        assertSecondIsExact();
    }

    @Test
    void takes_only_a_version_that_runs_beside() {
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        RunningPipeline second = corrections.beside(process, 2, "monday");
        RunningPipeline third = corrections.beside(process, 3, null);
        assertThatThrownBy(() -> await(first.switchTo(first)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("does not run beside");
        assertThatThrownBy(() -> await(second.switchTo(third)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("is not the pipeline itself");
        await(first.switchTo(second));
        await(second.switchTo(third));
        assertThatThrownBy(() -> await(third.switchTo(third))).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void may_follow_one_another_and_each_former_version_may_be_dropped() {
        MemoryStrandline process = fixture.open();
        RunningPipeline second = switchToSecond(process);
        RunningPipeline third = corrections.beside(process, 3, null);
        await(second.switchTo(third));
        await(third.close());
        assertThatThrownBy(() -> await(corrections.deploy(process, 2)))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThatThrownBy(() -> await(corrections.delete(process, 3)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("drop them before");

        await(corrections.drop(process, 2));
        assertThat(log.exists("_strandline/checkpoints-ledger--.v2")).isFalse();
        assertThat(log.writers(Corrections.sink(2))).isEmpty();
        assertThat(fixture.directory.resolve("ledger--.v2")).doesNotExist();
        goesOn(process);
        await(corrections.drop(process, 1));
        assertThat(log.writers(Corrections.sink(1))).isEmpty();
        assertThat(fixture.directory.resolve("ledger")).doesNotExist();
        goesOn(process);
        await(corrections.drop(process, 1));
        assertThatThrownBy(() -> await(corrections.deploy(process, 1)))
                .isInstanceOf(StrandlineException.Conflict.class);

        await(corrections.delete(process, 3));
        assertThat(log.streamsOf("_strandline")).isEmpty();
        assertThat(log.subscribers(Ledger.SOURCE)).isEmpty();
        RunningPipeline anew = await(corrections.deploy(process, 1));
        assertThat(anew.statistics().restored()).isNull();
    }

    private void goesOn(MemoryStrandline process) {
        fixture.deposit();
        RunningPipeline third = await(corrections.deploy(process, 3));
        assertThat(third.statistics().restored()).isNotNull();
        await(third.awaitEnd());
        await(third.close());
        assertThat(corrections.actual(3)).isEqualTo(corrections.expected(3, Map.of()));
    }

    /** A new version in place, from the state of the one to which it was switched. */
    @Test
    void is_followed_by_versions_in_place() {
        MemoryStrandline process = fixture.open();
        RunningPipeline second = switchToSecond(process);
        await(second.close());
        RunningPipeline third = await(fixture.deploy(
                process, Corrections.version(3), fixture.options().setVersionChangeAllowed(true)));
        assertThat(third.statistics().restored()).isNotNull();
    }

    @Test
    void appends_nothing_after_the_entry() {
        MemoryStrandline process = fixture.open();
        corrections.append(process, "ledger", new Switched(1, 2));
        assertThatThrownBy(() -> corrections.append(process, "ledger", new Switched(1, 2), new Unpinned("monday")))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void follows_no_entries_in_a_circle() {
        MemoryStrandline process = fixture.open();
        corrections.append(process, "ledger", new Switched(1, 2));
        corrections.append(process, "ledger--.v2", new Switched(2, 2));
        assertThatThrownBy(() -> await(corrections.deploy(process, 2))).isInstanceOf(StrandlineException.Corrupt.class);
    }

    @Test
    void leaves_one_pipeline_wherever_the_process_ends(@TempDir Path directory) {
        CrashPoints points = new CrashPoints();
        for (int life = 0; crashesInSwitch(points, directory.resolve("life" + life)); life++) {}
        assertThat(points.kinds())
                .contains("append _strandline/checkpoints-ledger", "append _strandline/checkpoints-ledger--.v2");
    }

    /** Returns false if no call is left at which a process has not crashed. */
    private boolean crashesInSwitch(CrashPoints points, Path directory) {
        close();
        open(directory);
        createStreams();
        MemoryStrandline process = fixture.open();
        RunningPipeline first = runFirst(process);
        points.watch(process);
        Future<?> switched =
                corrections.beside(process, Corrections.version(2), "monday").compose(first::switchTo);
        boolean hasCrashed = fixture.awaitEndOrCrash(process, switched);

        fixture.deposit();
        MemoryStrandline next = fixture.open();
        boolean isSwitched = isSwitched(next);
        RunningPipeline second =
                isSwitched ? await(corrections.deploy(next, 2)) : corrections.beside(next, 2, "monday");
        await(second.awaitEnd());
        assertSecondIsExact();
        if (isSwitched) {
            assertThat(log.subscribers(Ledger.SOURCE)).containsOnlyKeys("pipeline:ledger--.v2");
        }
        return hasCrashed;
    }

    private boolean isSwitched(MemoryStrandline process) {
        Throwable refused = catchThrowable(() -> {
            RunningPipeline first = await(corrections.deploy(process, 1));
            await(first.awaitEnd());
        });
        if (refused == null) {
            assertThat(corrections.actual(1)).isEqualTo(corrections.expected(1, Map.of()));
            return false;
        }
        assertThat(refused).isInstanceOf(StrandlineException.Conflict.class);
        return true;
    }
}
