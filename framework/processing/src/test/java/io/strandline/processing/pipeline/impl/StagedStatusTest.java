package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** What who listens to a pipeline of several stages hears of it. */
class StagedStatusTest extends OnStagedVersions {

    private final Queue<PipelineStatus> heard = new ConcurrentLinkedQueue<>();

    private void listen(MemoryStrandline process, RunningPipeline running) {
        running.statusHandler(heard::add);
        awaitTrue(process, "it is told at once", () -> !heard.isEmpty());
    }

    private List<State> states() {
        return heard.stream().map(PipelineStatus::state).toList();
    }

    private int sums() {
        return Ledger.texts(log, StagedVersions.sums(1)).size();
    }

    /** The stages stop one after the other, and the last one appends its last checkpoint when the others have stopped. */
    @Test
    void a_pipeline_has_stopped_only_when_all_its_stages_have() {
        MemoryStrandline process = fixture.open();
        RunningPipeline running = await(versions.deploy(process, 1));
        versions.append(10);
        await(running.awaitEnd());
        listen(process, running);
        int before = sums();
        versions.append(10);
        awaitTrue(process, "the last stage has something for a checkpoint", () -> sums() > before);
        Queue<State> atLast = new ConcurrentLinkedQueue<>();
        process.watch(call -> {
            if (call.equals("append _strandline/checkpoints-visits--by-start")) {
                atLast.add(running.status().state());
            }
        });
        await(running.close());
        assertThat(atLast).containsExactly(State.RUNNING);
        awaitTrue(process, "it has stopped", () -> heard.size() > 1);
        assertThat(states()).containsExactly(State.RUNNING, State.STOPPED);
        assertThat(heard).allSatisfy(each -> assertThat(each.cause()).isNull());
    }

    @Test
    void a_stage_that_stops_by_itself_stops_all_with_its_cause() {
        MemoryStrandline process = fixture.open();
        RunningPipeline running = await(fixture.deploy(
                process,
                StagedVersions.version(1, event -> {
                    throw new IllegalStateException("cannot read " + event);
                }),
                versions.options().setFailurePolicy(FailurePolicy.FAIL).setMaxAttempts(1)));
        listen(process, running);
        versions.append(1);
        assertThatThrownBy(() -> await(running.ended())).hasMessageContaining("cannot read");
        awaitTrue(process, "it has stopped", () -> heard.size() > 1);
        assertThat(states()).containsExactly(State.RUNNING, State.STOPPED);
        assertThat(heard.stream().reduce((first, second) -> second))
                .hasValueSatisfying(last -> assertThat(last.cause()).hasMessageContaining("cannot read"));
    }
}
