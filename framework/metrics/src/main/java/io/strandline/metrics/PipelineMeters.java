package io.strandline.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.PipelineDescription;
import io.strandline.processing.pipeline.PipelineDescription.Task;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** The meters of a pipeline, as of the last look. */
final class PipelineMeters {

    private final MeterSet<PipelineMeters> meters;
    private final AtomicReference<Seen> seen = new AtomicReference<>(new Seen(List.of(), new Totals(0, 0, Map.of())));
    private volatile RunningPipeline running;

    PipelineMeters(MeterRegistry registry, String pipeline, RunningPipeline running) {
        this.running = running;
        this.meters = new MeterSet<>(registry, Tags.of("pipeline", pipeline), this);
    }

    /** A task, of one stage and one partition. */
    private record Place(String stage, long partition) {}

    /** What a task has done since it began. */
    private record Done(long events, long outputs) {
        static final Done NOTHING = new Done(0, 0);
    }

    /**
     * What was done since the pipeline is watched. Tasks come and go, and count from their own beginning.
     *
     * @param tasks what each had done when it was looked at last
     */
    private record Totals(long events, long outputs, Map<Place, Done> tasks) {

        Totals with(List<Task> now) {
            long moreEvents = events;
            long moreOutputs = outputs;
            Map<Place, Done> next = new HashMap<>();
            for (Task task : now) {
                Place place = new Place(task.stage(), task.partition());
                Done known = tasks.getOrDefault(place, Done.NOTHING);
                // A task that began since the last look has counted from 0.
                boolean isOther = task.events() < known.events() || task.outputs() < known.outputs();
                Done before = isOther ? Done.NOTHING : known;
                moreEvents += task.events() - before.events();
                moreOutputs += task.outputs() - before.outputs();
                next.put(place, new Done(task.events(), task.outputs()));
            }
            return new Totals(moreEvents, moreOutputs, next);
        }
    }

    /** @param tasks as of the last look, none if the pipeline did not answer */
    private record Seen(List<Task> tasks, Totals totals) {}

    void register() {
        meters.gauge("pipeline.lag", "events", "events that the pipeline has not processed", of -> of.sum(Task::lag));
        meters.seconds(
                "pipeline.lag.age",
                "time since the last processed event of the task that lags longest",
                of -> of.max(Task::lagMillis),
                TimeUnit.MILLISECONDS);
        meters.counter("pipeline.events", "events", "events that were processed", of -> of.totals()
                .events());
        meters.counter(
                "pipeline.outputs", "events", "outputs", of -> of.totals().outputs());
        meters.counter("pipeline.late", "events", "events too late for their windows", of -> of.running.lateEvents());
        meters.gauge("pipeline.busy", "share of the time in steps, of the busiest task", of -> of.max(Task::busyShare));
        meters.gauge(
                "pipeline.held",
                "share of the time in which it may not read, of the task that is held back most",
                of -> of.max(Task::heldShare));
        meters.gauge("pipeline.paused", "1 if it processes nothing: paused, failed or stopped", PipelineMeters::paused);
        meters.seconds(
                "pipeline.checkpoint.age",
                "time since the last checkpoint of the stage where that is longest ago",
                of -> of.max(Task::checkpointAgeMillis),
                TimeUnit.MILLISECONDS);
        meters.seconds(
                "pipeline.checkpoint.duration",
                "how long the newest checkpoint took",
                of -> of.running.statistics().lastMillis(),
                TimeUnit.MILLISECONDS);
        meters.seconds(
                "pipeline.checkpoint.pause",
                "how long a checkpoint holds a task, the 99th percentile of this run",
                of -> of.running.statistics().pauses().p99Nanos(),
                TimeUnit.NANOSECONDS);
        meters.seconds(
                "pipeline.checkpoint.pause.longest",
                "the longest time of this run that a checkpoint held a task",
                of -> of.running.statistics().pauses().longestNanos(),
                TimeUnit.NANOSECONDS);
        meters.gauge("pipeline.state", "bytes", "state in the newest checkpoint", PipelineMeters::stateBytes);
    }

    private Totals totals() {
        return current().totals();
    }

    private Seen current() {
        return Objects.requireNonNull(seen.get());
    }

    private double sum(ToLongFunction<Task> value) {
        List<Task> tasks = current().tasks();
        return tasks.isEmpty() ? Double.NaN : tasks.stream().mapToLong(value).sum();
    }

    private double max(ToDoubleFunction<Task> value) {
        return current().tasks().stream().mapToDouble(value).max().orElse(Double.NaN);
    }

    private double paused() {
        return running.status().state() == PipelineStatus.State.RUNNING ? 0 : 1;
    }

    private double stateBytes() {
        Checkpoint last = running.statistics().last();
        return last == null ? 0 : last.bytes();
    }

    /** Shows another run of the pipeline from now on. */
    void follow(RunningPipeline now) {
        running = now;
        seen.updateAndGet(before -> new Seen(
                List.of(), new Totals(before.totals().events(), before.totals().outputs(), Map.of())));
    }

    Future<Void> look() {
        RunningPipeline asked = running;
        return asked.describe()
                .map(PipelineDescription::tasks)
                .onSuccess(tasks -> {
                    if (running == asked) {
                        seen.updateAndGet(
                                before -> new Seen(tasks, before.totals().with(tasks)));
                    }
                })
                .onFailure(away -> seen.updateAndGet(before -> new Seen(List.of(), before.totals())))
                .mapEmpty();
    }

    void remove() {
        meters.remove();
    }
}
