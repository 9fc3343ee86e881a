package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineDescription.OperatorLoad;
import io.strandline.processing.pipeline.PipelineDescription.Task;
import io.strandline.processing.pipeline.impl.operator.Operators;
import io.strandline.processing.pipeline.impl.operator.PassedEvents;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much a task does. Measures one step in {@value Task#SAMPLED}, because the clock costs as much as a small step.
 *
 * <p>Belongs to the task's context.
 */
final class TaskLoad {

    private final long firstOffset;
    private long busyNanos;
    private long heldNanos;
    private long heldSince;
    private boolean held;

    private long stepBegan;

    private long sampledAt;
    private long sampledEvents;
    private long sampledOutputs;
    private long sampledBusy;
    private long sampledHeld;
    /** Of each operator, events in and then events out. */
    private long[] sampledPassed = {};

    TaskLoad(long firstOffset, long nanoTime) {
        this.firstOffset = firstOffset;
        this.sampledAt = nanoTime;
    }

    static boolean isMeasured(long step) {
        return step % Task.SAMPLED == 0;
    }

    void stepBegins(long nanoTime) {
        stepBegan = nanoTime;
    }

    void stepEnds(long nanoTime) {
        busyNanos += (nanoTime - stepBegan) * Task.SAMPLED;
    }

    /** The task may not read, or may again. */
    void held(boolean isHeld) {
        if (isHeld != held) {
            long now = System.nanoTime();
            if (held) {
                heldNanos += now - heldSince;
            }
            heldSince = now;
            held = isHeld;
        }
    }

    /**
     * What is asked of a task, and when.
     *
     * @param stage name of its stage
     * @param end offset after the last event of its partition
     * @param nowMillis in milliseconds since the epoch
     * @param checkpointAgeMillis see {@link Task#checkpointAgeMillis}
     * @param nanoTime for durations
     */
    record Asked(String stage, long end, long nowMillis, long checkpointAgeMillis, long nanoTime) {}

    /**
     * How the task does. Rates and shares are of the time since this was called last.
     *
     * @param outputs since it began, in number
     * @param hold what holds it up
     * @param waitsFor the stage for which it waits, or null
     */
    Task describe(
            Asked asked, TaskPlace place, Operators operators, long outputs, Hold hold, @Nullable String waitsFor) {
        long offset = place.offset();
        Rates rates = since(offset, outputs, operators.passed(), asked.nanoTime());
        long lag = Math.max(0, asked.end() - offset);
        long clock = operators.clock();
        return new Task(
                asked.stage(),
                place.partition(),
                offset,
                lag,
                lag == 0 || clock == 0 ? 0 : Math.max(0, asked.nowMillis() - clock),
                operators.watermark(),
                rates.events(),
                outputs,
                rates.eventsPerSecond(),
                rates.outputsPerSecond(),
                rates.busyShare(),
                rates.heldShare(),
                hold,
                waitsFor,
                asked.checkpointAgeMillis(),
                rates.operators());
    }

    /**
     * What the task has done.
     *
     * @param events since it began, in number
     */
    private record Rates(
            long events,
            double eventsPerSecond,
            double outputsPerSecond,
            double busyShare,
            double heldShare,
            List<OperatorLoad> operators) {}

    private Rates since(long offset, long outputs, PassedEvents passed, long nanoTime) {
        long events = offset - firstOffset;
        long heldNow = heldNanos + (held ? nanoTime - heldSince : 0);
        double nanos = Math.max(1, nanoTime - sampledAt);
        Rates rates = new Rates(
                events,
                (events - sampledEvents) * 1e9 / nanos,
                (outputs - sampledOutputs) * 1e9 / nanos,
                Math.min(1, (busyNanos - sampledBusy) / nanos),
                Math.min(1, (heldNow - sampledHeld) / nanos),
                operators(passed, nanos));
        sampledAt = nanoTime;
        sampledEvents = events;
        sampledOutputs = outputs;
        sampledBusy = busyNanos;
        sampledHeld = heldNow;
        return rates;
    }

    private List<OperatorLoad> operators(PassedEvents passed, double nanos) {
        long[] now = passed.inAndOut();
        long[] before = sampledPassed.length == now.length ? sampledPassed : new long[now.length];
        List<OperatorLoad> operators = new ArrayList<>();
        for (int i = 0; i < now.length; i += 2) {
            operators.add(new OperatorLoad(
                    passed.label(i / 2),
                    now[i],
                    now[i + 1],
                    (now[i] - before[i]) * 1e9 / nanos,
                    (now[i + 1] - before[i + 1]) * 1e9 / nanos));
        }
        sampledPassed = now;
        return operators;
    }
}
