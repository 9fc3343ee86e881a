package io.strandline;

import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How a writer is created. */
public class WriterOptions {

    /** Longest writer id, in characters. */
    public static final int MAX_ID_LENGTH = 200;

    public static final int DEFAULT_WRITE_QUEUE_BYTES = 4 << 20;
    /** What each unacknowledged append counts beside its bytes: about the memory that its future takes. */
    public static final int CALL_BYTES = 64;

    public static final int DEFAULT_MAX_UNACKNOWLEDGED_BYTES = 64 << 20;
    public static final int DEFAULT_PARCEL_BYTES = 256 << 10;
    public static final int DEFAULT_PARCELS_IN_FLIGHT = 4;
    public static final long DEFAULT_RETRY_TIMEOUT_MILLIS = 10_000;

    /** Generation of a claim that begins a new one. */
    public static final long NEW_GENERATION = 0;

    private @Nullable String id;
    private int writeQueueBytes = DEFAULT_WRITE_QUEUE_BYTES;
    private int maxUnacknowledgedBytes = DEFAULT_MAX_UNACKNOWLEDGED_BYTES;
    private int parcelBytes = DEFAULT_PARCEL_BYTES;
    private int parcelsInFlight = DEFAULT_PARCELS_IN_FLIGHT;
    private long retryTimeoutMillis = DEFAULT_RETRY_TIMEOUT_MILLIS;
    private Durability durability = Durability.FORCED;
    private Compression compression = Compression.NONE;
    private @Nullable Map<Long, WriterMark> replay;
    private @Nullable Long claim;
    private long claimGeneration = NEW_GENERATION;
    private TracingPolicy tracingPolicy = TracingPolicy.PROPAGATE;

    public WriterOptions() {}

    public WriterOptions(WriterOptions other) {
        this(other.toJson());
        this.durability = other.durability; // null in JSON is the default, and here it is a fault
        this.compression = other.compression;
        this.tracingPolicy = other.tracingPolicy;
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value is of another type, or a name that does not exist
     */
    public WriterOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("writer options", json);
        this.id = in.text("id");
        this.writeQueueBytes = in.integer("writeQueueBytes", DEFAULT_WRITE_QUEUE_BYTES);
        this.maxUnacknowledgedBytes = in.integer("maxUnacknowledgedBytes", DEFAULT_MAX_UNACKNOWLEDGED_BYTES);
        this.parcelBytes = in.integer("parcelBytes", DEFAULT_PARCEL_BYTES);
        this.parcelsInFlight = in.integer("parcelsInFlight", DEFAULT_PARCELS_IN_FLIGHT);
        this.retryTimeoutMillis = in.whole("retryTimeoutMillis", DEFAULT_RETRY_TIMEOUT_MILLIS);
        this.durability = in.constant("durability", Durability.FORCED);
        this.compression = in.constant("compression", Compression.NONE);
        this.claim = !in.has("claim") ? null : in.whole("claim", 0);
        this.claimGeneration = in.whole("claimGeneration", NEW_GENERATION);
        this.tracingPolicy = in.constant("tracingPolicy", TracingPolicy.PROPAGATE);
        this.replay = !in.has("replay") ? null : marks(in.object("replay"));
        in.end();
    }

    private static Map<Long, WriterMark> marks(JsonObject json) {
        Map<Long, WriterMark> marks = new TreeMap<>();
        for (String partition : json.fieldNames()) {
            try {
                JsonObject mark = json.getJsonObject(partition);
                marks.put(
                        Long.parseLong(partition),
                        new WriterMark(
                                new Sequence(mark.getLong("major"), mark.getLong("minor")),
                                Long.parseUnsignedLong(mark.getString("digest"), 16)));
            } catch (ClassCastException | NumberFormatException | NullPointerException e) {
                throw new StrandlineException.Invalid(
                        "replay of partition " + partition + " is " + json.getValue(partition)
                                + ", it must have major, minor and digest",
                        e);
            }
        }
        return marks;
    }

    /** Id under which the log remembers, per stream, which events this writer wrote. None by default. */
    public @Nullable String getId() {
        return id;
    }

    /**
     * Sets the id.
     *
     * @param id 1 to 200 characters that do not begin with {@code txn/}, or null for a writer that the log forgets some time after it closed
     */
    public WriterOptions setId(@Nullable String id) {
        this.id = id;
        return this;
    }

    /**
     * Unacknowledged bytes, with {@link #CALL_BYTES} for each append, from which {@link EventWriter#writeQueueFull()}
     * answers true. 4 MiB by default. A loop that appends until then holds its event loop for about 10 ms. With less, the
     * journal forces small groups, and shards have nothing to do while the loop fills the queue: 1 MiB took a third more
     * processor time per event. More is of little use.
     */
    public int getWriteQueueBytes() {
        return writeQueueBytes;
    }

