package io.strandline.processing.group;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;

/** How one reader of a group behaves. */
public class GroupReaderOptions {

    public static final int DEFAULT_READ_AHEAD_BYTES = 4 << 20;
    public static final int DEFAULT_BATCH_EVENTS = 1_000;

    /** Most keys of one partition that are handled at once. */
    public static final int MAX_KEY_CONCURRENCY = 1_000;

    /** Events that a partition holds for each key that may be handled at once, at most. */
    public static final int KEY_EVENTS_AHEAD = 64;

    private int readAheadBytes = DEFAULT_READ_AHEAD_BYTES;
    private int batchEvents = DEFAULT_BATCH_EVENTS;
    private int keyConcurrency = 1;
    private boolean rejoin = true;
    private TracingPolicy tracingPolicy = TracingPolicy.PROPAGATE;

    public GroupReaderOptions() {}

    public GroupReaderOptions(GroupReaderOptions other) {
        this(other.toJson());
        this.tracingPolicy = other.tracingPolicy; // null in JSON is the default, and here it is a fault
    }

    /** Reads options. A missing option has its default. */
    public GroupReaderOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("group reader options", json);
        this.readAheadBytes = in.integer("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
        this.batchEvents = in.integer("batchEvents", DEFAULT_BATCH_EVENTS);
        this.keyConcurrency = in.integer("keyConcurrency", 1);
        this.rejoin = in.flag("rejoin", true);
        this.tracingPolicy = in.constant("tracingPolicy", TracingPolicy.PROPAGATE);
        in.end();
    }

    /**
     * Bytes that the reader may hold ahead of its handler. The default is 4 MiB. Each partition gets its part, and at
     * least 32 KiB.
     */
    public int getReadAheadBytes() {
        return readAheadBytes;
    }

    public GroupReaderOptions setReadAheadBytes(int readAheadBytes) {
        this.readAheadBytes = readAheadBytes;
        return this;
    }

    /** Most events of a batch, if the reader has a batch handler. The default is {@value #DEFAULT_BATCH_EVENTS}. */
    public int getBatchEvents() {
        return batchEvents;
    }

    public GroupReaderOptions setBatchEvents(int batchEvents) {
        this.batchEvents = batchEvents;
        return this;
    }

    /**
     * How many keys of one partition are handled at once, from 1, the default, to {@value #MAX_KEY_CONCURRENCY}. With 1 the events of
     * a partition are handled one after the other. With more, different keys are handled at the same time, and the events of one
     * key in their order, never two at once. Events without a key are handled like those of one key.
     *
     * <p>The position of a partition is that of its first event that is not processed. After a crash the events after the committed
     * position come again, as always, and some of them were processed out of the order of the partition. An event whose
     * delivery fails comes again alone: the events at the handler end first, and the other keys of its partition wait until it is
     * processed, skipped or parked. If the partition moves to another reader meanwhile, or while an event of a held key waits to be
     * parked, later events that were processed come again.
     *
     * <p>The reader holds at most {@value #KEY_EVENTS_AHEAD} times as many events of a partition as this, and encoded bytes up to
     * the partition's part of {@link #getReadAheadBytes()}, in addition to what it reads ahead. It does not go together with a batch
     * handler.
     */
    public int getKeyConcurrency() {
        return keyConcurrency;
    }

    public GroupReaderOptions setKeyConcurrency(int keyConcurrency) {
        this.keyConcurrency = keyConcurrency;
        return this;
    }

    /**
     * Whether a reader whose lease has ended joins again, as a new session. The default is true. Otherwise it ends with
     * Fenced.
     */
    public boolean isRejoin() {
        return rejoin;
    }

    public GroupReaderOptions setRejoin(boolean rejoin) {
        this.rejoin = rejoin;
        return this;
    }

    /** Which calls of the handler are spans, if Vert.x has a tracer. {@link TracingPolicy#PROPAGATE} by default. */
    public TracingPolicy getTracingPolicy() {
        return tracingPolicy;
    }

    /**
     * Sets which calls of the handler are spans of the tracer that Vert.x was given. Such a span is a child of the one that appended
     * the event. What the handler appends, sends or asks belongs to it, and it ends with the handler's future. A batch is one span, a
     * child of the first of its events that has a trace.
     *
     * @param tracingPolicy {@link TracingPolicy#PROPAGATE} for events with a trace in their headers, {@link TracingPolicy#ALWAYS} for
     *     all, of which those without begin a trace, and {@link TracingPolicy#IGNORE} for none
     */
    public GroupReaderOptions setTracingPolicy(TracingPolicy tracingPolicy) {
        this.tracingPolicy = tracingPolicy;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws io.strandline.StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("readAheadBytes", readAheadBytes, 1, 1 << 30);
        Limits.require("batchEvents", batchEvents, 1, 1_000_000);
        Limits.require("keyConcurrency", keyConcurrency, 1, MAX_KEY_CONCURRENCY);
        Limits.requireConstant("tracingPolicy", tracingPolicy, TracingPolicy.class);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("readAheadBytes", readAheadBytes)
                .put("batchEvents", batchEvents)
                .put("keyConcurrency", keyConcurrency)
                .put("rejoin", rejoin)
                .put("tracingPolicy", OptionsJson.nameOf(tracingPolicy));
    }
}
