package io.strandline;

import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A consistent cut through a stream: for each partition, the offset of the first event after the cut.
 *
 * @param stream the stream that is cut
 * @param offsets partition id → offset, 0 or more
 */
public record StreamCut(StreamName stream, SortedMap<Long, Long> offsets) {

    /**
     * Checks the parts.
     *
     * @throws StrandlineException.Invalid if an offset is negative
     */
    public StreamCut {
        offsets = Collections.unmodifiableSortedMap(new TreeMap<>(offsets));
        for (Map.Entry<Long, Long> entry : offsets.entrySet()) {
            if (entry.getValue() < 0) {
                throw new StrandlineException.Invalid("offset " + entry.getValue() + " of partition " + entry.getKey()
                        + " of " + stream + " is negative");
            }
        }
    }

    /** A cut of one partition alone. */
    public static StreamCut of(StreamName stream, long partition, long offset) {
        return new StreamCut(stream, new TreeMap<>(Map.of(partition, offset)));
    }

    /**
     * Returns the offset at which the cut passes a partition.
     *
     * @throws StrandlineException.Invalid if the cut does not name that partition
     */
    public long offset(long partition) {
        Long offset = offsets.get(partition);
        if (offset == null) {
            throw new StrandlineException.Invalid("cut of " + stream + " does not name partition " + partition);
        }
        return offset;
    }

    /** Returns {@code {"stream": "scope/stream", "offsets": {"partition": offset, …}}}. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        offsets.forEach((partition, offset) -> json.put(Long.toString(partition), offset));
        return new JsonObject().put("stream", stream.toString()).put("offsets", json);
    }

    /**
     * Reads what {@link #toJson()} wrote.
     *
     * @throws StrandlineException.Invalid if it is something else
     */
    public static StreamCut fromJson(JsonObject json) {
        OptionsJson in = new OptionsJson("a stream cut", json);
        String stream = in.text("stream");
        JsonObject stored = in.object("offsets");
        in.end();
        if (stream == null) {
            throw new StrandlineException.Invalid("not a stream cut, it names no stream: " + json);
        }
        OptionsJson numbers = new OptionsJson("the offsets of a stream cut", stored);
        TreeMap<Long, Long> offsets = new TreeMap<>();
        for (String partition : stored.fieldNames()) {
            try {
                offsets.put(Long.parseLong(partition), numbers.whole(partition, 0));
            } catch (NumberFormatException e) {
                throw new StrandlineException.Invalid("not a stream cut, partition " + partition + " has no number", e);
            }
        }
        return new StreamCut(StreamName.parse(stream), offsets);
    }
}
