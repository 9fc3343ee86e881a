package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.CHECKPOINTS;
import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipelineDeletionTest extends OnPipelineFixture {

    private static final String SUBSCRIBER = "pipeline:ledger";

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 2);
        Ledger.deposit(log, 100, 1);
    }

    private Future<Void> delete(MemoryStrandline strandline) {
        return Ledger.pipeline().delete(strandline.vertx, strandline, fixture.options());
    }

    private void run() {
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        await(running.close());
    }

    private void assertNothingIsLeft() {
        assertThat(fixture.directory.resolve("ledger")).doesNotExist();
        assertThat(log.writers(Ledger.SINK)).isEmpty();
        assertThat(log.subscribers(Ledger.SOURCE)).isEmpty();
        assertThatThrownBy(() -> log.describe(CHECKPOINTS)).isInstanceOf(StrandlineException.NotFound.class);
    }

    /** All outputs, as often. */
    private void assertOutputs(int times) {
        Map<String, List<String>> expected = new TreeMap<>();
        Ledger.expectedOutputs(log).forEach((key, outputs) -> {
            List<String> all = expected.computeIfAbsent(key, none -> new ArrayList<>());
            for (int i = 0; i < times; i++) {
                all.addAll(outputs);
            }
        });
        assertThat(Ledger.actualOutputs(log)).isEqualTo(expected);
    }

    @Test
    void leaves_nothing_but_outputs_and_the_next_one_begins_from_the_start() {
        run();
        await(delete(fixture.open()));
        assertNothingIsLeft();
        assertOutputs(1);
        RunningPipeline again = fixture.deploy(fixture.open());
        assertThat(again.statistics().restored()).isNull();
        await(again.awaitEnd());
        assertOutputs(2);
    }

    @Test
    void of_a_pipeline_that_never_ran_or_is_gone_already_is_no_failure() {
        await(delete(fixture.open()));
        run();
        await(delete(fixture.open()));
        await(delete(fixture.open()));
        log.deleteStream(Ledger.SOURCE);
        log.deleteStream(Ledger.SINK);
        await(delete(fixture.open()));
    }

    @Test
    void leaves_what_is_not_its_own() throws IOException {
        run();
        Path note = Files.createFile(fixture.directory.resolve("ledger").resolve("notes.txt"));
        await(delete(fixture.open()));
        assertThat(fixture.files()).containsExactly(note.getFileName().toString());
    }

    @Test
    void stops_a_run_and_the_epochs_of_the_next_one_are_higher() {
        RunningPipeline older = fixture.deploy(fixture.open());
        long before = await(older.awaitEnd()).epoch();
        await(delete(fixture.open()));
        Ledger.deposit(log, 10, 2);
        assertThatThrownBy(() -> await(older.ended())).isInstanceOf(StrandlineException.Fenced.class);
        RunningPipeline newer = fixture.deploy(fixture.open());
        assertThat(await(newer.awaitEnd()).epoch()).isGreaterThan(before);
    }

    @Test
    void a_run_that_notes_its_position_after_it_was_deleted_takes_it_back() {
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(strandline.vertx, strandline, fixture.options().setRetainedCheckpoints(1)));
        await(running.awaitEnd());
        AtomicInteger notes = new AtomicInteger();
        strandline.watch(call -> {
            if (call.equals("note " + SUBSCRIBER) && notes.getAndIncrement() == 0) {
                log.deleteStream(CHECKPOINTS);
                log.forgetSubscriber(Ledger.SOURCE, SUBSCRIBER);
            }
        });
        Ledger.deposit(log, 1, 2);
        assertThatThrownBy(() -> await(running.awaitEnd())).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(notes).hasValue(1);
        assertThat(log.subscribers(Ledger.SOURCE)).isEmpty();
    }

    @Test
    void a_run_that_begins_while_it_is_deleted_takes_its_note_back() {
        run();
        MemoryStrandline strandline = fixture.open();
        AtomicInteger notes = new AtomicInteger();
        strandline.watch(call -> {
            if (call.equals("note " + SUBSCRIBER) && notes.getAndIncrement() == 0) {
                log.deleteStream(CHECKPOINTS);
                log.forgetSubscriber(Ledger.SOURCE, SUBSCRIBER);
            }
        });
        assertThatThrownBy(() -> await(Ledger.pipeline().deploy(strandline.vertx, strandline, fixture.options())))
                .isInstanceOf(StrandlineException.Fenced.class);
        assertThat(notes).hasValue(1);
        assertThat(log.subscribers(Ledger.SOURCE)).isEmpty();
    }

    /** A run gave the name of a checkpoint up, and could not tell the log. */
    @Test
    void what_no_entry_tells_of_is_gone_after_a_start_and_after_a_deletion() {
        StreamCut start = log.startCut(Ledger.SOURCE);
        run();
        log.commitConsumed(Ledger.SOURCE, SUBSCRIBER + "!gone", start);
        run();
        assertThat(log.subscribers(Ledger.SOURCE)).containsOnlyKeys(SUBSCRIBER);
        log.commitConsumed(Ledger.SOURCE, SUBSCRIBER + "!gone", start);
        await(delete(fixture.open()));
        assertNothingIsLeft();
        log.commitConsumed(Ledger.SOURCE, SUBSCRIBER + "!gone", start);
        await(delete(fixture.open())); // again, with nothing else there
        assertNothingIsLeft();
    }

    /** Whatever is left of it, nobody goes on from there, and the next deletion removes it. */
    @Test
    void may_be_interrupted_at_any_call(@TempDir Path directory) throws Exception {
        CrashPoints points = new CrashPoints();
        for (int life = 0; crashesInDeletion(points, directory.resolve("life" + life)); life++) {}
        assertThat(points.crashedAt()).hasSizeGreaterThan(5);
    }

    /** Returns false if no call is left at which a process has not crashed. */
    private boolean crashesInDeletion(CrashPoints points, Path directory) {
        close();
        open(directory);
        createStreams();
        run();
        MemoryStrandline strandline = fixture.open();
        points.watch(strandline);
        boolean hasCrashed = fixture.awaitEndOrCrash(strandline, delete(strandline));
        MemoryStrandline next = fixture.open();
        Throwable refused = catchThrowable(() -> {
            RunningPipeline running = fixture.deploy(next);
            await(running.awaitEnd());
            await(running.close());
        });
        assertThat(refused == null || refused instanceof StrandlineException.Conflict)
                .isTrue();
        boolean anew = refused == null && Ledger.texts(log, Ledger.SINK).size() > outputs();
        assertOutputs(anew ? 2 : 1);
        await(delete(fixture.open()));
        assertNothingIsLeft();
        return hasCrashed;
    }

    private int outputs() {
        return Ledger.expectedOutputs(log).values().stream()
                .mapToInt(List::size)
                .sum();
    }
}
