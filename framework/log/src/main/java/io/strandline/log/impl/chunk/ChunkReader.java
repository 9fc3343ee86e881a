package io.strandline.log.impl.chunk;

import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Reads events from chunks. It belongs to one shard: {@link #read} is called on the shard's executor only, and its
 * futures complete on a thread of the storage, where checksums are verified too.
 */
public final class ChunkReader {

    /** Bytes of section indexes that a shard keeps in memory. At 28 bytes a block, they locate about 36 GiB of events. */
    static final long INDEX_CACHE_BYTES = 32L * 1024 * 1024;

    /**
     * Bytes of key directories that a shard keeps in memory. The directories take about 0.7 % of the events and 2 bytes a
     * key.
     */
    static final long KEY_DIRECTORY_CACHE_BYTES = 32L * 1024 * 1024;

    private final ChunkStorage storage;
    private final SectionIndexCache indexes;
    private final SectionHistory history;

    public ChunkReader(ChunkStorage storage) {
        this(storage, KeyHash::of);
    }

    /** @param hashes the function with which the chunks were written */
    public ChunkReader(ChunkStorage storage, HashFunction hashes) {
        this.storage = storage;
        this.indexes = new SectionIndexCache(storage, INDEX_CACHE_BYTES);
        this.history =
                new SectionHistory(storage, new KeyDirectoryCache(storage, indexes, KEY_DIRECTORY_CACHE_BYTES), hashes);
    }

    /**
     * Reads events of one key from a section. The section holds the first offset that the request asks for in its
     * direction. The part of the request that the slice leaves begins past the section at the latest.
     *
     * <p>Fails as {@link #read} does.
     */
    public Future<HistorySlice> history(ChunkSection section, HistoryRequest request) {
        return history.read(section, request);
    }

    /**
     * Reads consecutive batches of a section, starting with the one that holds {@code offset}. One read of the storage
     * fetches whole blocks: as many as fit into {@code maxBytes}, and at least one. Each block becomes one segment, and
     * all segments share one array. The read ends with the section.
     *
     * <p>Fails with Corrupt if anything differs from the data that was written. If the storage cannot read, fails as the
     * storage does.
     *
     * @throws IllegalArgumentException if the section does not hold the offset
     */
    public Future<List<ReadSlice.Segment>> read(ChunkSection section, long offset, int maxBytes) {
        if (offset < section.baseOffset() || offset >= section.endOffset()) {
            throw new IllegalArgumentException("offset " + offset + " is outside of " + section);
        }
        return indexes.get(section).compose(index -> readBlocks(section, index, offset, maxBytes));
    }

    /**
     * Offset of the first event of a section that is stamped at or after a time. The section's last stamp must not be
     * below that time. Reads one block, and the section's index if it is not in memory.
     *
     * <p>Fails as {@link #read} does.
     */
    public Future<Long> offsetAt(ChunkSection section, long stamp) {
        return indexes.get(section).compose(index -> {
            int block = index.blockOfStamp(stamp);
            return readBlocks(storage, section, index, block, block + 1, index.baseOffset(block))
                    .map(segments -> offsetAt(section, index.position(block), segments.get(0), stamp));
        });
    }

    private static long offsetAt(ChunkSection section, long position, ReadSlice.Segment block, long stamp) {
        byte[] bytes = block.bytes();
        for (int at = block.from(); at < block.to(); at += Batch.length(bytes, at)) {
            if (Batch.stamp(bytes, at) >= stamp) {
                return Batch.offset(bytes, at);
            }
        }
        throw ChunkFormat.corrupt(
                section, position, section.baseOffset(), "no batch of the block is as late as its index says");
    }

    private Future<List<ReadSlice.Segment>> readBlocks(
            ChunkSection section, SectionIndex index, long offset, int maxBytes) {
        int first = index.blockOf(offset);
        return readBlocks(storage, section, index, first, index.endOfRun(first, maxBytes), offset);
    }

    /**
     * Reads whole blocks with one read into one array. The first segment begins with the batch that holds {@code offset}.
     */
    static Future<List<ReadSlice.Segment>> readBlocks(
            ChunkStorage storage, ChunkSection section, SectionIndex index, int first, int end, long offset) {
        int length = Math.toIntExact(index.bytesOfRun(first, end));
        return readPart(storage, section, index.position(first), length, offset)
                .map(bytes -> segments(section, index, first, end, offset, bytes));
    }

    private static List<ReadSlice.Segment> segments(
            ChunkSection section, SectionIndex index, int first, int end, long offset, byte[] bytes) {
        CRC32C crc = new CRC32C();
        List<ReadSlice.Segment> segments = new ArrayList<>(end - first);
        int at = 0;
        for (int block = first; block < end; block++) {
            String defect = index.blockDefect(block, bytes, at, crc);
            if (defect != null) {
                throw ChunkFormat.corrupt(section, index.position(block), index.baseOffset(block), defect);
            }
            int from = at + ChunkFormat.BLOCK_HEADER_BYTES;
            int to = at + index.length(block);
            if (block == first) {
                from = firstBatch(bytes, from, to, offset);
                if (from < 0) {
                    throw ChunkFormat.corrupt(
                            section, index.position(block), offset, "batches of the block skip the offset");
                }
            }
            segments.add(new ReadSlice.Segment(bytes, from, to));
            at = to;
        }
        return segments;
    }

    /** Index of the batch that holds an offset, or -1 if none between {@code from} and {@code to} does. */
    private static int firstBatch(byte[] bytes, int from, int to, long offset) {
        int at = from;
        while (to - at >= Batch.HEADER_BYTES) {
            int length = Batch.length(bytes, at);
            if (length < Batch.HEADER_BYTES || length > to - at) {
                return -1;
            }
            long base = Batch.offset(bytes, at);
            if (base <= offset && offset < base + Batch.count(bytes, at)) {
                return at;
            }
            at += length;
        }
        return -1;
    }

    /**
     * Reads a part of a section. If the storage reports Corrupt, adds the partition and offset, which the storage cannot
     * know.
     */
    static Future<byte[]> readPart(ChunkStorage storage, ChunkSection section, long position, int length, long offset) {
        return placed(storage.read(section.chunk().objectName(), position, length), section, position, offset);
    }

    /** As {@link #readPart}, for several, one at least. */
    static Future<List<byte[]>> readParts(
            ChunkStorage storage, ChunkSection section, List<ChunkStorage.Range> ranges, long offset) {
        return placed(
                storage.read(section.chunk().objectName(), ranges),
                section,
                ranges.get(0).position(),
                offset);
    }

    private static <T> Future<T> placed(Future<T> read, ChunkSection section, long position, long offset) {
        return read.recover(failure -> Future.failedFuture(
                failure instanceof StrandlineException.Corrupt
                        ? ChunkFormat.corrupt(section, position, offset, String.valueOf(failure.getMessage()))
                        : failure));
    }
}
