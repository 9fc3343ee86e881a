package io.strandline.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.strandline.Limits;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.spi.LogPort;
import io.strandline.spi.ShardStatistics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Meters of a log that is open in this JVM. Every {@code intervalMillis} it asks each shard once, and between these moments the
 * meters stay. No append and no read pays for it. There is no meter for a partition: a log may have ten thousand.
 *
 * <table>
 *   <caption>Meters, all with the tag {@code shard}, those of groups with the tag {@code group}</caption>
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
 *   <tr><td>{@code strandline.partition.count}</td><td>gauge</td><td>partitions</td></tr>
 *   <tr><td>{@code strandline.events.appended}</td><td>counter</td><td>events that were ever appended</td></tr>
 *   <tr><td>{@code strandline.events.stored}</td><td>gauge</td><td>events that were not removed</td></tr>
 *   <tr><td>{@code strandline.tail.size}</td><td>gauge, bytes</td><td>events in memory that are in no chunk yet</td></tr>
 *   <tr><td>{@code strandline.chunk.count}</td><td>gauge</td><td>chunk files</td></tr>
 *   <tr><td>{@code strandline.chunk.size}</td><td>gauge, bytes</td><td>their length</td></tr>
 *   <tr><td>{@code strandline.chunk.dead}</td><td>gauge, bytes</td><td>what nothing in them needs any more</td></tr>
 *   <tr><td>{@code strandline.group.lag}</td><td>gauge, events</td><td>events that a group has not committed</td></tr>
 * </table>
 */
public final class LogMetrics {

    public static final long DEFAULT_INTERVAL_MILLIS = 10_000;

    private final Vertx vertx;
    private final LogPort port;
    private final MeterRegistry registry;
    private final Map<Integer, Latest> shards = new ConcurrentHashMap<>();
    private final Map<String, Watched> groups = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Meter> meters = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    private LogMetrics(Vertx vertx, LogPort port, MeterRegistry registry) {
        this.vertx = vertx;
        this.port = port;
        this.registry = registry;
    }

    /** What a shard said last. */
    private static final class Latest {

        private volatile ShardStatistics of;
        private volatile boolean up = true;

        Latest(ShardStatistics first) {
            of = first;
        }
    }

    /** A group, and its lag as of the last look. */
    private static final class Watched {

        private final ReaderGroup group;
        private volatile double lag = Double.NaN;

        Watched(ReaderGroup group) {
            this.group = group;
        }
    }

