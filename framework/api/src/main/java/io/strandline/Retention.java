package io.strandline;

import io.vertx.core.json.JsonObject;

/**
 * What is kept of a stream. Events are removed from the start of a partition on, in whole batches or whole sections of
 * chunks, never in between.
 *
 * <p>Without any rule everything is kept. Events leave a stream as soon as one of {@code maxAgeMillis} and
 * {@code maxBytes} says so, unless a subscriber has not consumed them: with {@code untilConsumed} nothing leaves before
 * every subscriber noted by {@link Catalog#noteConsumed} has consumed it, and what all have consumed leaves at once if
 * there is no other rule. {@code hardBytes} bounds that wait: above it the oldest events leave, consumed or not.
 *
 * @param maxAgeMillis age above which an event leaves, in milliseconds since its stamp; 0 for no bound
 * @param maxBytes bytes of the stream, as they stand in the log, above which its oldest events leave; 0 for no bound
 * @param untilConsumed true if the slowest subscriber is waited for
 * @param hardBytes bytes of the stream above which nobody is waited for; 0 for no bound
 */
public record Retention(long maxAgeMillis, long maxBytes, boolean untilConsumed, long hardBytes) {

    private static final Retention EVERYTHING = new Retention(0, 0, false, 0);

    /**
     * Checks the parts.
     *
     * @throws StrandlineException.Invalid if one is negative, or a hard bound is given that bounds nothing
     */
    public Retention {
        Limits.require("maxAgeMillis", maxAgeMillis, 0, Long.MAX_VALUE);
        Limits.require("maxBytes", maxBytes, 0, Long.MAX_VALUE);
        Limits.require("hardBytes", hardBytes, 0, Long.MAX_VALUE);
        if (hardBytes > 0 && (!untilConsumed || hardBytes < maxBytes)) {
            throw new StrandlineException.Invalid("hardBytes " + hardBytes
                    + " bounds a wait for subscribers; untilConsumed is " + untilConsumed + ", maxBytes " + maxBytes);
        }
    }

    /** Nothing is removed; the default. */
    public static Retention everything() {
        return EVERYTHING;
    }

    public static Retention maxAge(long millis) {
        return new Retention(millis, 0, false, 0);
    }

    public static Retention maxBytes(long bytes) {
        return new Retention(0, bytes, false, 0);
    }

    /** What every subscriber has consumed is removed, and above the bound what they have not. */
    public static Retention untilConsumed(long hardBytes) {
        return new Retention(0, 0, true, hardBytes);
    }

    /** True if nothing is ever removed. */
    public boolean keepsEverything() {
        return equals(EVERYTHING);
    }

    /** What {@link #fromJson} reads. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("maxAgeMillis", maxAgeMillis)
                .put("maxBytes", maxBytes)
                .put("untilConsumed", untilConsumed)
                .put("hardBytes", hardBytes);
    }

    /**
     * Reads a rule; what is missing bounds nothing.
     *
     * @throws StrandlineException.Invalid if a value is out of its bounds or of another type
     */
    public static Retention fromJson(JsonObject json) {
        return new Retention(
                OptionsJson.whole(json, "maxAgeMillis", 0),
                OptionsJson.whole(json, "maxBytes", 0),
                OptionsJson.flag(json, "untilConsumed", false),
                OptionsJson.whole(json, "hardBytes", 0));
    }
}
