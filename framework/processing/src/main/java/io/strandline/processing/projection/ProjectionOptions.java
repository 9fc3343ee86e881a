package io.strandline.processing.projection;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import org.jspecify.annotations.Nullable;

/** How a projection is run. */
public class ProjectionOptions {

    public static final int DEFAULT_VERSION = 1;
    public static final int DEFAULT_BATCH_EVENTS = GroupReaderOptions.DEFAULT_BATCH_EVENTS;
    public static final int DEFAULT_READ_AHEAD_BYTES = GroupReaderOptions.DEFAULT_READ_AHEAD_BYTES;
    public static final long DEFAULT_STORE_TIMEOUT_MILLIS = 60_000;

    private @Nullable String name;
    private int version = DEFAULT_VERSION;
    private @Nullable String member;
    private GroupOptions group = new GroupOptions();
    private int batchEvents = DEFAULT_BATCH_EVENTS;
    private int readAheadBytes = DEFAULT_READ_AHEAD_BYTES;
    private long storeTimeoutMillis = DEFAULT_STORE_TIMEOUT_MILLIS;
    private TracingPolicy tracingPolicy = TracingPolicy.PROPAGATE;

    public ProjectionOptions() {}

    public ProjectionOptions(ProjectionOptions other) {
        this(other.toJson());
        this.tracingPolicy = other.tracingPolicy; // null in JSON is the default, and here it is a fault
    }

    /**
     * Reads options. A missing option has its default.
     *
     * @throws StrandlineException.Invalid if a value is of another type
     */
    public ProjectionOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("projection options", json);
        this.name = in.text("name");
        this.version = in.integer("version", DEFAULT_VERSION);
        this.member = in.text("member");
        this.group = new GroupOptions(in.object("group"));
        this.batchEvents = in.integer("batchEvents", DEFAULT_BATCH_EVENTS);
        this.readAheadBytes = in.integer("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
        this.storeTimeoutMillis = in.whole("storeTimeoutMillis", DEFAULT_STORE_TIMEOUT_MILLIS);
        this.tracingPolicy = in.constant("tracingPolicy", TracingPolicy.PROPAGATE);
        in.end();
    }

    /** The projection's name, {@code scope/projection}, at most {@value ProjectionId#MAX_NAME_LENGTH} characters. Must be given. */
    public @Nullable String getName() {
        return name;
    }

    public ProjectionOptions setName(@Nullable String name) {
        this.name = name;
        return this;
    }

    /**
     * The version of the model, {@value #DEFAULT_VERSION} by default. Another version has positions of its own: it begins where
     * the group options say, beside the one that runs.
     */
    public int getVersion() {
        return version;
    }

    public ProjectionOptions setVersion(int version) {
        this.version = version;
        return this;
    }

    /**
     * The name of this member among those that share the partitions, by the rules of a stream's name. The default is null, for a
     * random one.
     */
    public @Nullable String getMember() {
        return member;
    }

    public ProjectionOptions setMember(@Nullable String member) {
        this.member = member;
        return this;
    }

    /**
     * What is read, from where, with which filters, and what becomes of an event that cannot be applied. At least the streams must
     * be given. All members give the same.
     */
    public GroupOptions getGroup() {
        return group;
    }

    public ProjectionOptions setGroup(GroupOptions group) {
        this.group = Limits.requireGiven("group", group);
        return this;
    }

    /** Most events that are applied together. The default is {@value #DEFAULT_BATCH_EVENTS}. */
    public int getBatchEvents() {
        return batchEvents;
    }

    public ProjectionOptions setBatchEvents(int batchEvents) {
        this.batchEvents = batchEvents;
        return this;
    }

    /** Bytes that are read ahead of the store, over all partitions. The default is 4 MiB. A batch holds no more than its part. */
    public int getReadAheadBytes() {
        return readAheadBytes;
    }

    public ProjectionOptions setReadAheadBytes(int readAheadBytes) {
        this.readAheadBytes = readAheadBytes;
        return this;
    }

    /**
     * How long a call of the store is made again after transient failures, in milliseconds. The default is 60 s. Then this member
     * stops with the cause. No event is skipped or parked for a store that is away. So the group's {@code handlerTimeoutMillis} must
     * be 0 or greater than this, or a delivery would fail while the store is still asked.
     */
    public long getStoreTimeoutMillis() {
        return storeTimeoutMillis;
    }

    public ProjectionOptions setStoreTimeoutMillis(long storeTimeoutMillis) {
        this.storeTimeoutMillis = storeTimeoutMillis;
        return this;
    }

    /** Which batches are spans, if Vert.x has a tracer. {@link TracingPolicy#PROPAGATE} by default. */
    public TracingPolicy getTracingPolicy() {
        return tracingPolicy;
    }

    /** Sets which batches are spans, as {@link GroupReaderOptions#setTracingPolicy} does for a reader. */
    public ProjectionOptions setTracingPolicy(TracingPolicy tracingPolicy) {
        this.tracingPolicy = tracingPolicy;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        id();
        if (member != null) {
            StreamName.requireValid("member", member);
        }
        group.validate();
        readerOptions().validate();
        Limits.require("storeTimeoutMillis", storeTimeoutMillis, 0, 86_400_000);
        long handlerTimeoutMillis = group.getHandlerTimeoutMillis();
        if (handlerTimeoutMillis != 0 && handlerTimeoutMillis <= storeTimeoutMillis) {
            throw new StrandlineException.Invalid("group.handlerTimeoutMillis is " + handlerTimeoutMillis
                    + ", it must be 0 or greater than storeTimeoutMillis, which is " + storeTimeoutMillis);
        }
    }

    /**
     * The projection's name and version.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public ProjectionId id() {
        if (name == null) {
            throw new StrandlineException.Invalid("name is null, it must name the projection as scope/projection");
        }
        return new ProjectionId(name, version);
    }

    /** How the group's reader behaves. */
    public GroupReaderOptions readerOptions() {
        return new GroupReaderOptions()
                .setBatchEvents(batchEvents)
                .setReadAheadBytes(readAheadBytes)
                .setTracingPolicy(tracingPolicy);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("name", name)
                .put("version", version)
                .put("member", member)
                .put("group", group.toJson())
                .put("batchEvents", batchEvents)
                .put("readAheadBytes", readAheadBytes)
                .put("storeTimeoutMillis", storeTimeoutMillis)
                .put("tracingPolicy", OptionsJson.nameOf(tracingPolicy));
    }
}