    /**
     * Begins to watch a log. Completes when all meters are there, on the caller's context. Fails with Unavailable while a shard
     * recovers, and with Invalid if the log is in another process or the interval is not 100 ms to an hour.
     *
     * @param intervalMillis time between two looks, in milliseconds, see {@link #DEFAULT_INTERVAL_MILLIS}
     */
    public static Future<LogMetrics> watch(Vertx vertx, Strandline log, MeterRegistry registry, long intervalMillis) {
        LogPort port = LogPort.of(log);
        try {
            Limits.require("intervalMillis", intervalMillis, 100, 3_600_000);
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        if (port == null) {
            return Future.failedFuture(new StrandlineException.Invalid("the log was not made by Strandline.open"));
        }
        LogMetrics metrics = new LogMetrics(vertx, port, registry);
        Future<LogMetrics> first = port.statistics().compose(statistics -> {
            if (statistics.isEmpty()) {
                return Future.failedFuture(new StrandlineException.Invalid(
                        "the log " + port.address() + " is in another process, and is watched there"));
            }
            statistics.forEach(metrics::add);
            metrics.lookAgain(intervalMillis);
            return Future.succeededFuture(metrics);
        });
        Promise<LogMetrics> answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
        first.onComplete(answer);
        return answer.future();
    }

    /** Watches the lag of a group too. A group that is watched already is watched once. The group stays the caller's. */
    public Future<Void> watch(ReaderGroup group) {
        Watched watched = new Watched(group);
        Watched before = groups.putIfAbsent(group.name(), watched);
        if (before == null) {
            meters.add(Gauge.builder("strandline.group.lag", watched, of -> of.lag)
                    .baseUnit("events")
                    .description("events that the group has not committed")
                    .tag("group", group.name())
                    .register(registry));
        }
        return look(before == null ? watched : before);
    }

    private static Future<Void> look(Watched watched) {
        return watched.group
                .lag()
                .map(GroupLag::total)
                .onComplete(lag -> watched.lag = lag.succeeded() ? lag.result() : Double.NaN)
                .mapEmpty();
    }

    private void lookAgain(long intervalMillis) {
        vertx.setTimer(intervalMillis, timer -> {
            if (!closed) {
                look().onComplete(looked -> lookAgain(intervalMillis));
            }
        });
    }

    /** Looks now. Completes when the meters show what was found, also if a shard does not answer. */
    public Future<Void> look() {
        Future<Void> ofShards = port.statistics()
                .onSuccess(this::take)
                .onFailure(away -> shards.values().forEach(latest -> latest.up = false))
                .transform(looked -> Future.succeededFuture());
        List<Future<Void>> ofGroups =
                groups.values().stream().map(LogMetrics::look).toList();
        return ofShards.compose(looked -> Future.join(ofGroups).transform(all -> Future.succeededFuture()));
    }

    private void take(List<ShardStatistics> statistics) {
        for (ShardStatistics each : statistics) {
            Latest latest = shards.get(each.shard());
            if (latest != null) {
                latest.of = each;
                latest.up = true;
            }
        }
    }

    /** Stops looking, and removes the meters. */
    public void close() {
        closed = true;
        meters.forEach(registry::remove);
    }

    private void add(ShardStatistics first) {
        Latest latest = new Latest(first);
        shards.put(first.shard(), latest);
        Meters of = new Meters(latest, String.valueOf(first.shard()));
        of.forces();
        of.seconds(
                "journal.force.recent.max",
                "longest recent force",
                ShardStatistics::recentMaxForceNanos,
                TimeUnit.NANOSECONDS);
        of.counter("journal.forced", "bytes", "bytes made durable", ShardStatistics::forcedBytes);
        of.gauge("journal.unforced", "bytes", "bytes that wait for a force", ShardStatistics::unforcedBytes);
        of.gauge("journal.files", "files", "journal files that are needed", ShardStatistics::journalFiles);
        of.seconds(
                "checkpoint.age",
                "time since the newest journal checkpoint",
                ShardStatistics::checkpointAgeMillis,
                TimeUnit.MILLISECONDS);
        of.counter("shard.recoveries", "recoveries", "recoveries, the opening included", ShardStatistics::recoveries);
        of.seconds(
                "shard.recovery",
                "how long the newest recovery took",
                ShardStatistics::recoveryNanos,
                TimeUnit.NANOSECONDS);
        meters.add(Gauge.builder("strandline.shard.up", latest, shard -> shard.up ? 1 : 0)
                .description("whether the shard answered the last time")
                .tag("shard", of.shard)
                .register(registry));
        of.gauge("partition.count", "partitions", "partitions", ShardStatistics::partitions);
        of.counter("events.appended", "events", "events that were ever appended", ShardStatistics::appendedEvents);
        of.gauge("events.stored", "events", "events that were not removed", ShardStatistics::storedEvents);
        of.gauge("tail.size", "bytes", "events in memory that are in no chunk yet", ShardStatistics::tailBytes);
        of.gauge("chunk.count", "files", "chunk files", ShardStatistics::chunks);
        of.gauge("chunk.size", "bytes", "length of the chunk files", ShardStatistics::chunkBytes);
        of.gauge("chunk.dead", "bytes", "bytes of chunks that nothing needs any more", ShardStatistics::deadChunkBytes);
    }

    /** The meters of a shard. */
    private final class Meters {

        private final Latest latest;
        private final String shard;

        Meters(Latest latest, String shard) {
            this.latest = latest;
            this.shard = shard;
        }

        void forces() {
            meters.add(FunctionTimer.builder(
                            "strandline.journal.force",
                            latest,
                            of -> of.of.forces(),
                            of -> of.of.forceNanos(),
                            TimeUnit.NANOSECONDS)
                    .description("forces of the journal")
                    .tag("shard", shard)
                    .register(registry));
        }

        void gauge(String name, String unit, String description, ToLongFunction<ShardStatistics> value) {
            meters.add(Gauge.builder("strandline." + name, latest, asDouble(value))
                    .baseUnit(unit)
                    .description(description)
                    .tag("shard", shard)
                    .register(registry));
        }

        void counter(String name, String unit, String description, ToLongFunction<ShardStatistics> value) {
            meters.add(FunctionCounter.builder("strandline." + name, latest, asDouble(value))
                    .baseUnit(unit)
                    .description(description)
                    .tag("shard", shard)
                    .register(registry));
        }

        void seconds(String name, String description, ToLongFunction<ShardStatistics> value, TimeUnit unit) {
            meters.add(TimeGauge.builder("strandline." + name, latest, unit, asDouble(value))
                    .description(description)
                    .tag("shard", shard)
                    .register(registry));
        }

        private static ToDoubleFunction<Latest> asDouble(ToLongFunction<ShardStatistics> value) {
            return latest -> value.applyAsLong(latest.of);
        }
    }
}
