package io.strandline.processing.pipeline;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
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
     * @param outputs number of outputs since it began, those that the log had already included
     * @param eventsPerSecond rate of events
     * @param outputsPerSecond rate of outputs
     * @param busyShare estimated share of the time in which it has run steps, 0 to 1: one step in {@value #SAMPLED} is measured
     * @param heldShare share of the time in which it may not read: outputs or a checkpoint must become durable first, a step has
     *     failed, the pipeline is paused, or a stage after it lags too far
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
            double heldShare) {

        /** One step in so many is measured. */
        public static final int SAMPLED = 64;

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
                    .put("heldShare", heldShare);
        }

        private String toText() {
            return String.format(
                    Locale.ROOT,
                    "%s partition %d: offset %d, lag %d events and %.1f s, %.0f events/s in, %.0f/s out, busy %.0f %%, held back"
                            + " %.0f %%%n",
                    stage,
                    partition,
                    offset,
                    lag,
                    lagMillis / 1_000.0,
                    eventsPerSecond,
                    outputsPerSecond,
                    busyShare * 100,
                    heldShare * 100);
        }
    }

    /** Events that are not yet processed, of all tasks. */
    public long lag() {
        return tasks.stream().mapToLong(Task::lag).sum();
    }

    /** The status, the operators as {@link Topology#toText}, and a line for each task. */
    public String toText() {
        StringBuilder text = new StringBuilder(name + " v" + version + ", " + status.state() + '\n');
        Throwable cause = status.cause();
        if (cause != null) {
            text.append(cause.getMessage()).append('\n');
        }
        text.append(topology.toText());
        tasks.forEach(task -> text.append(task.toText()));
        return text.toString();
    }

    /** The operators as {@link Topology#toMermaid}, with a note of rate and lag at the first operator of each stage. */
    public String toMermaid() {
        StringBuilder chart = new StringBuilder(topology.toMermaid());
        List<Topology> stages = topology.stages();
        for (int i = 0; i < stages.size(); i++) {
            String name = stages.get(i).name();
            List<Task> ofStage =
                    tasks.stream().filter(task -> task.stage().equals(name)).toList();
            chart.append(String.format(
                    Locale.ROOT,
                    "    %sload[\"%.0f events/s, lag %d\"] -.- %s\n",
                    stages.size() == 1 ? "" : "s" + i,
                    ofStage.stream().mapToDouble(Task::eventsPerSecond).sum(),
                    ofStage.stream().mapToLong(Task::lag).sum(),
                    topology.firstNode(i)));
        }
        return chart.toString();
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
