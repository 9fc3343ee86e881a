package io.strandline.sync;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;

/** The behavior of one synchronizer. Where and how much is kept is decided by its store. */
public class SynchronizerOptions {

    public static final int DEFAULT_MAX_ATTEMPTS = 100;
    public static final long DEFAULT_CALL_TIMEOUT_MILLIS = 30_000;
    public static final int DEFAULT_MAX_OPEN_CALLS = 1_000;
    public static final int DEFAULT_MAX_CHANGE_READERS = 100;
    public static final boolean DEFAULT_CREATE_IF_MISSING = true;

    private int maxAttempts = DEFAULT_MAX_ATTEMPTS;
    private long callTimeoutMillis = DEFAULT_CALL_TIMEOUT_MILLIS;
    private int maxOpenCalls = DEFAULT_MAX_OPEN_CALLS;
    private int maxChangeReaders = DEFAULT_MAX_CHANGE_READERS;
    private boolean createIfMissing = DEFAULT_CREATE_IF_MISSING;

    public SynchronizerOptions() {}

    public SynchronizerOptions(SynchronizerOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options. Missing options have their defaults.
     *
     * @throws StrandlineException.Invalid if a value has another type
     */
    public SynchronizerOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("synchronizer options", json);
        this.maxAttempts = in.integer("maxAttempts", DEFAULT_MAX_ATTEMPTS);
        this.callTimeoutMillis = in.whole("callTimeoutMillis", DEFAULT_CALL_TIMEOUT_MILLIS);
        this.maxOpenCalls = in.integer("maxOpenCalls", DEFAULT_MAX_OPEN_CALLS);
        this.maxChangeReaders = in.integer("maxChangeReaders", DEFAULT_MAX_CHANGE_READERS);
        this.createIfMissing = in.flag("createIfMissing", DEFAULT_CREATE_IF_MISSING);
        in.end();
    }

    /**
     * How often the function of one call is run before the call fails with Conflict. {@value #DEFAULT_MAX_ATTEMPTS} by
     * default.
     */
    public int getMaxAttempts() {
        return maxAttempts;
    }

    public SynchronizerOptions setMaxAttempts(int maxAttempts) {
        this.maxAttempts = maxAttempts;
        return this;
    }

    /**
     * Age up to which a call is tried once more. An older call fails, with Conflict if it was refused before and with
     * Unavailable if its turn never came. 30 s by default. The store's answer to the last attempt may take longer, see
     * {@link StateSyncOptions#getAnswerTimeoutMillis()}.
     */
    public long getCallTimeoutMillis() {
        return callTimeoutMillis;
    }

    public SynchronizerOptions setCallTimeoutMillis(long callTimeoutMillis) {
        this.callTimeoutMillis = callTimeoutMillis;
        return this;
    }

    /** Calls that may be open at a time. One more fails with Overloaded. {@value #DEFAULT_MAX_OPEN_CALLS} by default. */
    public int getMaxOpenCalls() {
        return maxOpenCalls;
    }

    public SynchronizerOptions setMaxOpenCalls(int maxOpenCalls) {
        this.maxOpenCalls = maxOpenCalls;
        return this;
    }

    /** Change readers that may be open at a time. {@value #DEFAULT_MAX_CHANGE_READERS} by default. */
    public int getMaxChangeReaders() {
        return maxChangeReaders;
    }

    public SynchronizerOptions setMaxChangeReaders(int maxChangeReaders) {
        this.maxChangeReaders = maxChangeReaders;
        return this;
    }

    /**
     * Whether a name that nobody wrote begins with the initial state. Without, opening it fails NotFound: for those who
     * follow what others write. True by default.
     */
    public boolean isCreateIfMissing() {
        return createIfMissing;
    }

    public SynchronizerOptions setCreateIfMissing(boolean createIfMissing) {
        this.createIfMissing = createIfMissing;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws io.strandline.StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("maxAttempts", maxAttempts, 1, 10_000);
        Limits.require("callTimeoutMillis", callTimeoutMillis, 1, 3_600_000);
        Limits.require("maxOpenCalls", maxOpenCalls, 1, 1_000_000);
        Limits.require("maxChangeReaders", maxChangeReaders, 1, 100_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("maxAttempts", maxAttempts)
                .put("callTimeoutMillis", callTimeoutMillis)
                .put("maxOpenCalls", maxOpenCalls)
                .put("maxChangeReaders", maxChangeReaders)
                .put("createIfMissing", createIfMissing);
    }
}
