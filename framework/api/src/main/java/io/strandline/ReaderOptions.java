package io.strandline;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** How a reader is created. */
public class ReaderOptions {

    public static final int DEFAULT_READ_AHEAD_BYTES = 4 << 20;

    private StartPosition from = StartPosition.start();
    private @Nullable StreamCut until;
    private SortedSet<Long> partitions = new TreeSet<>();
    private boolean followScaling = true;
    private OnTruncated onTruncated = OnTruncated.FAIL;
    private int readAheadBytes = DEFAULT_READ_AHEAD_BYTES;

    public ReaderOptions() {}

    public ReaderOptions(ReaderOptions other) {
        this.from = other.from;
        this.until = other.until;
        this.partitions = new TreeSet<>(other.partitions);
        this.followScaling = other.followScaling;
        this.onTruncated = other.onTruncated;
        this.readAheadBytes = other.readAheadBytes;
    }

    /**
     * Reads what {@link #toJson()} writes.
     *
     * @throws StrandlineException.Invalid if a value is of another type
     */
    public ReaderOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("reader options", json);
        this.from = StartPosition.fromJson("from", in.value("from"));
        JsonObject cut = in.object("until");
        this.until = cut.isEmpty() ? null : StreamCut.fromJson(cut);
        this.partitions = new TreeSet<>(in.wholes("partitions"));
        this.followScaling = in.flag("followScaling", true);
        this.onTruncated = in.constant("onTruncated", OnTruncated.FAIL);
        this.readAheadBytes = in.integer("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
        in.end();
    }

    /** Where to start. The start of the stream by default. */
    public StartPosition getFrom() {
        return from;
    }

    public ReaderOptions setFrom(StartPosition from) {
        this.from = Limits.requireGiven("from", from);
        return this;
    }

    /** Where the reader ends, or null. Null by default. */
    public @Nullable StreamCut getUntil() {
        return until;
    }

    /**
     * Bounds the reader: it reads the events between its start and this cut, including those of the partitions between
     * them, and ends. The cut may name sealed partitions. Keys that it does not cover are not read.
     *
     * <p>Opening the reader fails with {@link StrandlineException.Invalid} if the cut lies before the start, past the
     * end, in another stream or in a partition that the stream never had.
     *
     * @param until for each partition the offset after the last event to read, or null for none
     */
    public ReaderOptions setUntil(@Nullable StreamCut until) {
        this.until = until;
        return this;
    }

    /** True if the reader continues in the partitions that replace sealed ones. True by default. */
    public boolean isFollowScaling() {
        return followScaling;
    }

    /**
     * Sets whether the reader continues in the successors of a partition that it read to its end. If true, it begins a
     * successor when it has read all partitions that the successor replaces, so that events of one key come in their
     * order. A successor of a partition that it does not read is left out. If false, a sealed partition just ends, and a
     * subscription ends when all its partitions have ended.
     */
    public ReaderOptions setFollowScaling(boolean followScaling) {
        this.followScaling = followScaling;
        return this;
    }

    /** What the reader does when events that it is to read were removed. It fails by default. */
    public OnTruncated getOnTruncated() {
        return onTruncated;
    }

    public ReaderOptions setOnTruncated(OnTruncated onTruncated) {
        this.onTruncated = onTruncated;
        return this;
    }

    /** Ids of the partitions to read, open or sealed. Empty, the default, means all (or those of the cut). */
    public Set<Long> getPartitions() {
        return partitions;
    }

    public ReaderOptions setPartitions(Set<Long> partitions) {
        this.partitions = new TreeSet<>(Limits.requireGiven("partitions", partitions));
        return this;
    }

    /** Bytes that a reader may hold ahead of its handler, over all partitions. 4 MiB by default. */
    public int getReadAheadBytes() {
        return readAheadBytes;
    }

    public ReaderOptions setReadAheadBytes(int readAheadBytes) {
        this.readAheadBytes = readAheadBytes;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("readAheadBytes", readAheadBytes, 1, 1 << 30);
        Limits.requireConstant("onTruncated", onTruncated, OnTruncated.class);
    }

    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("from", from.toJson());
        if (until != null) {
            json.put("until", until.toJson());
        }
        return json.put("partitions", new JsonArray(new ArrayList<>(partitions)))
                .put("followScaling", followScaling)
                .put("onTruncated", OptionsJson.nameOf(onTruncated))
                .put("readAheadBytes", readAheadBytes);
    }
}
