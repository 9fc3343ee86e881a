package io.strandline;

import io.vertx.core.json.JsonObject;

/**
 * What is kept of a stream. Events are removed from the start of each partition. In memory, whole batches are removed. In
 * chunks, whole sections are removed. A section is what one round of the flush wrote of a partition, or a merge of
 * several of these that holds at most an eighth of what the rule keeps. Removing is truncation: offsets stay as they are,
 * and a reader that is behind learns the new start from {@link StrandlineException.Truncated}. Only durable events are
 * removed.
 *
 * <p>Without any rule everything is kept. An event is removed as soon as either {@code maxAgeMillis} or {@code maxBytes}
 * requires it. By bytes, the oldest events are removed first, across partitions, until the rest is within the bound. The
 * rule is checked whenever a stream has grown on disk, and otherwise about once a second. So a stream exceeds the bound
 * for that long and, while it is written, also by at most one round of the flush.
 *
 * <p>An event's stamp can be ahead of the clock, because the clock was wrong when the event or an earlier one was
 * appended. The age of such an event is the time since the log first saw it in this process. It is removed within a tenth
 * of {@code maxAgeMillis} after that age is reached. A restart begins that wait again.
 *
 * <p>With {@code untilConsumed} no event is removed before every subscriber noted by {@link Catalog#commitConsumed} has
 * consumed it. Events that all subscribers have consumed are removed at once if there is no other rule. While there is no
 * subscriber, nothing counts as consumed. {@code hardBytes} bounds that wait: above it the oldest events are removed,
 * consumed or not.
 *
 * <p>Bytes are those of batches and their indexes, as stored in the log. The journal is not counted, nor is leftover data
 * of other partitions in the same file.
 *
 * @param maxAgeMillis age above which an event is removed, in milliseconds since its stamp. 0 for no bound
 * @param maxBytes bytes of the stream, as stored in the log, above which its oldest events are removed. 0 for no bound
 * @param untilConsumed true if retention waits for the slowest subscriber
 * @param hardBytes bytes of the stream above which retention waits for no subscriber. 0 for no bound
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

    /** Nothing is removed. The default. */
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
     * Reads a rule. A missing value bounds nothing.
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
