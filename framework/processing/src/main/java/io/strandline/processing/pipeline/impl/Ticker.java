package io.strandline.processing.pipeline.impl;

import io.strandline.StreamCut;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick.TaskTick;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog;
import io.strandline.processing.pipeline.impl.handover.TaskSet;
import io.strandline.processing.pipeline.impl.task.RunSetting;
import io.strandline.processing.pipeline.impl.task.TaskVerticle;
import io.strandline.processing.pipeline.impl.task.TickOffers;
import io.strandline.processing.pipeline.impl.task.TickWish;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the tasks of a run the time, if that would have something done: a timer of the clock is due, or a result waits for an event
 * that a silent partition does not bring. Most of the time there is nothing to do, so an idle pipeline appends nothing.
 *
 * <pre>
 *   ask every task ──▶ hold those that want it ──▶ append the tick ──▶ it is their next step
 *                      between two steps           and wait until
 *                                                  it is durable
 * </pre>
 *
 * Belongs to the context of the run.
 */
final class Ticker {

    /** Tasks that one tick may concern: its event stays below a quarter of what a batch may be. */
    private static final int MAX_TASKS = 5_000;

    /** The time of a tick that leaves the clock of a task alone, which never goes back. */
    private static final long AS_BEFORE = 0;

    private final RunSetting run;
    private final TaskSet tasks;
    private final TickLog log;
    private final TimeSource time;
    private final Consumer<Throwable> failed;
    private @Nullable Future<Void> running;

    /** Where the time comes from. */
    interface TimeSource {

        TimeSource SYSTEM = new TimeSource() {

            @Override
            public long millis() {
                return System.currentTimeMillis();
            }

            @Override
            public long nanos() {
                return System.nanoTime();
            }
        };

        /** Milliseconds since the epoch. */
        long millis();

        /** For durations. */
        long nanos();
    }

    /**
     * A task that waits for a tick.
     *
     * @param tick null if it does not
     */
    private record Held(TaskVerticle task, @Nullable TaskTick tick) {}

    /** A task that tells those of the next stage how far event time has come, up to a time at least. */
    private record Untold(TaskVerticle task, long watermark) {}

    /** @param failed takes the cause of a tick that could not be made: tasks may wait for it */
    Ticker(RunSetting run, TaskSet tasks, TickLog log, TimeSource time, Consumer<Throwable> failed) {
        this.run = run;
        this.tasks = tasks;
        this.log = log;
        this.time = time;
        this.failed = failed;
    }

    /** Makes a tick if a task wants one and none is being made. Completes when it is durable. */
    Future<Void> tick() {
        return running == null ? one(this::makeTick) : Future.succeededFuture();
    }

    /**
     * Has the tasks tell those of the next stage how far event time has come now, if they have come farther than they told. A task that
     * can take no tick for now is waited for: one that is paused or braked, that repeats steps, or that ends windows. Completes when
     * all have told, and fails with the cause if a failure pauses the tasks meanwhile.
     */
    Future<Void> tell() {
        List<TaskVerticle> reading = tasks.reading();
        return Future.all(reading.stream()
                        .map(task -> task.offer(TickOffers::watermarkToTell))
                        .toList())
                .compose(watermarks -> {
                    List<Untold> untold = new ArrayList<>();
                    for (int i = 0; i < reading.size(); i++) {
                        untold.add(new Untold(reading.get(i), watermarks.resultAt(i)));
                    }
                    return tell(untold);
                });
    }

    /** A round has most of them tell. Those that were busy again when they were to be held are asked in the next. */
    private Future<Void> tell(List<Untold> asked) {
        return Future.all(asked.stream()
                        .map(each -> each.task().offer(offers -> offers.canTell(each.watermark())))
                        .toList())
                .compose(can -> {
                    List<Untold> untold = new ArrayList<>();
                    for (int i = 0; i < asked.size(); i++) {
                        if (can.<Boolean>resultAt(i)) {
                            untold.add(asked.get(i));
                        }
                    }
                    return untold.isEmpty()
                            ? Future.succeededFuture()
                            : afterTick(() -> makeTelling(untold)).compose(told -> tell(untold));
                });
    }

