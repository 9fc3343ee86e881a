package io.strandline.log.impl.chunk;

import org.jspecify.annotations.Nullable;

/**
 * The events of one partition in one chunk: the data that the shard keeps in memory and in its journal to find them.
 *
 * @param chunk the chunk
 * @param partition id of the partition
 * @param baseOffset offset of the first event
 * @param endOffset offset after the last event
 * @param lastStamp stamp of the last event, milliseconds since 1970
 * @param dataPosition position of the first block in the file
 * @param dataBytes length of all blocks
 * @param indexPosition position of the section's index in the file
 * @param indexBytes length of that index
 */
public record ChunkSection(
        ChunkId chunk,
        long partition,
        long baseOffset,
        long endOffset,
        long lastStamp,
        long dataPosition,
        long dataBytes,
        long indexPosition,
        int indexBytes) {

    // By hand: it is a key of caches, and what a record has by itself is slow until it is compiled.

    @Override
    public boolean equals(@Nullable Object other) {
        return other == this
                || (other instanceof ChunkSection section
                        && chunk.equals(section.chunk)
                        && partition == section.partition
                        && baseOffset == section.baseOffset
                        && endOffset == section.endOffset
                        && lastStamp == section.lastStamp
                        && dataPosition == section.dataPosition
                        && dataBytes == section.dataBytes
                        && indexPosition == section.indexPosition
                        && indexBytes == section.indexBytes);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * chunk.hashCode() + Long.hashCode(partition)) + Long.hashCode(baseOffset);
    }

    /** Bytes of the section in its chunk: blocks, key index and index, which are stored one after the other. */
    public long storedBytes() {
        return indexPosition + indexBytes - dataPosition;
    }
}
