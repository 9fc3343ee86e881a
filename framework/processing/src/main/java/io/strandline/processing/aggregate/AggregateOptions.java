package io.strandline.processing.aggregate;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import org.jspecify.annotations.Nullable;

/** How aggregates are run. */
public class AggregateOptions {

    public static final int MAX_OWNERS = 256;
    public static final int MAX_SNAPSHOT_EVENTS = 1_000_000;
    public static final int MAX_COMMAND_IDS = 1_000;
    public static final int DEFAULT_PARTITIONS = 4;
    public static final int DEFAULT_OWNERS = 2;
    public static final int DEFAULT_SNAPSHOT_EVENTS = 100;
    public static final int DEFAULT_SNAPSHOT_BYTES = 256 << 10;
    public static final long DEFAULT_SNAPSHOT_REBUILD_MILLIS = 0;
    public static final long DEFAULT_SNAPSHOT_STREAM_BYTES = 1L << 30;
    public static final int DEFAULT_HOT_AGGREGATES = 100_000;
    public static final long DEFAULT_HOT_BYTES = 64L << 20;
    public static final int DEFAULT_COMMAND_IDS = 16;
    public static final int DEFAULT_MAX_CALLS = 65_536;
    public static final int DEFAULT_MAX_REBUILDS = 64;
    public static final long DEFAULT_RETRY_TIMEOUT_MILLIS = 10_000;
    public static final long DEFAULT_MAX_SERVED_BYTES = 64L << 20;
    public static final long DEFAULT_LEASE_MILLIS = 5_000;

    private @Nullable String stream;
    private int partitions = DEFAULT_PARTITIONS;
    private int owners = DEFAULT_OWNERS;
    private int snapshotEvents = DEFAULT_SNAPSHOT_EVENTS;
    private int snapshotBytes = DEFAULT_SNAPSHOT_BYTES;
    private long snapshotRebuildMillis = DEFAULT_SNAPSHOT_REBUILD_MILLIS;
    private long snapshotStreamBytes = DEFAULT_SNAPSHOT_STREAM_BYTES;
    private int hotAggregates = DEFAULT_HOT_AGGREGATES;
    private long hotBytes = DEFAULT_HOT_BYTES;
    private int commandIds = DEFAULT_COMMAND_IDS;
    private int maxCalls = DEFAULT_MAX_CALLS;
    private int maxRebuilds = DEFAULT_MAX_REBUILDS;
    private long retryTimeoutMillis = DEFAULT_RETRY_TIMEOUT_MILLIS;
    private @Nullable String address;
    private long maxServedBytes = DEFAULT_MAX_SERVED_BYTES;
    private long leaseMillis = DEFAULT_LEASE_MILLIS;
    private TracingPolicy tracingPolicy = TracingPolicy.PROPAGATE;

    public AggregateOptions() {}

    public AggregateOptions(AggregateOptions other) {
        this(other.toJson());
        this.tracingPolicy = other.tracingPolicy; // null in JSON is the default, and here it is a fault
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value is of another type, or a name that does not exist
     */
    public AggregateOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("aggregate options", json);
        this.stream = in.text("stream");
        this.partitions = in.integer("partitions", DEFAULT_PARTITIONS);
        this.owners = in.integer("owners", DEFAULT_OWNERS);
        this.snapshotEvents = in.integer("snapshotEvents", DEFAULT_SNAPSHOT_EVENTS);
        this.snapshotBytes = in.integer("snapshotBytes", DEFAULT_SNAPSHOT_BYTES);
        this.snapshotRebuildMillis = in.whole("snapshotRebuildMillis", DEFAULT_SNAPSHOT_REBUILD_MILLIS);
        this.snapshotStreamBytes = in.whole("snapshotStreamBytes", DEFAULT_SNAPSHOT_STREAM_BYTES);
        this.hotAggregates = in.integer("hotAggregates", DEFAULT_HOT_AGGREGATES);
        this.hotBytes = in.whole("hotBytes", DEFAULT_HOT_BYTES);
        this.commandIds = in.integer("commandIds", DEFAULT_COMMAND_IDS);
        this.maxCalls = in.integer("maxCalls", DEFAULT_MAX_CALLS);
        this.maxRebuilds = in.integer("maxRebuilds", DEFAULT_MAX_REBUILDS);
        this.retryTimeoutMillis = in.whole("retryTimeoutMillis", DEFAULT_RETRY_TIMEOUT_MILLIS);
        this.address = in.text("address");
        this.maxServedBytes = in.whole("maxServedBytes", DEFAULT_MAX_SERVED_BYTES);
        this.leaseMillis = in.whole("leaseMillis", DEFAULT_LEASE_MILLIS);
        this.tracingPolicy = in.constant("tracingPolicy", TracingPolicy.PROPAGATE);
        in.end();
    }

    /** The stream of the aggregates' events, {@code scope/stream}. Must be given. */
    public @Nullable String getStream() {
        return stream;
    }

