package io.strandline;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** How a reader is created. */
public class ReaderOptions {

    public static final int DEFAULT_READ_AHEAD_BYTES = 4 << 20;

    private StartPosition from = StartPosition.start();
    private SortedSet<Long> partitions = new TreeSet<>();
    private int readAheadBytes = DEFAULT_READ_AHEAD_BYTES;

    public ReaderOptions() {}

    public ReaderOptions(ReaderOptions other) {
        this.from = other.from;
        this.partitions = new TreeSet<>(other.partitions);
        this.readAheadBytes = other.readAheadBytes;
    }

    public ReaderOptions(JsonObject json) {
        Object from = json.getValue("from", "start");
        if (from instanceof JsonObject cut) {
            this.from = StartPosition.at(StreamCut.fromJson(cut));
        } else if ("start".equals(from)) {
            this.from = StartPosition.start();
        } else if ("end".equals(from)) {
            this.from = StartPosition.end();
        } else {
            throw new StrandlineException.Invalid(
                    "from is " + from + ", it must be \"start\", \"end\" or a stream cut");
        }
        for (Object id : json.getJsonArray("partitions", new JsonArray())) {
            this.partitions.add(((Number) id).longValue());
        }
        this.readAheadBytes = json.getInteger("readAheadBytes", DEFAULT_READ_AHEAD_BYTES);
    }

    /** Where to start; the start of the stream by default. */
    public StartPosition getFrom() {
        return from;
    }

    public ReaderOptions setFrom(StartPosition from) {
        this.from = from;
        return this;
    }

    /** Ids of the partitions to read; empty, the default, means all (or those of the cut). */
    public Set<Long> getPartitions() {
        return partitions;
    }

    public ReaderOptions setPartitions(Set<Long> partitions) {
        this.partitions = new TreeSet<>(partitions);
        return this;
    }

    /** Bytes that a reader may hold ahead of its handler, over all partitions; 4 MiB by default. */
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
    }

    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        if (from instanceof StartPosition.Cut cut) {
            json.put("from", cut.cut().toJson());
        } else {
            json.put("from", from instanceof StartPosition.End ? "end" : "start");
        }
        return json.put("partitions", new JsonArray(new java.util.ArrayList<>(partitions)))
                .put("readAheadBytes", readAheadBytes);
    }
}
