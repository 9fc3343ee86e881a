package io.strandline.impl.reader;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.spi.Batch;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.RetryTime;
import io.strandline.spi.RetryWindow;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Position of a reader in one partition: the slice that is delivered, and the one that was read ahead. */
final class Cursor {

    final PartitionDescription partition;
    /** Offset where the reader ends, or {@link Long#MAX_VALUE}. */
    private long end = Long.MAX_VALUE;
    /** Offset after the last event of the partition if it takes no more, else -1. */
    private long sealedAt = -1;
    /** Ids of the successors that the reader has begun. */
    final Set<Long> begun = new HashSet<>();
    /** Offset after the last event that was handed over. */
    long position;
    /** Offset from which the next read goes. */
    long readFrom;
    /** The partition's end offset when it was read last: from there on a read has to wait. */
    long knownEnd = -1;
    /** True while the port owes an answer. */
    boolean reading;
    /** The wait at the end of the partition, if that is what the port owes. */
    @Nullable
    Future<ReadSlice> wait;

    /** True if this cursor counts against the bytes that may be read ahead. */
    boolean reserved;
    /** True while it waits for its turn. */
    boolean queued;
    /** Reads that failed for a temporary reason. Open since the first of them. */
    final RetryWindow retries;

    @Nullable
    ReadSlice ahead;

    @Nullable
    Throwable failure;

    final Batch.Records records = new Batch.Records();
    private List<ReadSlice.Segment> segments = List.of();
    private int segment;
    private int batch;

    Cursor(PartitionDescription partition, long position, RetryTime time) {
        this.retries = time.window(DemandReader.RETRY_MILLIS);
        this.partition = partition;
        this.position = position;
        this.readFrom = position;
    }

    /** Ends the reader here at an offset. */
    void endAt(long offset) {
        end = Math.min(end, offset);
    }

    /** Notes that the partition ends at an offset for good. */
    void seal(long offset) {
        sealedAt = offset;
        endAt(offset);
    }

    /** True if the partition may have more than was read of it. */
    boolean mayHaveMore() {
        return readFrom < end;
    }

    /** True if the reader waits for events that are not there yet. */
    boolean isEndless() {
        return end == Long.MAX_VALUE;
    }

    long end() {
        return end;
    }

    /** True if everything that a sealed partition has was handed over. */
    boolean isAtSeal() {
        return sealedAt >= 0 && position >= sealedAt;
    }

    /** Continues after the removed events. Nothing that was read may be left. */
    void skipTo(long offset) {
        position = offset;
        readFrom = offset;
        knownEnd = -1;
    }

    boolean isFinished() {
        return position >= end;
    }

    /** Takes a slice as the one read ahead, and notes where the next read goes on. */
    void keep(ReadSlice slice) {
        ahead = slice;
        knownEnd = slice.endOffset();
        if (slice.sealed()) {
            seal(slice.endOffset());
        }
        List<ReadSlice.Segment> all = slice.segments();
        if (all.isEmpty()) {
            return;
        }
        ReadSlice.Segment last = all.get(all.size() - 1);
        int at = last.from();
        while (at + Batch.length(last.bytes(), at) < last.to()) {
            int length = Batch.length(last.bytes(), at);
            if (length < Batch.HEADER_BYTES) {
                throw new StrandlineException.Corrupt(
                        "batch of " + length + " bytes in partition " + partition.id() + " after offset " + readFrom);
            }
            at += length;
        }
        readFrom = Batch.offset(last.bytes(), at) + Batch.count(last.bytes(), at);
    }

    /** Makes the slice that was read ahead the one that is delivered. Returns false if there is none. */
    boolean turn() {
        ReadSlice next = ahead;
        if (next == null) {
            return false;
        }
        ahead = null;
        segments = next.segments();
        segment = -1;
        batch = 0;
        return true;
    }

    /** Moves to the next record of the slice. Returns false at its end. */
    boolean advance() {
        while (!records.hasNext()) {
            if (segment >= 0 && batch < segments.get(segment).to()) {
                ReadSlice.Segment current = segments.get(segment);
                records.reset(current.bytes(), batch);
                batch += Batch.length(current.bytes(), batch);
            } else if (segment + 1 < segments.size()) {
                segment++;
                batch = segments.get(segment).from();
            } else {
                segments = List.of();
                segment = -1;
                return false;
            }
        }
        records.next();
        return true;
    }

    /** Drops what is read, so that it can be collected. */
    void drop() {
        ahead = null;
        segments = List.of();
        segment = -1;
    }
}