    public WriterOptions setWriteQueueBytes(int writeQueueBytes) {
        this.writeQueueBytes = writeQueueBytes;
        return this;
    }

    /**
     * Unacknowledged bytes, with {@link #CALL_BYTES} for each append, from which appends fail with Overloaded. 64 MiB by
     * default.
     */
    public int getMaxUnacknowledgedBytes() {
        return maxUnacknowledgedBytes;
    }

    public WriterOptions setMaxUnacknowledgedBytes(int maxUnacknowledgedBytes) {
        this.maxUnacknowledgedBytes = maxUnacknowledgedBytes;
        return this;
    }

    /** Bytes from which a parcel is closed and handed over while others are in flight. 256 KiB by default. */
    public int getParcelBytes() {
        return parcelBytes;
    }

    public WriterOptions setParcelBytes(int parcelBytes) {
        this.parcelBytes = parcelBytes;
        return this;
    }

    /** Parcels in flight per shard. {@value #DEFAULT_PARCELS_IN_FLIGHT} by default. */
    public int getParcelsInFlight() {
        return parcelsInFlight;
    }

    public WriterOptions setParcelsInFlight(int parcelsInFlight) {
        this.parcelsInFlight = parcelsInFlight;
        return this;
    }

    /** How long a writer retries an append that the log could not confirm. 10 s by default. */
    public long getRetryTimeoutMillis() {
        return retryTimeoutMillis;
    }

    public WriterOptions setRetryTimeoutMillis(long retryTimeoutMillis) {
        this.retryTimeoutMillis = retryTimeoutMillis;
        return this;
    }

    /** Marks from which the writer replays, or null if it does not replay. Null by default. */
    public @Nullable Map<Long, WriterMark> getReplay() {
        return replay == null ? null : Collections.unmodifiableMap(replay);
    }

    /** When appends are acknowledged. {@link Durability#FORCED} by default. */
    public Durability getDurability() {
        return durability;
    }

    public WriterOptions setDurability(Durability durability) {
        this.durability = durability;
        return this;
    }

    /**
     * Sets the marks of a replay. The writer will be given again, in the order of their numbers over all partitions, the
     * events that an earlier writer of its id was given after these marks. New events follow. It compares the repeated
     * events with those in the log. Creating the writer fails with {@link StrandlineException.Conflict} if the log has
     * less than a mark says.
     *
     * @param replay partition id → mark, from {@link EventWriter#marks}. A partition without a mark is replayed from the
     *     beginning. Null for a writer that compares nothing
     */
    public WriterOptions setReplay(@Nullable Map<Long, WriterMark> replay) {
        this.replay = replay == null ? null : new TreeMap<>(replay);
        return this;
    }

    /** How the writer compresses its batches. Not at all by default. */
    public Compression getCompression() {
        return compression;
    }

    /**
     * Sets how the writer compresses its batches, each by itself, on its own context. They stay compressed in the log's
     * memory, in its files and on their way to readers, which decompress them on their own contexts. Small batches, and
     * those that would hardly become smaller, are not compressed. Limits, digests and the log's deduplication use the
     * plain events. A rule by size ({@link Retention}) counts stored bytes. The parts of a transaction are not
     * compressed.
     *
     * <p>Compression pays with similar events, in batches of many. If a writer waits for each append, every batch is one
     * event.
     *
     * <p>Creating the writer fails with {@link StrandlineException.Invalid} if a library that it needs is not on the
     * class path. The message names the library.
     */
    public WriterOptions setCompression(Compression compression) {
        this.compression = compression;
        return this;
    }

    /** Partition of an exclusive stream that the writer claims, or null. Null by default. */
    public @Nullable Long getClaim() {
        return claim;
    }

    /**
     * Claims a partition of an exclusive stream ({@link StreamOptions#setExclusive}). When the creation of the writer
     * completes, the claim is durable, and an earlier holder of the claim is fenced and can append nothing more. {@link
     * Catalog#endCut} counts the events that the earlier holder had appended until then. The claim holds until the next
     * one, also through a crash of the log.
     *
     * <p>The writer takes events whose keys belong to the partition, and fails with {@link StrandlineException.Invalid}
     * for others and for those without a key. After a permanent failure the partition must be claimed again. The writer
     * fails permanently with {@link StrandlineException.Fenced} when another writer has claimed it, with {@link
     * StrandlineException.Sealed} when the partition is sealed (its successors take nothing before they are claimed), and
     * when an append could not be confirmed within the retry timeout.
     *
     * <p>Creating the writer fails with {@link StrandlineException.NotFound} if the stream has no such partition, with
     * {@link StrandlineException.Sealed} if it is sealed, and with {@link StrandlineException.Invalid} if the stream is
     * not exclusive.
     *
     * @param partition id of the partition, 1 or more, or null for a writer of a stream that is not exclusive. A claiming
     *     writer has no id
     */
    public WriterOptions setClaim(@Nullable Long partition) {
        this.claim = partition;
        return this;
    }

