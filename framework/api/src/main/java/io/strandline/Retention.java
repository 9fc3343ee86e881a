package io.strandline;

import io.vertx.core.json.JsonObject;

/**
 * What is kept of a stream. Events are removed from the start of each partition on: in memory by whole batches, in chunks
 * by sections: what one round of the flush has written of a partition, or what was merged of several, at most an eighth of
 * what the rule keeps. Removing is truncation: offsets stay as they are, and a
 * reader that is behind learns the new start from {@link StrandlineException.Truncated}. Only durable events are removed.
 *
 * <p>Without any rule everything is kept. An event leaves as soon as one of {@code maxAgeMillis} and {@code maxBytes} says
 * so; by bytes the oldest leave first, across partitions, until the rest is within the bound. It is looked at whenever a
 * stream has grown on the disk, and else about once a second; so a stream holds more for that long, and while it is
 * written, besides, at most one round of the flush.
 *
 * <p>An event whose stamp is ahead of the clock, because that was wrong when the event or one before it was appended, is as
 * old as the time since the log saw it first in this process. It leaves within a tenth of {@code maxAgeMillis} after that
 * age is reached. A restart begins that wait again.
 *
 * <p>With {@code untilConsumed} nothing leaves before every subscriber noted by {@link Catalog#noteConsumed} has consumed
 * it, and what all have consumed leaves at once if there is no other rule. While there is no subscriber nothing counts as
 * consumed. {@code hardBytes} bounds that wait: above it the oldest events leave, consumed or not.
 *
 * <p>Bytes are those of batches and their indexes, as they stand in the log; the journal is not counted, nor what a file
 * still holds of other partitions that left it.
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
        return maxAgeMillis == 0 && maxBytes == 0 && !untilConsumed && hardBytes == 0;
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
        OptionsJson in = new OptionsJson("a retention", json);
        Retention retention = new Retention(
                in.whole("maxAgeMillis", 0),
                in.whole("maxBytes", 0),
                in.flag("untilConsumed", false),
                in.whole("hardBytes", 0));
        in.end();
        return retention;
    }
}
