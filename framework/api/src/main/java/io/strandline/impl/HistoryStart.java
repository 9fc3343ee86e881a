package io.strandline.impl;

import io.strandline.Direction;
import io.strandline.HistoryOptions;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.KeyHash;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the history of a key begins: its partition, and the first slice.
 *
 * @param request what the slice answers
 * @param skip events at the beginning that are not wanted
 */
record HistoryStart(PartitionDescription partition, HistoryRequest request, HistorySlice first, long skip) {

    /**
     * The bytes of a key.
     *
     * @throws StrandlineException.Invalid if it is null or too long
     */
    static byte[] bytesOf(@Nullable String key) {
        if (key == null) {
            throw new StrandlineException.Invalid("the routing key of a history is null");
        }
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > Batch.MAX_KEY_BYTES) {
            throw new StrandlineException.Invalid("routing key of " + bytes.length + " bytes in UTF-8, the limit is "
                    + Batch.MAX_KEY_BYTES + ": " + key.substring(0, 64) + "…");
        }
        return bytes;
    }

    /** Finds the partition of a key, and reads the first slice. */
    static Future<HistoryStart> find(LogPort port, StreamDescription stream, byte[] key, HistoryOptions options) {
        PartitionDescription partition = partitionOf(stream, KeyHash.of(key, 0, key.length));
        // Two slices are held at a time: one that is delivered, one that is read ahead.
        HistoryRequest request = new HistoryRequest(
                key,
                HistoryRequest.START,
                HistoryRequest.END,
                options.getDirection(),
                Math.max(1, options.getReadAheadBytes() / 2));
        Long version = options.getFromVersion();
        if (version == null) {
            return start(port, partition, request, 0);
        }
        return request.isForward()
                ? start(port, partition, request, version - 1)
                : behindVersion(port, partition, forward(request), version)
                        .compose(behind -> start(port, partition, request.between(HistoryRequest.START, behind), 0));
    }

    private static Future<HistoryStart> start(
            LogPort port, PartitionDescription partition, HistoryRequest request, long skip) {
        return port.history(partition, request).map(first -> new HistoryStart(partition, request, first, skip));
    }

    private static HistoryRequest forward(HistoryRequest request) {
        return new HistoryRequest(request.key(), request.from(), request.to(), Direction.FORWARD, request.maxBytes());
    }

    /** The offset behind the event of a version, or the end if there are fewer. */
    private static Future<Long> behindVersion(
            LogPort port, PartitionDescription partition, HistoryRequest request, long version) {
        return port.history(partition, request).compose(slice -> {
            List<HistorySlice.Event> events = slice.events();
            if (version <= events.size()) {
                return Future.succeededFuture(events.get((int) version - 1).offset() + 1);
            }
            return slice.isLast()
                    ? Future.succeededFuture(HistoryRequest.END)
                    : behindVersion(port, partition, request.after(slice), version - events.size());
        });
    }

    private static PartitionDescription partitionOf(StreamDescription stream, long hash) {
        for (PartitionDescription partition : stream.partitions()) {
            if (partition.keys().contains(hash)) {
                return partition;
            }
        }
        throw new StrandlineException.Corrupt(
                "no partition of " + stream.name() + " takes the hash " + Long.toHexString(hash));
    }
}