    /**
     * Sets the stream. It belongs to one kind of aggregates, is created as an exclusive one if it does not exist, and is never
     * truncated: its events are the aggregates.
     */
    public AggregateOptions setStream(@Nullable String stream) {
        this.stream = stream;
        return this;
    }

    /** Partitions with which the stream is created if it does not exist. {@value #DEFAULT_PARTITIONS} by default. */
    public int getPartitions() {
        return partitions;
    }

    public AggregateOptions setPartitions(int partitions) {
        this.partitions = partitions;
        return this;
    }

    /** Contexts that share the partitions of the stream. {@value #DEFAULT_OWNERS} by default. Each is a verticle of its own, on an event loop. */
    public int getOwners() {
        return owners;
    }

    public AggregateOptions setOwners(int owners) {
        this.owners = owners;
        return this;
    }

    /** Events of an aggregate after which a snapshot of it is written. 0 for none by count, {@value #DEFAULT_SNAPSHOT_EVENTS} by default. */
    public int getSnapshotEvents() {
        return snapshotEvents;
    }

    public AggregateOptions setSnapshotEvents(int snapshotEvents) {
        this.snapshotEvents = snapshotEvents;
        return this;
    }

    /** Stored bytes of an aggregate's events after which a snapshot of it is written. 0 for none by size, 256 KiB by default. */
    public int getSnapshotBytes() {
        return snapshotBytes;
    }

    public AggregateOptions setSnapshotBytes(int snapshotBytes) {
        this.snapshotBytes = snapshotBytes;
        return this;
    }

    /** Time that rebuilding an aggregate may take until a snapshot of it is written, in milliseconds. 0 for none by time, which is the default. */
    public long getSnapshotRebuildMillis() {
        return snapshotRebuildMillis;
    }

    /**
     * Sets the time. When an aggregate that was not in memory took as long to read, or longer, it is written as it was read, unless its
     * snapshot had all of its events. So the next time is shorter, also if no command comes in between. The time counts from the first
     * read to the last fold, without waiting for other rebuilds ({@link #getMaxRebuilds}).
     */
    public AggregateOptions setSnapshotRebuildMillis(long snapshotRebuildMillis) {
        this.snapshotRebuildMillis = snapshotRebuildMillis;
        return this;
    }

    /** Bytes of the stream of snapshots above which the oldest ones leave. 0 for no bound, 1 GiB by default. For the creation of the stream. */
    public long getSnapshotStreamBytes() {
        return snapshotStreamBytes;
    }

    public AggregateOptions setSnapshotStreamBytes(long snapshotStreamBytes) {
        this.snapshotStreamBytes = snapshotStreamBytes;
        return this;
    }

    /** Most aggregates kept in memory, over all owners. {@value #DEFAULT_HOT_AGGREGATES} by default. Those that were not used for longest leave first. Aggregates with a command under way stay, and count. */
    public int getHotAggregates() {
        return hotAggregates;
    }

    public AggregateOptions setHotAggregates(int hotAggregates) {
        this.hotAggregates = hotAggregates;
        return this;
    }

    /** Bytes that aggregates in memory may take, over all owners. 64 MiB by default. A state counts what its newest snapshot took and its events since, or without snapshots what its events took, at most 64 KiB. Ids of commands count besides. */
    public long getHotBytes() {
        return hotBytes;
    }

    public AggregateOptions setHotBytes(long hotBytes) {
        this.hotBytes = hotBytes;
        return this;
    }

    /** Ids of commands that each aggregate remembers. {@value #DEFAULT_COMMAND_IDS} by default. */
    public int getCommandIds() {
        return commandIds;
    }

    public AggregateOptions setCommandIds(int commandIds) {
        this.commandIds = commandIds;
        return this;
    }

    /** Commands and queries under way. One more fails Overloaded. {@value #DEFAULT_MAX_CALLS} by default. */
    public int getMaxCalls() {
        return maxCalls;
    }

    public AggregateOptions setMaxCalls(int maxCalls) {
        this.maxCalls = maxCalls;
        return this;
    }

    /** Aggregates that an owner reads from the log at a time. Others wait. {@value #DEFAULT_MAX_REBUILDS} by default. */
    public int getMaxRebuilds() {
        return maxRebuilds;
    }

    public AggregateOptions setMaxRebuilds(int maxRebuilds) {
        this.maxRebuilds = maxRebuilds;
        return this;
    }

    /** How long an append, a claim, or the way to the partitions that took over or to the member that owns is tried again, in milliseconds. 10 s by default. */
    public long getRetryTimeoutMillis() {
        return retryTimeoutMillis;
    }

    public AggregateOptions setRetryTimeoutMillis(long retryTimeoutMillis) {
        this.retryTimeoutMillis = retryTimeoutMillis;
        return this;
    }

    /** Address on the event bus at which calls from elsewhere are taken, or null. Null by default. */
    public @Nullable String getAddress() {
        return address;
    }

