package io.strandline.impl.reader;

import io.strandline.Direction;
import io.strandline.HistoryOptions;
import io.strandline.Limits;
import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the history of a key begins: the partitions that hold it, and the first slice.
 *
 * @param pieces the partitions, in the order in which they are read. The slice is of the first
 * @param request the request that the slice answers
 * @param skip number of events at the beginning that are not wanted
 */
public record HistoryStart(List<Piece> pieces, HistoryRequest request, HistorySlice first, long skip) {

    /**
     * The part of the history in one partition.
     *
     * @param to the offset after the last event wanted
     * @param sealed true if others replaced the partition, so that it may be gone without the stream
     */
    record Piece(PartitionDescription partition, long to, boolean sealed) {

        /** True if the piece is missing because nothing of its partition is kept. */
        boolean isGone(@Nullable Throwable failure) {
            return sealed && failure instanceof StrandlineException.NotFound;
        }

        HistoryRequest request(HistoryRequest like) {
            return like.between(HistoryRequest.START, to);
        }
    }

    /**
     * The bytes of a key.
     *
     * @throws StrandlineException.Invalid if it is null, too long, or no text that UTF-8 can hold
     */
    public static byte[] bytesOf(@Nullable String key) {
        return Utf8.encode("the routing key of a history", key, Limits.MAX_KEY_BYTES);
    }

    /** Finds the partitions of a key, and reads the first slice. */
    public static Future<HistoryStart> find(
            LogPort port, StreamDescription stream, byte[] key, HistoryOptions options) {
        // Two slices are held at a time: one that is delivered, one that is read ahead.
        HistoryRequest request = new HistoryRequest(
                key,
                HistoryRequest.START,
                HistoryRequest.END,
                options.getDirection(),
                Math.max(1, options.getReadAheadBytes() / 2));
        return pieces(port, stream, KeyHash.of(key, 0, key.length))
                .compose(pieces -> find(port, pieces, request, options.getFromVersion()))
                .recover(failure -> Future.failedFuture(DemandReader.inStream(stream.name(), failure)));
    }

    private static Future<HistoryStart> find(
            LogPort port, List<Piece> pieces, HistoryRequest request, @Nullable Long version) {
        if (request.isForward()) {
            return start(port, pieces, request, version == null ? 0 : version - 1);
        }
        return version == null
                ? start(port, reversed(pieces), request, 0)
                : upToVersion(port, pieces, 0, forward(request), version)
                        .compose(some -> start(port, reversed(some), request, 0));
    }

    private static Future<HistoryStart> start(LogPort port, List<Piece> pieces, HistoryRequest request, long skip) {
        Piece first = pieces.get(0);
        HistoryRequest asked = first.request(request);
        return port.history(first.partition(), asked)
                .map(slice -> new HistoryStart(pieces, asked, slice, skip))
                .recover(failure -> first.isGone(failure) && pieces.size() > 1
                        ? start(port, pieces.subList(1, pieces.size()), request, skip)
                        : Future.failedFuture(failure));
    }

    private static HistoryRequest forward(HistoryRequest request) {
        return new HistoryRequest(request.key(), request.from(), request.to(), Direction.FORWARD, request.maxBytes());
    }

    /** The pieces up to the event of a version, including that event. All pieces if there are fewer events. */
    private static Future<List<Piece>> upToVersion(
            LogPort port, List<Piece> pieces, int index, HistoryRequest request, long version) {
        if (index == pieces.size()) {
            return Future.succeededFuture(pieces);
        }
        Piece piece = pieces.get(index);
        return count(port, piece, piece.request(request), version).compose(counted -> {
            if (counted.missing() > 0) {
                return upToVersion(port, pieces, index + 1, request, counted.missing());
            }
            List<Piece> some = new ArrayList<>(pieces.subList(0, index));
            some.add(new Piece(piece.partition(), counted.end(), piece.sealed()));
            return Future.succeededFuture(some);
        });
    }

    /**
     * How a count of events ended.
     *
     * @param missing how many fewer events there are than wanted
     * @param end if none is missing, the offset after the last event that was wanted
     */
    private record Counted(long missing, long end) {}

    private static Future<Counted> count(LogPort port, Piece piece, HistoryRequest request, long wanted) {
        return port.history(piece.partition(), request)
                .recover(failure -> piece.isGone(failure)
                        ? Future.succeededFuture(new HistorySlice(0, 0, List.of()))
                        : Future.failedFuture(failure))
                .compose(slice -> {
                    List<HistorySlice.Event> events = slice.events();
                    if (wanted <= events.size()) {
                        return Future.succeededFuture(
                                new Counted(0, events.get((int) wanted - 1).offset() + 1));
                    }
                    long missing = wanted - events.size();
                    return slice.isLast()
                            ? Future.succeededFuture(new Counted(missing, 0))
                            : count(port, piece, request.after(slice), missing);
                });
    }

    // ---- the partitions of a key ----

    /** The partitions that hold a key, the oldest first, up to where they end now. */
    private static Future<List<Piece>> pieces(LogPort port, StreamDescription stream, long hash) {
        List<PartitionDescription> chain = chain(stream, hash);
        PartitionDescription newest = chain.get(chain.size() - 1);
        if (chain.size() == 1) {
            return Future.succeededFuture(List.of(new Piece(newest, HistoryRequest.END, false)));
        }
        String name = stream.name().toString();
        return port.catalog()
                .startCut(name)
                .compose(start -> port.catalog().endCut(name).map(end -> {
                    List<Piece> pieces = new ArrayList<>();
                    for (PartitionDescription partition : chain.subList(0, chain.size() - 1)) {
                        SealedPartition sealed = stream.sealed(partition.id());
                        long sealedEnd = sealed == null ? HistoryRequest.END : sealed.endOffset();
                        if (ReaderStart.startOf(stream, start, partition) < sealedEnd) {
                            pieces.add(new Piece(partition, sealedEnd, true));
                        }
                    }
                    long newestEnd = end.offsets().getOrDefault(newest.id(), HistoryRequest.END);
                    pieces.add(new Piece(newest, newestEnd, false));
                    return pieces;
                }));
    }

    /** The partition that takes a hash, and before it those from which it took over. */
    private static List<PartitionDescription> chain(StreamDescription stream, long hash) {
        List<PartitionDescription> chain = new ArrayList<>();
        PartitionDescription partition = taking(stream.partitions(), hash);
        if (partition == null) {
            throw new StrandlineException.Corrupt(
                    "no partition of " + stream.name() + " takes the hash " + Long.toHexString(hash));
        }
        while (partition != null) {
            chain.add(partition);
            partition = taking(
                    stream.predecessors(partition.id()).stream()
                            .map(SealedPartition::partition)
                            .toList(),
                    hash);
        }
        return reversed(chain);
    }

    private static @Nullable PartitionDescription taking(List<PartitionDescription> partitions, long hash) {
        for (PartitionDescription partition : partitions) {
            if (partition.keys().contains(hash)) {
                return partition;
            }
        }
        return null;
    }

    private static <T> List<T> reversed(List<T> list) {
        List<T> reversed = new ArrayList<>(list);
        Collections.reverse(reversed);
        return reversed;
    }
}
