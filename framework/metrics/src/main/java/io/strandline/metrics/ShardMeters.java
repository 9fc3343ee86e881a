package io.strandline.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.strandline.spi.watch.ShardStatistics;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** The meters of a shard, which show what it said last. */
final class ShardMeters {

    private final MeterSet<ShardMeters> meters;
    private volatile ShardStatistics latest;
    private volatile boolean up = true;

    ShardMeters(MeterRegistry registry, ShardStatistics first) {
        this.latest = first;
        this.meters = new MeterSet<>(registry, Tags.of("shard", String.valueOf(first.shard())), this);
        journal();
        meters.gauge("shard.up", "whether the shard answered the last time", shard -> shard.up ? 1 : 0);
        meters.gauge(
                "shard.full",
                "1 if the disk has no room for its events, as it said the last time",
                shard -> shard.latest.isFull() ? 1 : 0);
        counter("shard.recoveries", "recoveries", "recoveries, the opening included", ShardStatistics::recoveries);
        seconds(
                "shard.recovery",
                "how long the newest recovery took",
                ShardStatistics::recoveryNanos,
                TimeUnit.NANOSECONDS);
        gauge("partition.count", "partitions", "partitions", ShardStatistics::partitions);
        counter("events.appended", "events", "events that were ever appended", ShardStatistics::appendedEvents);
        gauge("events.stored", "events", "events that were not removed", ShardStatistics::storedEvents);
        gauge("tail.size", "bytes", "events in memory that are in no chunk yet", ShardStatistics::tailBytes);
        gauge("chunk.count", "files", "chunk files", ShardStatistics::chunks);
        gauge("chunk.size", "bytes", "length of the chunk files", ShardStatistics::chunkBytes);
        gauge("chunk.dead", "bytes", "bytes of chunks that nothing needs any more", ShardStatistics::deadChunkBytes);
    }

    private void journal() {
        meters.timer(
                "journal.force",
                "forces of the journal",
                shard -> shard.latest.forces(),
                shard -> shard.latest.forceNanos(),
                TimeUnit.NANOSECONDS);
        seconds(
                "journal.force.recent.max",
                "longest recent force",
                ShardStatistics::recentMaxForceNanos,
                TimeUnit.NANOSECONDS);
        counter("journal.forced", "bytes", "bytes made durable", ShardStatistics::forcedBytes);
        gauge("journal.unforced", "bytes", "bytes that wait for a force", ShardStatistics::unforcedBytes);
        gauge("journal.files", "files", "journal files that are needed", ShardStatistics::journalFiles);
        seconds(
                "checkpoint.age",
                "time since the newest journal checkpoint",
                ShardStatistics::checkpointAgeMillis,
                TimeUnit.MILLISECONDS);
    }

    private void gauge(String name, String unit, String description, ToLongFunction<ShardStatistics> value) {
        meters.gauge(name, unit, description, asDouble(value));
    }

    private void counter(String name, String unit, String description, ToLongFunction<ShardStatistics> value) {
        meters.counter(name, unit, description, asDouble(value));
    }

    private void seconds(String name, String description, ToLongFunction<ShardStatistics> value, TimeUnit unit) {
        meters.seconds(name, description, asDouble(value), unit);
    }

    private static ToDoubleFunction<ShardMeters> asDouble(ToLongFunction<ShardStatistics> value) {
        return shard -> value.applyAsLong(shard.latest);
    }

    void take(ShardStatistics now) {
        latest = now;
        up = true;
    }

    /** The shard did not answer. What it said last stays. */
    void isDown() {
        up = false;
    }

    void remove() {
        meters.remove();
    }
}
