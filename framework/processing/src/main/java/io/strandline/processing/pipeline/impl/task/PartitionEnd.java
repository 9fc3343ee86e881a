package io.strandline.processing.pipeline.impl.task;

import io.strandline.PartitionDescription;
import io.strandline.processing.pipeline.impl.operator.Operators;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The end of a sealed partition, when all its events were processed. Its state goes on elsewhere.
 *
 * <pre>
 *   come ──▶ the tasks of the next stage are told which tasks go on with the keys ──▶ ended, the owner takes the final checkpoint
 *            (a step, the last)
 * </pre>
 *
 * <p>Belongs to the task's context.
 */
final class PartitionEnd {

    private final RunSetting run;
    private final TaskPlace place;
    private final TaskGate gate;
    private final TaskLife life;
    private final Operators operators;
    private final TaskSteps steps;
    private final StepFailures failures;
    private final Runnable ended;
    private final Consumer<Throwable> failed;
    private boolean asking;

    /**
     * Looks at nothing yet.
     *
     * @param ended is told once, when nothing is left to do but the final checkpoint
     * @param failed is told why the successors are not known
     */
    PartitionEnd(
            TaskSetting task,
            TaskGate gate,
            TaskSteps steps,
            StepFailures failures,
            Runnable ended,
            Consumer<Throwable> failed) {
        this.run = task.run();
        this.place = task.place();
        this.life = task.life();
        this.operators = task.operators();
        this.gate = gate;
        this.steps = steps;
        this.failures = failures;
        this.ended = ended;
        this.failed = failed;
    }

    /** Ends if the task has come to the end and may tell it. It is called again when the task goes on. */
    void endIfReached() {
        if (life.isAtEnd() && gate.mayEnd()) {
            come();
        }
    }

    private void come() {
        failures.releaseAtEnd(key -> true);
        if (operators.isEndToBeTold()) {
            tell();
        } else if (!life.hasEnded()) {
            life.end();
            ended.run();
        }
    }

    /** Names the successors to the tasks of the next stage. The log knows them for good. */
    private void tell() {
        if (asking) {
            return;
        }
        asking = true;
        new SealedSource(run, gate::isOver)
                .describe(() -> Map.of(place.partition(), place.offset()))
                .onComplete((described, cause) -> {
                    asking = false;
                    if (gate.isOver() || gate.isHeldUp()) {
                        return; // it is asked again when the task goes on
                    }
                    if (cause != null) {
                        failed.accept(cause);
                    } else {
                        tell(described.successors(place.partition()));
                    }
                });
    }

    private void tell(List<PartitionDescription> successors) {
        if (steps.end(successors.stream().map(PartitionDescription::id).toList())) {
            come();
        }
    }
}