    /**
     * Sets the address, at which {@link Aggregates#connect} reaches these aggregates from any verticle of this Vert.x or its cluster.
     * An address belongs to one stream of one log. Aggregates that are opened again with the same address take its calls over, and the
     * earlier ones take none any more: those are told at {@code <address>.owners}, or learn it by the next call. Members that share
     * their partitions take the calls in turns, and send each other those for what they own at {@code <address>.<member>}.
     *
     * <p>Any member of the cluster may ask. The event bus is inside the application, and its encryption and client certificates keep
     * others out. A message that is no valid request is refused with {@link StrandlineException.Invalid} and harms nobody.
     *
     * @param address not blank, or null to take calls of this object alone. The commands of the aggregate need names then, and its
     *     states a codec
     */
    public AggregateOptions setAddress(@Nullable String address) {
        this.address = address;
        return this;
    }

    /** Bytes of calls from elsewhere that are under way, at most. One more fails Overloaded. 64 MiB by default. */
    public long getMaxServedBytes() {
        return maxServedBytes;
    }

    public AggregateOptions setMaxServedBytes(long maxServedBytes) {
        this.maxServedBytes = maxServedBytes;
        return this;
    }

    /** How long a member of {@link Aggregates#share} may be silent before the others take its partitions, in milliseconds. 5 s by default. */
    public long getLeaseMillis() {
        return leaseMillis;
    }

    /**
     * Sets the lease. The one of the member that came last is valid for all members. It should be less than half of the time that calls
     * wait ({@link #getRetryTimeoutMillis}), so that they outlast the end of a lease. Without {@link Aggregates#share} it has no effect.
     */
    public AggregateOptions setLeaseMillis(long leaseMillis) {
        this.leaseMillis = leaseMillis;
        return this;
    }

    /** Which commands are spans, if Vert.x has a tracer. {@link TracingPolicy#PROPAGATE} by default. */
    public TracingPolicy getTracingPolicy() {
        return tracingPolicy;
    }

    /**
     * Sets which commands are spans of the tracer that Vert.x was given. The span lasts until the outcome is known, and the events of the
     * command have its trace in their headers, in place of one in the headers of the command. A repeated command gets the first outcome,
     * whose events keep the first trace.
     *
     * @param tracingPolicy {@link TracingPolicy#PROPAGATE} for those that are executed within a trace, {@link TracingPolicy#ALWAYS} for
     *     all, of which those outside begin a trace, and {@link TracingPolicy#IGNORE} for none
     */
    public AggregateOptions setTracingPolicy(TracingPolicy tracingPolicy) {
        this.tracingPolicy = tracingPolicy;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        if (stream == null) {
            throw new StrandlineException.Invalid("stream is null, it must name the stream of the aggregates' events");
        }
        StreamName.parse(stream);
        Limits.require("partitions", partitions, 1, StreamOptions.MAX_PARTITIONS);
        Limits.require("owners", owners, 1, MAX_OWNERS);
        Limits.require("snapshotEvents", snapshotEvents, 0, MAX_SNAPSHOT_EVENTS);
        Limits.require("snapshotBytes", snapshotBytes, 0, 1 << 30);
        Limits.require("snapshotRebuildMillis", snapshotRebuildMillis, 0, 3_600_000);
        Limits.require("snapshotStreamBytes", snapshotStreamBytes, 0, Long.MAX_VALUE);
        Limits.require("hotAggregates", hotAggregates, 1, 100_000_000);
        Limits.require("hotBytes", hotBytes, 1, Long.MAX_VALUE);
        Limits.require("commandIds", commandIds, 0, MAX_COMMAND_IDS);
        Limits.require("maxCalls", maxCalls, 1, 10_000_000);
        Limits.require("maxRebuilds", maxRebuilds, 1, 10_000);
        Limits.require("retryTimeoutMillis", retryTimeoutMillis, 1, 3_600_000);
        if (address != null && address.isBlank()) {
            throw new StrandlineException.Invalid("address is blank, it must name where the aggregates are reached");
        }
        Limits.require("maxServedBytes", maxServedBytes, 1 << 20, 1L << 40);
        Limits.require("leaseMillis", leaseMillis, 30, 3_600_000);
        Limits.requireConstant("tracingPolicy", tracingPolicy, TracingPolicy.class);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("stream", stream)
                .put("partitions", partitions)
                .put("owners", owners)
                .put("snapshotEvents", snapshotEvents)
                .put("snapshotBytes", snapshotBytes)
                .put("snapshotRebuildMillis", snapshotRebuildMillis)
                .put("snapshotStreamBytes", snapshotStreamBytes)
                .put("hotAggregates", hotAggregates)
                .put("hotBytes", hotBytes)
                .put("commandIds", commandIds)
                .put("maxCalls", maxCalls)
                .put("maxRebuilds", maxRebuilds)
                .put("retryTimeoutMillis", retryTimeoutMillis)
                .put("address", address)
                .put("maxServedBytes", maxServedBytes)
                .put("leaseMillis", leaseMillis)
                .put("tracingPolicy", OptionsJson.nameOf(tracingPolicy));
    }
}
