package io.strandline.sync;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;

/** How the synchronizers of one name share their store. */
public class StateSyncOptions {

    public static final long DEFAULT_ANSWER_TIMEOUT_MILLIS = 10_000;
    public static final long DEFAULT_BACK_OFF_MILLIS = 1;
    public static final long DEFAULT_MAX_BACK_OFF_MILLIS = 8;
    public static final long DEFAULT_REFRESH_MILLIS = 1_000;
    public static final int DEFAULT_COMPACT_AFTER = 64;
    public static final int DEFAULT_MAX_BATCH_REVISIONS = 64;
    public static final int DEFAULT_MAX_NAMES = 10_000;

    private long answerTimeoutMillis = DEFAULT_ANSWER_TIMEOUT_MILLIS;
    private long backOffMillis = DEFAULT_BACK_OFF_MILLIS;
    private long maxBackOffMillis = DEFAULT_MAX_BACK_OFF_MILLIS;
    private long refreshMillis = DEFAULT_REFRESH_MILLIS;
    private int compactAfter = DEFAULT_COMPACT_AFTER;
    private int maxBatchRevisions = DEFAULT_MAX_BATCH_REVISIONS;
    private int maxNames = DEFAULT_MAX_NAMES;

    public StateSyncOptions() {}

    public StateSyncOptions(StateSyncOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options. Missing options have their defaults.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public StateSyncOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("state sync options", json);
        this.answerTimeoutMillis = in.whole("answerTimeoutMillis", DEFAULT_ANSWER_TIMEOUT_MILLIS);
        this.backOffMillis = in.whole("backOffMillis", DEFAULT_BACK_OFF_MILLIS);
        this.maxBackOffMillis = in.whole("maxBackOffMillis", DEFAULT_MAX_BACK_OFF_MILLIS);
        this.refreshMillis = in.whole("refreshMillis", DEFAULT_REFRESH_MILLIS);
        this.compactAfter = in.integer("compactAfter", DEFAULT_COMPACT_AFTER);
        this.maxBatchRevisions = in.integer("maxBatchRevisions", DEFAULT_MAX_BATCH_REVISIONS);
        this.maxNames = in.integer("maxNames", DEFAULT_MAX_NAMES);
        in.end();
    }

    /**
     * How long the store may take for one answer. After that, a read fails with Unavailable and an append with Unknown.
     * Within this time, two kinds of calls are retried, with pauses that grow up to 250 ms: an append that is Unknown,
     * and a call that reached nobody because the owner of the store is away. A call fails with Unknown if any attempt may
     * have been taken, and with Unavailable if none can have been. 10 s by default.
     */
    public long getAnswerTimeoutMillis() {
        return answerTimeoutMillis;
    }

    public StateSyncOptions setAnswerTimeoutMillis(long answerTimeoutMillis) {
        this.answerTimeoutMillis = answerTimeoutMillis;
        return this;
    }

    /**
     * Bound of the first random pause, before the third attempt. It doubles with each attempt. The second attempt is
     * immediate. {@value #DEFAULT_BACK_OFF_MILLIS} ms by default.
     */
    public long getBackOffMillis() {
        return backOffMillis;
    }

    public StateSyncOptions setBackOffMillis(long backOffMillis) {
        this.backOffMillis = backOffMillis;
        return this;
    }

    /** Longest pause between two attempts. {@value #DEFAULT_MAX_BACK_OFF_MILLIS} ms by default. */
    public long getMaxBackOffMillis() {
        return maxBackOffMillis;
    }

    public StateSyncOptions setMaxBackOffMillis(long maxBackOffMillis) {
        this.maxBackOffMillis = maxBackOffMillis;
        return this;
    }

    /**
     * How often the store is asked about a name that no other request has asked about. This is needed because news may be
     * lost, and so that {@link StateSynchronizer#confirmed()} can tell that the store is there. {@value
     * #DEFAULT_REFRESH_MILLIS} ms by default. Over the event bus, all names of a process are asked about in one request.
     */
    public long getRefreshMillis() {
        return refreshMillis;
    }

    public StateSyncOptions setRefreshMillis(long refreshMillis) {
        this.refreshMillis = refreshMillis;
        return this;
    }

    /**
     * Number of revisions since the last whole state after which a name is compacted. The writer that appended the last
     * of them compacts. {@value #DEFAULT_COMPACT_AFTER} by default.
     */
    public int getCompactAfter() {
        return compactAfter;
    }

    public StateSyncOptions setCompactAfter(int compactAfter) {
        this.compactAfter = compactAfter;
        return this;
    }

    /**
     * Maximum number of revisions in one append to the store. {@value #DEFAULT_MAX_BATCH_REVISIONS} by default. Together
     * they have no more bytes than one value may have.
     */
    public int getMaxBatchRevisions() {
        return maxBatchRevisions;
    }

    public StateSyncOptions setMaxBatchRevisions(int maxBatchRevisions) {
        this.maxBatchRevisions = maxBatchRevisions;
        return this;
    }

    /**
     * Names that may be open at a time. Opening one more fails with Overloaded. {@value #DEFAULT_MAX_NAMES} by default.
     */
    public int getMaxNames() {
        return maxNames;
    }

    public StateSyncOptions setMaxNames(int maxNames) {
        this.maxNames = maxNames;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws io.strandline.StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("answerTimeoutMillis", answerTimeoutMillis, 1, 3_600_000);
        Limits.require("backOffMillis", backOffMillis, 0, 60_000);
        Limits.require("maxBackOffMillis", maxBackOffMillis, backOffMillis, 60_000);
        Limits.require("refreshMillis", refreshMillis, 1, 3_600_000);
        Limits.require("compactAfter", compactAfter, 1, 100_000);
        Limits.require("maxBatchRevisions", maxBatchRevisions, 1, 10_000);
        Limits.require("maxNames", maxNames, 1, 1_000_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("answerTimeoutMillis", answerTimeoutMillis)
                .put("backOffMillis", backOffMillis)
                .put("maxBackOffMillis", maxBackOffMillis)
                .put("refreshMillis", refreshMillis)
                .put("compactAfter", compactAfter)
                .put("maxBatchRevisions", maxBatchRevisions)
                .put("maxNames", maxNames);
    }
}
