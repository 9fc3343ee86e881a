package io.strandline.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.spi.LogPort;
import io.strandline.spi.watch.DoorStatistics;
import io.strandline.spi.watch.ShardStatistics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Meters of a log that is open in this JVM, and of the reader groups and pipelines that are named to it. Every {@link
 * MetricsOptions#getIntervalMillis} it asks each of them, and between these moments the meters stay. No append and no read pays for
 * it.
 *
 * <table>
 *   <caption>Meters of each shard, with the tag {@code shard}</caption>
 *   <tr><th>name</th><th>kind, unit</th><th>meaning</th></tr>
 *   <tr><td>{@code strandline.journal.force}</td><td>timer</td><td>forces of the journal</td></tr>
 *   <tr><td>{@code strandline.journal.force.recent.max}</td><td>gauge, seconds</td><td>the longest of the last half minute to minute</td></tr>
 *   <tr><td>{@code strandline.journal.forced}</td><td>counter, bytes</td><td>what they made durable</td></tr>
 *   <tr><td>{@code strandline.journal.unforced}</td><td>gauge, bytes</td><td>what waits for a force</td></tr>
 *   <tr><td>{@code strandline.journal.files}</td><td>gauge</td><td>journal files that are needed</td></tr>
 *   <tr><td>{@code strandline.checkpoint.age}</td><td>gauge, seconds</td><td>time since the newest journal checkpoint</td></tr>
 *   <tr><td>{@code strandline.shard.recoveries}</td><td>counter</td><td>recoveries, the opening included</td></tr>
 *   <tr><td>{@code strandline.shard.recovery}</td><td>gauge, seconds</td><td>how long the newest recovery took</td></tr>
 *   <tr><td>{@code strandline.shard.up}</td><td>gauge</td><td>1 if the shard answered the last time, else 0</td></tr>
 *   <tr><td>{@code strandline.shard.full}</td><td>gauge</td><td>1 if it has no room for events and refuses appends, else 0</td></tr>
 *   <tr><td>{@code strandline.partition.count}</td><td>gauge</td><td>partitions</td></tr>
 *   <tr><td>{@code strandline.events.appended}</td><td>counter</td><td>events that were ever appended</td></tr>
 *   <tr><td>{@code strandline.events.stored}</td><td>gauge</td><td>events that were not removed</td></tr>
 *   <tr><td>{@code strandline.tail.size}</td><td>gauge, bytes</td><td>events in memory that are in no chunk yet</td></tr>
 *   <tr><td>{@code strandline.chunk.count}</td><td>gauge</td><td>chunk files</td></tr>
 *   <tr><td>{@code strandline.chunk.size}</td><td>gauge, bytes</td><td>their length</td></tr>
 *   <tr><td>{@code strandline.chunk.dead}</td><td>gauge, bytes</td><td>what nothing in them needs any more</td></tr>
 * </table>
 *
 * <table>
 *   <caption>Meters of the disk of the log, which others may use too</caption>
 *   <tr><th>name</th><th>kind, unit</th><th>meaning</th></tr>
 *   <tr><td>{@code strandline.disk.free}</td><td>gauge, bytes</td><td>what can still be written</td></tr>
 *   <tr><td>{@code strandline.disk.size}</td><td>gauge, bytes</td><td>its size</td></tr>
 * </table>
 *
 * <table>
 *   <caption>Meters of the doors that are watched, with the tag {@code door}: {@code tcp}, {@code rest}, {@code bus}</caption>
 *   <tr><th>name</th><th>kind, unit</th><th>meaning</th></tr>
 *   <tr><td>{@code strandline.door.connections}</td><td>gauge</td><td>connections of clients</td></tr>
 *   <tr><td>{@code strandline.door.streams}</td><td>gauge</td><td>what stays open: streams, open appends and long polls over REST, waiting reads over
 *       TCP, subscriptions of the event bus</td></tr>
 *   <tr><td>{@code strandline.door.overloaded}</td><td>counter, answers</td><td>requests and connections refused as Overloaded</td></tr>
 *   <tr><td>{@code strandline.door.refused}</td><td>counter, callers</td><td>callers whose credentials were missing or not valid</td></tr>
 *   <tr><td>{@code strandline.door.audit.dropped}</td><td>counter, entries</td><td>entries of the audit trail that the log did not take</td></tr>
 * </table>
 *
 * <table>
 *   <caption>Meters of each stream, with the tag {@code stream}, and of its open partitions if the options say so, with {@code
 *   partition} too</caption>
 *   <tr><th>name</th><th>kind, unit</th><th>meaning</th></tr>
 *   <tr><td>{@code strandline.stream.appended}</td><td>counter, events</td><td>what was appended to its partitions</td></tr>
 *   <tr><td>{@code strandline.stream.stored}</td><td>gauge, events</td><td>those of them that were not removed</td></tr>
 *   <tr><td>{@code strandline.stream.open}</td><td>gauge, partitions</td><td>partitions that take events, 0 if it is sealed</td></tr>
 *   <tr><td>{@code strandline.partition.appended}</td><td>counter, events</td><td>what was appended to the partition</td></tr>
 *   <tr><td>{@code strandline.partition.stored}</td><td>gauge, events</td><td>those of them that were not removed</td></tr>
 * </table>
 *
 * <table>
 *   <caption>Meters of each group that is watched, with the tag {@code group}</caption>
 *   <tr><th>name</th><th>kind, unit</th><th>meaning</th></tr>
 *   <tr><td>{@code strandline.group.lag}</td><td>gauge, events</td><td>events that it has not committed</td></tr>
 *   <tr><td>{@code strandline.group.lag.age}</td><td>gauge, seconds</td><td>time since the first of them was appended</td></tr>
 * </table>
 *
 * <table>
 *   <caption>Meters of each pipeline that is watched, with the tag {@code pipeline}</caption>
 *   <tr><th>name</th><th>kind, unit</th><th>meaning</th></tr>
 *   <tr><td>{@code strandline.pipeline.lag}</td><td>gauge, events</td><td>events that it has not processed</td></tr>
 *   <tr><td>{@code strandline.pipeline.lag.age}</td><td>gauge, seconds</td><td>time since the last processed event, of the task that lags
 *       longest</td></tr>
 *   <tr><td>{@code strandline.pipeline.events}</td><td>counter</td><td>events that were processed since it is watched</td></tr>
 *   <tr><td>{@code strandline.pipeline.outputs}</td><td>counter</td><td>outputs since it is watched</td></tr>
 *   <tr><td>{@code strandline.pipeline.late}</td><td>counter, events</td><td>events of this run too late for their windows</td></tr>
 *   <tr><td>{@code strandline.pipeline.busy}</td><td>gauge, 0 to 1</td><td>share of the time in steps, of the busiest task</td></tr>
 *   <tr><td>{@code strandline.pipeline.held}</td><td>gauge, 0 to 1</td><td>share of the time in which it may not read, of the task that is
 *       held back most</td></tr>
 *   <tr><td>{@code strandline.pipeline.paused}</td><td>gauge</td><td>1 if it processes nothing: paused, failed or stopped</td></tr>
 *   <tr><td>{@code strandline.pipeline.checkpoint.age}</td><td>gauge, seconds</td><td>time since the last checkpoint, of the stage where that
 *       is longest ago</td></tr>
 *   <tr><td>{@code strandline.pipeline.checkpoint.duration}</td><td>gauge, seconds</td><td>how long the newest one took</td></tr>
 *   <tr><td>{@code strandline.pipeline.checkpoint.pause}</td><td>gauge, seconds</td><td>how long a checkpoint holds a task, the 99th
 *       percentile of this run</td></tr>
 *   <tr><td>{@code strandline.pipeline.checkpoint.pause.longest}</td><td>gauge, seconds</td><td>the longest of them</td></tr>
 *   <tr><td>{@code strandline.pipeline.state}</td><td>gauge, bytes</td><td>state in the newest one</td></tr>
 * </table>
 *
 * <p>A figure that could not be found out is no number. Any thread may call.
 */
public final class LogMetrics {

    private final Vertx vertx;
    private final LogPort port;
    private final MeterRegistry registry;
    private final MetricsOptions options;
    private final DiskMeters disk;
    private final Map<Integer, ShardMeters> shards = new ConcurrentHashMap<>();
    private final Map<StreamName, StreamMeters> streams = new ConcurrentHashMap<>();
    private final Map<String, DoorMeters> doors = new ConcurrentHashMap<>();
    private final Map<String, GroupMeters> groups = new ConcurrentHashMap<>();
    private final Map<String, PipelineMeters> pipelines = new ConcurrentHashMap<>();
    private volatile Supplier<List<DoorStatistics>> ofDoors = List::of;
    private volatile boolean closed;

    private LogMetrics(Vertx vertx, LogPort port, MeterRegistry registry, MetricsOptions options) {
        this.vertx = vertx;
        this.port = port;
        this.registry = registry;
        this.options = options;
        this.disk = new DiskMeters(registry, port);
    }

    /** As {@link #watch(Vertx, Strandline, MeterRegistry, MetricsOptions)}, with the default options. */
    public static Future<LogMetrics> watch(Vertx vertx, Strandline log, MeterRegistry registry) {
        return watch(vertx, log, registry, new MetricsOptions());
    }

    /**
     * Begins to watch a log. Completes when all meters are there, on the caller's context. Fails with Unavailable while a shard
     * recovers, and with Invalid if the log is in another process or an option is out of its bounds.
     */
    public static Future<LogMetrics> watch(
            Vertx vertx, Strandline log, MeterRegistry registry, MetricsOptions options) {
        LogPort port = LogPort.of(log);
        MetricsOptions copy = new MetricsOptions(options);
        try {
            copy.validate();
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        if (port == null) {
            return Future.failedFuture(new StrandlineException.Invalid("the log was not made by Strandline.open"));
        }
        Future<LogMetrics> first = port.statistics().compose(statistics -> {
            if (statistics.isEmpty()) {
                return Future.failedFuture(new StrandlineException.Invalid(
                        "the log " + port.address() + " is in another process, and is watched there"));
            }
            if (statistics.size() < port.shards()) {
                return Future.failedFuture(new StrandlineException.Unavailable(
                        statistics.size() + " of the " + port.shards() + " shards answer, it must be all"));
            }
            LogMetrics metrics = new LogMetrics(vertx, port, registry, copy);
            statistics.forEach(each -> metrics.shards.put(each.shard(), new ShardMeters(registry, each)));
            metrics.disk.look();
            return metrics.lookAtStreams().map(looked -> {
                metrics.lookAgain();
                return metrics;
            });
        });
        Promise<LogMetrics> answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
        first.onComplete(answer);
        return answer.future();
    }

    /**
     * Watches the doors too by which a log is served, as {@code metrics.watchDoors(served::doors)} of a {@code ServedLog}. Another call takes the
     * place of the one before.
     *
     * @param figures gives those of each kind of door. Asked at each look, so doors may be opened later
     */
    public void watchDoors(Supplier<List<DoorStatistics>> figures) {
        ofDoors = figures;
        lookAtDoors();
    }

    private void lookAtDoors() {
        for (DoorStatistics each : ofDoors.get()) {
            doors.computeIfAbsent(each.door(), kind -> new DoorMeters(registry, each))
                    .take(each);
        }
    }

    /**
     * Watches the lag of a group too. It stays the caller's. Another opening of a group that is watched takes its place, as of one that was closed
     * and opened again.
     */
    public Future<Void> watch(ReaderGroup group) {
        GroupMeters made = new GroupMeters(registry, group);
        GroupMeters before = groups.putIfAbsent(group.name(), made);
        if (before == null) {
            made.register();
            return made.look();
        }
        before.follow(group);
        return before.look();
    }

    /**
     * Watches a pipeline too. It stays the caller's. Another run of a pipeline that is watched takes its place, and the counters go on.
     *
     * <p>Each look calls {@link RunningPipeline#describe}, so the rates and shares in answers to others are of the time since then.
     *
     * @param name the value of the tag {@code pipeline}
     */
    public Future<Void> watch(String name, RunningPipeline pipeline) {
        PipelineMeters made = new PipelineMeters(registry, name, pipeline);
        PipelineMeters before = pipelines.putIfAbsent(name, made);
        if (before == null) {
            made.register();
            return made.look();
        }
        before.follow(pipeline);
        return before.look();
    }

    private void lookAgain() {
        vertx.setTimer(options.getIntervalMillis(), timer -> {
            if (!closed) {
                look().onComplete(looked -> lookAgain());
            }
        });
    }

    /** Looks now. Completes when the meters show what was found, but for those of the disk, also if something does not answer. */
    public Future<Void> look() {
        disk.look();
        lookAtDoors();
        Future<Void> ofShards = passing(() -> port.statistics()
                .onSuccess(this::take)
                .onFailure(away -> shards.values().forEach(ShardMeters::isDown))
                .mapEmpty());
        List<Future<Void>> all = new ArrayList<>();
        groups.values().forEach(group -> all.add(passing(group::look)));
        pipelines.values().forEach(pipeline -> all.add(passing(pipeline::look)));
        return ofShards.compose(looked -> lookAtStreams())
                .compose(looked -> Future.all(all).mapEmpty());
    }

    private void take(List<ShardStatistics> statistics) {
        Map<Integer, ShardStatistics> told = new HashMap<>();
        statistics.forEach(each -> told.put(each.shard(), each));
        shards.forEach((number, meters) -> {
            ShardStatistics now = told.get(number);
            if (now == null) {
                meters.isDown();
            } else {
                meters.take(now);
            }
        });
    }

    /** Who does not answer spoils no look at others. */
    private static Future<Void> passing(Supplier<Future<Void>> look) {
        try {
            return look.get().transform(looked -> Future.succeededFuture());
        } catch (StrandlineException away) {
            return Future.succeededFuture();
        }
    }

    // ---- streams

    private Future<Void> lookAtStreams() {
        return options.isStreams() ? passing(() -> names().compose(this::lookAt)) : Future.succeededFuture();
    }

    /** The first streams by their names, as many as have meters. */
    private Future<Set<StreamName>> names() {
        Catalog catalog = port.catalog();
        Set<StreamName> names = new TreeSet<>();
        return catalog.scopes().compose(scopes -> {
            Future<Void> asked = Future.succeededFuture();
            for (String scope : scopes) {
                asked = asked.compose(before -> names.size() >= options.getMaxStreams()
                        ? Future.succeededFuture()
                        : catalog.streams(scope)
                                // A scope that was deleted meanwhile has none.
                                .otherwise(List.of())
                                .map(of -> {
                                    of.stream()
                                            .limit(options.getMaxStreams() - names.size())
                                            .forEach(names::add);
                                    return null;
                                }));
            }
            return asked.map(done -> names);
        });
    }

    private Future<Void> lookAt(Set<StreamName> names) {
        for (StreamName known : List.copyOf(streams.keySet())) {
            if (!names.contains(known)) {
                forget(known);
            }
        }
        Future<Void> looked = Future.succeededFuture();
        for (StreamName name : names) {
            looked = looked.compose(before -> lookAt(name));
        }
        return looked;
    }

    private Future<Void> lookAt(StreamName name) {
        StreamMeters known = streams.get(name);
        if (known != null) {
            return known.look(port.catalog()).recover(failure -> gone(name, failure));
        }
        StreamMeters made = new StreamMeters(registry, name, options.isPartitions());
        return made.look(port.catalog())
                .map(looked -> {
                    if (!closed && streams.putIfAbsent(name, made) == null) {
                        made.register();
                    } else {
                        made.remove();
                    }
                    return (Void) null;
                })
                .recover(failure -> gone(name, failure));
    }

    private Future<Void> gone(StreamName name, Throwable failure) {
        if (failure instanceof StrandlineException.NotFound) {
            forget(name);
        }
        return Future.succeededFuture();
    }

    private void forget(StreamName name) {
        StreamMeters known = streams.remove(name);
        if (known != null) {
            known.remove();
        }
    }

    /** Stops looking, and removes the meters. */
    public void close() {
        closed = true;
        disk.remove();
        doors.values().forEach(DoorMeters::remove);
        shards.values().forEach(ShardMeters::remove);
        groups.values().forEach(GroupMeters::remove);
        pipelines.values().forEach(PipelineMeters::remove);
        List.copyOf(streams.keySet()).forEach(this::forget);
    }
}