    /** Generation of the claim. {@value #NEW_GENERATION} by default, for a claim that begins one. */
    public long getClaimGeneration() {
        return claimGeneration;
    }

    /**
     * Sets the generation of the claim. An owner of several partitions begins a generation by its first claim, learns it by
     * {@link EventWriter#claimGeneration()}, and keeps it for all its other claims: those of other partitions, those after a
     * writer of it failed, and those of partitions that succeed a sealed one. Each claim fences the earlier writer of the
     * partition, also one of the same generation.
     *
     * <p>A generation that is begun later wins, in whatever order the claims come. Creating the writer fails with {@link
     * StrandlineException.Fenced} if an owner of a later generation has claimed the partition, or one that the partition
     * succeeds. So an owner that was taken over takes nothing back. Creating it fails with {@link StrandlineException.Invalid}
     * if the stream has no claim of such a generation yet.
     *
     * @param claimGeneration 0 or more, and 0 without a claim. {@link #NEW_GENERATION}, which is 0, for a claim that begins a
     *     generation
     */
    public WriterOptions setClaimGeneration(long claimGeneration) {
        this.claimGeneration = claimGeneration;
        return this;
    }

    /** Which appends are spans, if Vert.x has a tracer. {@link TracingPolicy#PROPAGATE} by default. */
    public TracingPolicy getTracingPolicy() {
        return tracingPolicy;
    }

    /**
     * Sets which appends are spans of the tracer that Vert.x was given, and so put their trace into the headers of their events, where
     * it counts towards the size of an event. A batch is one span. An append under the application's own number is never one, because
     * an event that is given again must have the same bytes. Nor is one to a {@linkplain StreamName#isReserved() reserved} stream.
     *
     * @param tracingPolicy {@link TracingPolicy#PROPAGATE} for those that are made within a trace, {@link TracingPolicy#ALWAYS} for
     *     all, of which those outside begin a trace, and {@link TracingPolicy#IGNORE} for none
     */
    public WriterOptions setTracingPolicy(TracingPolicy tracingPolicy) {
        this.tracingPolicy = tracingPolicy;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.requireConstant("durability", durability, Durability.class);
        Limits.requireConstant("compression", compression, Compression.class);
        Limits.requireConstant("tracingPolicy", tracingPolicy, TracingPolicy.class);
        Limits.require("claimGeneration", claimGeneration, NEW_GENERATION, Long.MAX_VALUE);
        if (claim != null) {
            requireClaimAlone(claim);
        } else if (claimGeneration != NEW_GENERATION) {
            throw new StrandlineException.Invalid("claimGeneration is " + claimGeneration + " without a claim");
        }
        if (id != null) {
            Utf8.require("writer id", id, MAX_ID_LENGTH);
            if (id.startsWith("txn/")) {
                throw new StrandlineException.Invalid(
                        "writer id " + id + " begins with txn/, which is kept for transactions");
            }
        } else if (replay != null) {
            throw new StrandlineException.Invalid("a replay needs a writer id, under which the log remembers numbers");
        }
        Limits.require("writeQueueBytes", writeQueueBytes, 1, 1 << 30);
        Limits.require("maxUnacknowledgedBytes", maxUnacknowledgedBytes, writeQueueBytes, 1 << 30);
        Limits.require("parcelBytes", parcelBytes, 4 << 10, 4 << 20);
        Limits.require("parcelsInFlight", parcelsInFlight, 1, 64);
        Limits.require("retryTimeoutMillis", retryTimeoutMillis, 0, 3_600_000);
    }

    private void requireClaimAlone(long partition) {
        if (id != null) {
            throw new StrandlineException.Invalid("writer id " + id + " beside the claim of partition " + partition
                    + "; the log knows a claiming writer by its claim");
        }
        if (partition < 1) {
            throw new StrandlineException.Invalid("claim of partition " + partition + ", partitions begin at 1");
        }
    }

    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("id", id)
                .put("writeQueueBytes", writeQueueBytes)
                .put("maxUnacknowledgedBytes", maxUnacknowledgedBytes)
                .put("parcelBytes", parcelBytes)
                .put("parcelsInFlight", parcelsInFlight)
                .put("retryTimeoutMillis", retryTimeoutMillis)
                .put("durability", OptionsJson.nameOf(durability))
                .put("compression", OptionsJson.nameOf(compression))
                .put("claim", claim)
                .put("claimGeneration", claimGeneration)
                .put("tracingPolicy", OptionsJson.nameOf(tracingPolicy));
        if (replay != null) {
            JsonObject marks = new JsonObject();
            replay.forEach((partition, mark) -> marks.put(
                    Long.toString(partition),
                    new JsonObject()
                            .put("major", mark.last().major())
                            .put("minor", mark.last().minor())
                            .put("digest", Long.toHexString(mark.digest()))));
            json.put("replay", marks);
        }
        return json;
    }
}
