package io.strandline.processing.pipeline;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a deployed pipeline is, and how its tasks do.
 *
 * @param name of the pipeline
 * @param version of the pipeline
 * @param topology its operators
 * @param status what it does
 * @param tasks one for each partition that is read, of all stages
 */
public record PipelineDescription(
        String name, int version, Topology topology, PipelineStatus status, List<Task> tasks) {

    public PipelineDescription {
        tasks = List.copyOf(tasks);
    }

    /**
     * A task. Rates and shares are of the time since {@link RunningPipeline#describe} was called before, or since the task began.
     *
     * @param stage name of its stage, which is the pipeline's name for the first one
     * @param partition that it reads
     * @param offset of its next event
     * @param lag number of events of its partition that it has not processed yet
     * @param lagMillis time from the stamp of its last event until now, 0 without lag
     * @param watermark in milliseconds since the epoch, {@link Long#MIN_VALUE} before the first event
     * @param events number of events since it began, those that were passed over included
     * @param outputs number of outputs since it began, those that the log had already included, and those that a handler has not completed for excluded
     * @param eventsPerSecond rate of events
     * @param outputsPerSecond rate of outputs
     * @param busyShare estimated share of the time in which it has run steps, 0 to 1: one step in {@value #SAMPLED} is measured
     * @param heldShare share of the time in which it may not read, for one of the reasons of {@link Hold}
     * @param hold what holds it back now
     * @param waitsFor name of the stage that lags too far if it is braked, and the table with the number of its events that are read if
     *     it waits for one. Null if it waits for no other stage
     * @param checkpointAgeMillis time since the stage's last checkpoint was durable, or was found to be still true, in milliseconds.
     *     Before the first one of a run it counts from the beginning of the run
     * @param operators what its operators have done, in their order in the stage
     */
    public record Task(
            String stage,
            long partition,
            long offset,
            long lag,
            long lagMillis,
            long watermark,
            long events,
            long outputs,
            double eventsPerSecond,
            double outputsPerSecond,
            double busyShare,
            double heldShare,
            Hold hold,
            @Nullable String waitsFor,
            long checkpointAgeMillis,
            List<OperatorLoad> operators) {

        /** One step in so many is measured. */
        public static final int SAMPLED = 64;

        public Task {
            operators = List.copyOf(operators);
        }

        private JsonObject toJson() {
            return new JsonObject()
                    .put("stage", stage)
                    .put("partition", partition)
                    .put("offset", offset)
                    .put("lag", lag)
                    .put("lagMillis", lagMillis)
                    .put("watermark", watermark == Long.MIN_VALUE ? null : watermark)
                    .put("events", events)
                    .put("outputs", outputs)
                    .put("eventsPerSecond", eventsPerSecond)
                    .put("outputsPerSecond", outputsPerSecond)
                    .put("busyShare", busyShare)
                    .put("heldShare", heldShare)
                    .put("hold", hold.name())
                    .put("waitsFor", waitsFor)
                    .put("checkpointAgeMillis", checkpointAgeMillis)
                    .put(
                            "operators",
                            new JsonArray(
                                    operators.stream().map(OperatorLoad::toJson).toList()));
        }

        private String toText() {
            return String.format(
                    Locale.ROOT,
                    "%s partition %d: offset %d, lag %d events and %.1f s, watermark %s, %.0f events/s in, %.0f/s out,"
                            + " busy %.0f %%, held back %.0f %%%s, checkpoint %.1f s ago%n",
                    stage,
                    partition,
                    offset,
                    lag,
                    lagMillis / 1_000.0,
                    watermark == Long.MIN_VALUE ? "none" : Instant.ofEpochMilli(watermark),
                    eventsPerSecond,
                    outputsPerSecond,
                    busyShare * 100,
                    heldShare * 100,
                    hold == Hold.NONE ? "" : ", now " + hold + (waitsFor == null ? "" : ", waits for " + waitsFor),
                    checkpointAgeMillis / 1_000.0);
        }
    }

    /** What holds a task back: the first of these that applies. */
    public enum Hold {
        /** Nothing: it does a step as soon as there is one to do. */
        NONE,
        /** The pipeline is paused, by a call or by a failure. */
        PAUSED,
        /** A table is loaded that its events are joined with ({@link KeyedTable#asItComes}). */
        TABLE,
        /** A stage after this one lags too far ({@link PipelineOptions#getMaxShuffleLag}). */
        BRAKED,
        /** The stages come to a standstill, one after the other, for a checkpoint that has a name or for a switch. */
        DRAINED,
        /** A step has failed and is to be tried again, or is being decided about. */
        STEP,
        /** A tick must become durable, which is its next step. */
        TICK,
        /**
         * It has done as many steps since the last checkpoint as a replay may have ({@link PipelineOptions#getMaxReplayEvents}), or a
         * checkpoint must make room for state first ({@link PipelineOptions#getMaxStateBytes}).
         */
        CHECKPOINT,
        /**
         * Outputs must become durable ({@link PipelineOptions#getWriteQueueBytes}), or be handled ({@link
         * PipelineOptions#getMaxHandlerCalls}).
         */
        OUTPUTS,
        /** It does no step any more. */
        OVER
    }

    /**
     * What an operator of a task has done since the task began. Attempts at a step that failed count too, and so do the steps that a
     * restart does again. Rates are of the same time as those of the task.
     *
     * @param label of the operator, as in the topology
     * @param in number of events that came to it, from all its inputs
     * @param out number of events that it passed on
     * @param inPerSecond rate of the events that came
     * @param outPerSecond rate of the events that it passed on
     * @param busyShare estimated share of the time in which it has worked, 0 to 1, without the operators that it passes events on to:
     *     one step in {@value Task#SAMPLED} is measured. A sink has the encoding of its outputs. What a step does besides is the
     *     first operator's, so all of them together are as busy as their task
     * @param heldShare share of the time in which the task might not read because of this operator, 0 to 1: a sink, shuffle or
     *     handler whose outputs had to become durable or be handled, a shuffle whose stage after it lagged, a join whose table was
     *     loaded. If several of a stage may be the cause, each has the time. What concerns the whole stage, as a pause or a checkpoint, is
     *     the first operator's
     */
    public record OperatorLoad(
            String label,
            long in,
            long out,
            double inPerSecond,
            double outPerSecond,
            double busyShare,
            double heldShare) {

        private OperatorLoad plus(OperatorLoad other) {
            return new OperatorLoad(
                    label,
                    in + other.in,
                    out + other.out,
                    inPerSecond + other.inPerSecond,
                    outPerSecond + other.outPerSecond,
                    busyShare + other.busyShare,
                    heldShare + other.heldShare);
        }

        /** With the mean of the shares of so many tasks. */
        private OperatorLoad of(long tasks) {
            return new OperatorLoad(label, in, out, inPerSecond, outPerSecond, busyShare / tasks, heldShare / tasks);
        }

        private JsonObject toJson() {
            return new JsonObject()
                    .put("label", label)
                    .put("in", in)
                    .put("out", out)
                    .put("inPerSecond", inPerSecond)
                    .put("outPerSecond", outPerSecond)
                    .put("busyShare", busyShare)
                    .put("heldShare", heldShare);
        }

        private String toText() {
            return String.format(
                    Locale.ROOT,
                    "%s: %d events in (%.0f/s), %d out (%.0f/s), busy %.1f %%, held back %.1f %%%n",
                    label,
                    in,
                    inPerSecond,
                    out,
                    outPerSecond,
                    busyShare * 100,
                    heldShare * 100);
        }
    }

    /**
     * What the operators of a stage have done, in all its tasks together, in their order in the stage. Empty if it has no task. Shares are
     * the mean of those of the tasks.
     *
     * @param stage its name
     */
    public List<OperatorLoad> operators(String stage) {
        List<OperatorLoad> all = new ArrayList<>();
        for (Task task : tasks) {
            if (task.stage().equals(stage)) {
                for (int i = 0; i < task.operators().size(); i++) {
                    OperatorLoad more = task.operators().get(i);
                    if (i == all.size()) {
                        all.add(more);
                    } else {
                        all.set(i, all.get(i).plus(more));
                    }
                }
            }
        }
        long count = tasks.stream().filter(task -> task.stage().equals(stage)).count();
        all.replaceAll(operator -> operator.of(count));
        return all;
    }

    /** Time since the checkpoint of the stage whose last one is oldest, in milliseconds, 0 without a task. */
    public long checkpointAgeMillis() {
        return tasks.stream().mapToLong(Task::checkpointAgeMillis).max().orElse(0);
    }

    /** Events that are not yet processed, of all tasks. */
    public long lag() {
        return tasks.stream().mapToLong(Task::lag).sum();
    }

    /** The status, the operators as {@link Topology#toText}, a line for each task, and for each stage a line for each operator. */
    public String toText() {
        StringBuilder text = new StringBuilder(name + " v" + version + ", " + status.state() + '\n');
        Throwable cause = status.cause();
        if (cause != null) {
            text.append(cause.getMessage()).append('\n');
        }
        text.append(topology.toText());
        tasks.forEach(task -> text.append(task.toText()));
        for (Topology stage : topology.stages()) {
            operators(stage.name())
                    .forEach(operator -> text.append(stage.name()).append(' ').append(operator.toText()));
        }
        return text.toString();
    }

    /**
     * The operators as {@link Topology#toMermaid}, with a note of rate, lag, what holds a task back, and which operator is the busiest
     * at the first operator of each stage.
     */
    public String toMermaid() {
        StringBuilder chart = new StringBuilder(topology.toMermaid());
        List<Topology> stages = topology.stages();
        for (int i = 0; i < stages.size(); i++) {
            String name = stages.get(i).name();
            List<Task> ofStage =
                    tasks.stream().filter(task -> task.stage().equals(name)).toList();
            chart.append(String.format(
                    Locale.ROOT,
                    "    %sload[\"%.0f events/s, lag %d%s%s\"] -.- %s\n",
                    stages.size() == 1 ? "" : "s" + i,
                    ofStage.stream().mapToDouble(Task::eventsPerSecond).sum(),
                    ofStage.stream().mapToLong(Task::lag).sum(),
                    holds(ofStage),
                    busiest(name),
                    topology.firstNode(i)));
        }
        return chart.toString();
    }

    private String busiest(String stage) {
        return operators(stage).stream()
                .max(Comparator.comparingDouble(OperatorLoad::busyShare))
                .filter(operator -> operator.busyShare() > 0)
                .map(operator ->
                        String.format(Locale.ROOT, ", %s busy %.0f %%", operator.label(), operator.busyShare() * 100))
                .orElse("");
    }

    private static String holds(List<Task> tasks) {
        return tasks.stream()
                .filter(task -> task.hold() != Hold.NONE)
                .map(task -> ", " + task.hold() + (task.waitsFor() == null ? "" : " by " + task.waitsFor()))
                .distinct()
                .collect(Collectors.joining());
    }

    /** An object with {@code name}, {@code version}, {@code state}, {@code cause}, {@code operators} and {@code tasks}. */
    public JsonObject toJson() {
        JsonArray all = new JsonArray();
        tasks.forEach(task -> all.add(task.toJson()));
        @Nullable Throwable cause = status.cause();
        return new JsonObject()
                .put("name", name)
                .put("version", version)
                .put("state", status.state().name())
                .put("cause", cause == null ? null : cause.getMessage())
                .put("operators", topology.toJson())
                .put("tasks", all);
    }
}