    /** One tick at a time is made. */
    private Future<Void> afterTick(Supplier<Future<Void>> tick) {
        Future<Void> before = running;
        return before == null ? one(tick) : before.transform(done -> afterTick(tick));
    }

    private Future<Void> one(Supplier<Future<Void>> tick) {
        Future<Void> made = tick.get().onComplete(done -> running = null).onFailure(failed::accept);
        if (!made.isComplete()) {
            running = made;
        }
        return made;
    }

    /** The clock stays where it is, so that nothing else becomes due. */
    private Future<Void> makeTelling(List<Untold> untold) {
        return Future.all(untold.stream()
                        .limit(MAX_TASKS)
                        .map(Untold::task)
                        .map(task -> task.offer(TickOffers::holdToTell).map(tick -> new Held(task, tick)))
                        .toList())
                .compose(held -> append(AS_BEFORE, held.list()));
    }

    private Future<Void> makeTick() {
        long now = time.millis();
        long nanoTime = time.nanos();
        List<TaskVerticle> reading = tasks.reading();
        long silenceNanos = silenceNanos(run.options().getSilenceMillis());
        return Future.all(reading.stream()
                        .map(task -> task.offer(offers -> offers.wish(now, nanoTime, silenceNanos)))
                        .toList())
                .compose(all -> hold(now, reading, all.list()))
                .compose(held -> append(now, held));
    }

    private static long silenceNanos(long silenceMillis) {
        return silenceMillis == PipelineOptions.NEVER_SILENT ? Long.MAX_VALUE : silenceMillis * 1_000_000;
    }

    private Future<List<Held>> hold(long now, List<TaskVerticle> reading, List<TickWish> wishes) {
        List<TaskVerticle> wanting = new ArrayList<>();
        List<Long> quietAt = new ArrayList<>();
        for (int i = 0; i < reading.size(); i++) {
            if (wishes.get(i).isWanted() && wanting.size() < MAX_TASKS) {
                wanting.add(reading.get(i));
                quietAt.add(wishes.get(i).quietAt());
            }
        }
        if (wanting.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        return sourceEnd(quietAt).compose(end -> {
            List<Future<Held>> held = new ArrayList<>();
            for (int i = 0; i < wanting.size(); i++) {
                TaskVerticle task = wanting.get(i);
                long silentAt = silentAt(end, task, quietAt.get(i));
                held.add(task.offer(offers -> offers.hold(now, silentAt)).map(tick -> new Held(task, tick)));
            }
            return Future.all(held).map(all -> all.<Held>list());
        });
    }

    /** A partition that cannot be read is quiet too, but it is not silent: only its end tells. */
    private Future<@Nullable StreamCut> sourceEnd(List<Long> quietAt) {
        if (quietAt.stream().allMatch(offset -> offset == TickWish.BUSY)) {
            return Future.succeededFuture();
        }
        return run.log()
                .catalog()
                .endCut(run.pipeline().source().toString())
                .map(end -> (@Nullable StreamCut) end)
                .otherwise(away -> null);
    }

    private static long silentAt(@Nullable StreamCut end, TaskVerticle task, long quietAt) {
        Long last = end == null ? null : end.offsets().get(task.partitionId());
        return last != null && last == quietAt ? quietAt : TickWish.BUSY;
    }

    private Future<Void> append(long now, List<Held> asked) {
        List<Held> held = asked.stream().filter(each -> each.tick() != null).toList();
        if (held.isEmpty()) {
            return Future.succeededFuture();
        }
        SortedMap<Long, TaskTick> steps = new TreeMap<>();
        for (Held each : held) {
            TaskTick tick = each.tick();
            if (tick != null) {
                steps.put(each.task().partitionId(), tick);
            }
        }
        return log.append(new Tick(run.pipeline().version(), now, steps))
                .onSuccess(durable -> held.forEach(each -> {
                    TaskTick tick = each.tick();
                    if (tick != null) {
                        each.task().tick(now, tick);
                    }
                }));
    }
}
