package io.strandline;

import io.vertx.core.json.JsonObject;

/**
 * How a stream scales by itself. A partition that stays above twice the target rate is split into two halves of its keys.
 * Two neighbours that together stay below half of the target rate are merged. Rates are of appended events, smoothed over
 * the cool-down. At least the cool-down passes between two scalings of a stream.
 *
 * @param kind what is measured
 * @param target target rate of one partition, in events or bytes per second. 0 for {@link Kind#FIXED}
 * @param minPartitions merging never leaves a stream with fewer, 1 or more
 * @param maxPartitions splitting never gives a stream more
 * @param coolDownMillis least time between two scalings, in milliseconds
 */
public record ScalingPolicy(Kind kind, long target, int minPartitions, int maxPartitions, long coolDownMillis) {

    /** What is measured. */
    public enum Kind {
        /** Nothing: the stream scales by {@link Catalog#scale} alone. */
        FIXED,
        EVENT_RATE,
        BYTE_RATE
    }

    /** Time between two scalings, in milliseconds, if nothing else is said. */
    public static final long DEFAULT_COOL_DOWN_MILLIS = 60_000;

    private static final ScalingPolicy FIXED =
            new ScalingPolicy(Kind.FIXED, 0, 1, StreamOptions.MAX_PARTITIONS, DEFAULT_COOL_DOWN_MILLIS);

    /**
     * Checks the parts.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public ScalingPolicy {
        if (kind == Kind.FIXED) {
            Limits.require("target of a fixed policy", target, 0, 0);
        } else {
            Limits.require("target", target, 1, Long.MAX_VALUE);
        }
        Limits.require("minPartitions", minPartitions, 1, StreamOptions.MAX_PARTITIONS);
        Limits.require("maxPartitions", maxPartitions, minPartitions, StreamOptions.MAX_PARTITIONS);
        Limits.require("coolDownMillis", coolDownMillis, 100, 86_400_000);
    }

    /** By hand alone. The default. */
    public static ScalingPolicy fixed() {
        return FIXED;
    }

    /** By events per second and partition. */
    public static ScalingPolicy eventRate(long eventsPerSecond) {
        return new ScalingPolicy(
                Kind.EVENT_RATE, eventsPerSecond, 1, StreamOptions.MAX_PARTITIONS, DEFAULT_COOL_DOWN_MILLIS);
    }

    /** By bytes per second and partition, counted as they stand in the log. */
    public static ScalingPolicy byteRate(long bytesPerSecond) {
        return new ScalingPolicy(
                Kind.BYTE_RATE, bytesPerSecond, 1, StreamOptions.MAX_PARTITIONS, DEFAULT_COOL_DOWN_MILLIS);
    }

    /** The same with other bounds. */
    public ScalingPolicy withPartitions(int least, int most) {
        return new ScalingPolicy(kind, target, least, most, coolDownMillis);
    }

    /** The same with another cool-down, 100 ms to a day. */
    public ScalingPolicy withCoolDown(long millis) {
        return new ScalingPolicy(kind, target, minPartitions, maxPartitions, millis);
    }

    /** What {@link #fromJson} reads. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("kind", kind.name())
                .put("target", target)
                .put("minPartitions", minPartitions)
                .put("maxPartitions", maxPartitions)
                .put("coolDownMillis", coolDownMillis);
    }

    /**
     * Reads a policy. Missing values have their defaults.
     *
     * @throws StrandlineException.Invalid if a value is out of its bounds or of another type
     */
    public static ScalingPolicy fromJson(JsonObject json) {
        OptionsJson in = new OptionsJson("a scaling policy", json);
        ScalingPolicy policy = new ScalingPolicy(
                in.constant("kind", Kind.FIXED),
                in.whole("target", 0),
                in.integer("minPartitions", 1),
                in.integer("maxPartitions", StreamOptions.MAX_PARTITIONS),
                in.whole("coolDownMillis", DEFAULT_COOL_DOWN_MILLIS));
        in.end();
        return policy;
    }
}
