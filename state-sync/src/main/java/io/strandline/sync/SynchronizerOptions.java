package io.strandline.sync;

import io.strandline.Limits;
import io.vertx.core.json.JsonObject;

/** How a synchronizer behaves; where and how much is kept is its store's. */
public class SynchronizerOptions {

    public static final int DEFAULT_MAX_ATTEMPTS = 100;
    public static final long DEFAULT_BACK_OFF_MILLIS = 1;
    public static final long DEFAULT_MAX_BACK_OFF_MILLIS = 64;
    public static final long DEFAULT_CALL_TIMEOUT_MILLIS = 10_000;
    public static final long DEFAULT_STALE_AFTER_MILLIS = 1_000;
    public static final int DEFAULT_MAX_WAITING_CALLS = 1_000;
    public static final int DEFAULT_COMPACT_AFTER = 64;

    private int maxAttempts = DEFAULT_MAX_ATTEMPTS;
    private long backOffMillis = DEFAULT_BACK_OFF_MILLIS;
    private long maxBackOffMillis = DEFAULT_MAX_BACK_OFF_MILLIS;
    private long callTimeoutMillis = DEFAULT_CALL_TIMEOUT_MILLIS;
    private long staleAfterMillis = DEFAULT_STALE_AFTER_MILLIS;
    private int maxWaitingCalls = DEFAULT_MAX_WAITING_CALLS;
    private int compactAfter = DEFAULT_COMPACT_AFTER;

    public SynchronizerOptions() {}

    public SynchronizerOptions(SynchronizerOptions other) {
        this(other.toJson());
    }

    public SynchronizerOptions(JsonObject json) {
        this.maxAttempts = json.getInteger("maxAttempts", DEFAULT_MAX_ATTEMPTS);
        this.backOffMillis = json.getLong("backOffMillis", DEFAULT_BACK_OFF_MILLIS);
        this.maxBackOffMillis = json.getLong("maxBackOffMillis", DEFAULT_MAX_BACK_OFF_MILLIS);
        this.callTimeoutMillis = json.getLong("callTimeoutMillis", DEFAULT_CALL_TIMEOUT_MILLIS);
        this.staleAfterMillis = json.getLong("staleAfterMillis", DEFAULT_STALE_AFTER_MILLIS);
        this.maxWaitingCalls = json.getInteger("maxWaitingCalls", DEFAULT_MAX_WAITING_CALLS);
        this.compactAfter = json.getInteger("compactAfter", DEFAULT_COMPACT_AFTER);
    }

    /** How often one call asks the store to append, repeats included; {@value #DEFAULT_MAX_ATTEMPTS} by default. */
    public int getMaxAttempts() {
        return maxAttempts;
    }

    public SynchronizerOptions setMaxAttempts(int maxAttempts) {
        this.maxAttempts = maxAttempts;
        return this;
    }

    /**
     * Bound of the first random pause, before the third attempt; it doubles with each attempt. The second attempt goes at
     * once. {@value #DEFAULT_BACK_OFF_MILLIS} ms by default.
     */
    public long getBackOffMillis() {
        return backOffMillis;
    }

    public SynchronizerOptions setBackOffMillis(long backOffMillis) {
        this.backOffMillis = backOffMillis;
        return this;
    }

    /** Longest pause between two attempts; {@value #DEFAULT_MAX_BACK_OFF_MILLIS} ms by default. */
    public long getMaxBackOffMillis() {
        return maxBackOffMillis;
    }

    public SynchronizerOptions setMaxBackOffMillis(long maxBackOffMillis) {
        this.maxBackOffMillis = maxBackOffMillis;
        return this;
    }

    /**
     * How long the store may take to answer once; then a read fails Unavailable and an append Unknown. 10 s by default.
     */
    public long getCallTimeoutMillis() {
        return callTimeoutMillis;
    }

    public SynchronizerOptions setCallTimeoutMillis(long callTimeoutMillis) {
        this.callTimeoutMillis = callTimeoutMillis;
        return this;
    }

    /**
     * Age of the last answer of the store from which an update begins with a read, instead of an append that would
     * probably be refused; {@value #DEFAULT_STALE_AFTER_MILLIS} ms by default.
     */
    public long getStaleAfterMillis() {
        return staleAfterMillis;
    }

    public SynchronizerOptions setStaleAfterMillis(long staleAfterMillis) {
        this.staleAfterMillis = staleAfterMillis;
        return this;
    }

    /** Calls that may wait for the one before them; more fail Overloaded. {@value #DEFAULT_MAX_WAITING_CALLS} by default. */
    public int getMaxWaitingCalls() {
        return maxWaitingCalls;
    }

    public SynchronizerOptions setMaxWaitingCalls(int maxWaitingCalls) {
        this.maxWaitingCalls = maxWaitingCalls;
        return this;
    }

    /**
     * Revisions since the last whole state after which the synchronizer that appended the last of them compacts;
     * {@value #DEFAULT_COMPACT_AFTER} by default.
     */
    public int getCompactAfter() {
        return compactAfter;
    }

    public SynchronizerOptions setCompactAfter(int compactAfter) {
        this.compactAfter = compactAfter;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws io.strandline.StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("maxAttempts", maxAttempts, 1, 10_000);
        Limits.require("backOffMillis", backOffMillis, 0, 60_000);
        Limits.require("maxBackOffMillis", maxBackOffMillis, backOffMillis, 60_000);
        Limits.require("callTimeoutMillis", callTimeoutMillis, 1, 3_600_000);
        Limits.require("staleAfterMillis", staleAfterMillis, 0, 3_600_000);
        Limits.require("maxWaitingCalls", maxWaitingCalls, 1, 1_000_000);
        Limits.require("compactAfter", compactAfter, 1, 100_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("maxAttempts", maxAttempts)
                .put("backOffMillis", backOffMillis)
                .put("maxBackOffMillis", maxBackOffMillis)
                .put("callTimeoutMillis", callTimeoutMillis)
                .put("staleAfterMillis", staleAfterMillis)
                .put("maxWaitingCalls", maxWaitingCalls)
                .put("compactAfter", compactAfter);
    }
}
