package io.strandline.server.impl.rest;

import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StreamOptions;
import io.strandline.server.impl.http.Refusal;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Policies of a stream with the names of Pravega's controller.
 *
 * <pre>
 * scalingPolicy    type         FIXED_NUM_SEGMENTS · BY_RATE_IN_EVENTS_PER_SEC · BY_RATE_IN_KBYTES_PER_SEC
 *                  targetRate   of one partition, unless it is fixed
 *                  scaleFactor  2: a partition is split into two
 *                  minSegments  partitions to begin with. Unless it is fixed, merging leaves no fewer
 *                  maxSegments, coolDownMillis
 * retentionPolicy  type         LIMITED_DAYS · LIMITED_SIZE_MB
 *                  value        days, or MiB
 *                  or maxAgeMillis, maxBytes, untilConsumed, hardBytes, as the log has them
 * </pre>
 *
 * <p>What is answered can be sent again. A retention is answered as the log has it, and a rate in bytes in whole KiB, rounded down, at least 1.
 */
final class PolicyJson {

    private static final String FIXED = "FIXED_NUM_SEGMENTS";
    private static final String EVENTS = "BY_RATE_IN_EVENTS_PER_SEC";
    private static final String KBYTES = "BY_RATE_IN_KBYTES_PER_SEC";
    private static final String DAYS = "LIMITED_DAYS";
    private static final String MEGABYTES = "LIMITED_SIZE_MB";
    private static final long MAX_RATE = Long.MAX_VALUE >> 10;
    private static final long MAX_DAYS = 36_500;
    private static final long MAX_MEGABYTES = Long.MAX_VALUE >> 20;

    private PolicyJson() {}

    static JsonObject scalingSchema() {
        return Schemas.options(Map.of(
                "type", Schemas.oneOf(FIXED, EVENTS, KBYTES),
                "targetRate", Schemas.whole(1),
                "scaleFactor", Schemas.whole(2, 2, 2),
                "minSegments", Schemas.whole(1, StreamOptions.MAX_PARTITIONS, 1),
                "maxSegments", Schemas.whole(1, StreamOptions.MAX_PARTITIONS, StreamOptions.MAX_PARTITIONS),
                "coolDownMillis", Schemas.whole(100, 86_400_000, ScalingPolicy.DEFAULT_COOL_DOWN_MILLIS)));
    }

    static JsonObject retentionSchema() {
        return Schemas.options(Map.of(
                "type", Schemas.oneOf(DAYS, MEGABYTES),
                "value", Schemas.whole(1),
                "maxAgeMillis", Schemas.whole(0),
                "maxBytes", Schemas.whole(0),
                "untilConsumed", Schemas.flag(),
                "hardBytes", Schemas.whole(0)));
    }

    /** Number of partitions to begin with. */
    static int partitions(@Nullable JsonObject policy) {
        return policy == null
                ? StreamOptions.DEFAULT_PARTITIONS
                : (int) Fields.whole(policy, "minSegments", 1, 1, StreamOptions.MAX_PARTITIONS);
    }

    static ScalingPolicy scaling(@Nullable JsonObject policy) {
        if (policy == null) {
            return ScalingPolicy.fixed();
        }
        Fields.requireKnown(
                policy, List.of("type", "targetRate", "scaleFactor", "minSegments", "maxSegments", "coolDownMillis"));
        String type = Fields.textOrNull(policy, "type");
        Fields.whole(policy, "scaleFactor", 2, 2, 2);
        long coolDown = Fields.whole(policy, "coolDownMillis", ScalingPolicy.DEFAULT_COOL_DOWN_MILLIS, 100, 86_400_000);
        if (type == null || type.equals(FIXED)) {
            return ScalingPolicy.fixed().withCoolDown(coolDown);
        }
        if (!type.equals(EVENTS) && !type.equals(KBYTES)) {
            throw Refusal.of(
                    "scalingPolicy.type", "field scalingPolicy.type must be one of " + List.of(FIXED, EVENTS, KBYTES));
        }
        long rate = Fields.whole(policy, "targetRate", 0, 1, MAX_RATE);
        if (rate == 0) {
            throw Refusal.of("scalingPolicy.targetRate", "field scalingPolicy.targetRate is missing");
        }
        int least = partitions(policy);
        int most = (int)
                Fields.whole(policy, "maxSegments", StreamOptions.MAX_PARTITIONS, least, StreamOptions.MAX_PARTITIONS);
        return type.equals(EVENTS)
                ? new ScalingPolicy(ScalingPolicy.Kind.EVENT_RATE, rate, least, most, coolDown)
                : new ScalingPolicy(ScalingPolicy.Kind.BYTE_RATE, rate << 10, least, most, coolDown);
    }

    /** What {@link #scaling(JsonObject)} reads. */
    static JsonObject of(ScalingPolicy policy) {
        JsonObject json = new JsonObject().put("coolDownMillis", policy.coolDownMillis());
        return switch (policy.kind()) {
            case FIXED -> json.put("type", FIXED);
            case EVENT_RATE -> rate(json.put("type", EVENTS).put("targetRate", policy.target()), policy);
            case BYTE_RATE ->
                rate(json.put("type", KBYTES).put("targetRate", Math.max(1, policy.target() >> 10)), policy);
        };
    }

    private static JsonObject rate(JsonObject json, ScalingPolicy policy) {
        return json.put("scaleFactor", 2)
                .put("minSegments", policy.minPartitions())
                .put("maxSegments", policy.maxPartitions());
    }

    static Retention retention(@Nullable JsonObject policy) {
        if (policy == null) {
            return Retention.everything();
        }
        String type = Fields.textOrNull(policy, "type");
        if (type == null) {
            return Retention.fromJson(policy);
        }
        Fields.requireKnown(policy, List.of("type", "value"));
        if (type.equals(DAYS)) {
            return Retention.maxAge(TimeUnit.DAYS.toMillis(value(policy, MAX_DAYS)));
        }
        if (type.equals(MEGABYTES)) {
            return Retention.maxBytes(value(policy, MAX_MEGABYTES) << 20);
        }
        throw Refusal.of(
                "retentionPolicy.type", "field retentionPolicy.type must be one of " + List.of(DAYS, MEGABYTES));
    }

    private static long value(JsonObject policy, long most) {
        long value = Fields.whole(policy, "value", 0, 1, most);
        if (value == 0) {
            throw Refusal.of("retentionPolicy.value", "field retentionPolicy.value is missing");
        }
        return value;
    }
}
