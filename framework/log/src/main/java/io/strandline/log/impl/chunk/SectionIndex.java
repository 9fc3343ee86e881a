package io.strandline.log.impl.chunk;

import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The index of one section, read from its bytes in place: where each block is, the first event in it, and the stamp of
 * the last. Immutable once made. {@link ChunkFormat} defines the bytes.
 */
final class SectionIndex {

    static final int BLOCKS = 12;
    static final int PARTITION = 16;
    static final int BASE_OFFSET = 24;
    static final int END_OFFSET = 32;
    static final int KEY_DIRECTORY_POSITION = 40;
    static final int KEY_DIRECTORY_BYTES = 48;
    static final int RESERVED = 52;
    static final int HEADER_BYTES = 56;

    static final int ENTRY_OFFSET = 0;
    static final int ENTRY_STAMP = 8;
    static final int ENTRY_POSITION = 16;
    static final int ENTRY_LENGTH = 24;
    static final int ENTRY_BYTES = 28;

    private final byte[] bytes;
    private final int blocks;

    private SectionIndex(byte[] bytes) {
        this.bytes = bytes;
        this.blocks = LittleEndian.getInt(bytes, BLOCKS);
    }

    /**
     * The index in these bytes, which belong to it from now on.
     *
     * @throws io.strandline.StrandlineException.Corrupt if the bytes are damaged or describe another section
     */
    static SectionIndex of(ChunkSection section, byte[] bytes) {
        String defect = ChunkFormat.defect(bytes, HEADER_BYTES, ChunkFormat.INDEX_MAGIC, "index");
        SectionIndex index = null;
        if (defect == null) {
            index = new SectionIndex(bytes);
            defect = index.disagreement(section);
        }
        if (index == null || defect != null) {
            throw ChunkFormat.corrupt(section, section.indexPosition(), section.baseOffset(), String.valueOf(defect));
        }
        return index;
    }

    private @Nullable String disagreement(ChunkSection section) {
        if (LittleEndian.getLong(bytes, PARTITION) != section.partition()
                || LittleEndian.getLong(bytes, BASE_OFFSET) != section.baseOffset()
                || LittleEndian.getLong(bytes, END_OFFSET) != section.endOffset()) {
            return "index is of partition " + LittleEndian.getLong(bytes, PARTITION) + ", offsets "
                    + LittleEndian.getLong(bytes, BASE_OFFSET) + " to " + LittleEndian.getLong(bytes, END_OFFSET)
                    + ", not "
                    + section.baseOffset() + " to " + section.endOffset();
        }
        if (blocks < 1 || HEADER_BYTES + (long) blocks * ENTRY_BYTES != bytes.length) {
            return "index of " + bytes.length + " bytes counts " + blocks + " blocks";
        }
        String keyIndexDefect = keyIndexDefect(section);
        if (keyIndexDefect != null) {
            return keyIndexDefect;
        }
        long position = section.dataPosition();
        for (int block = 0; block < blocks; block++) {
            if (position(block) != position || length(block) <= ChunkFormat.BLOCK_HEADER_BYTES) {
                return "index entry " + block + " is at position " + position(block) + " with " + length(block)
                        + " bytes, the blocks before it end at " + position;
            }
            if (endOffset(block) <= baseOffset(block)) {
                return "index entry " + block + " has the offsets " + baseOffset(block) + " to " + endOffset(block);
            }
            position += length(block);
        }
        if (position - section.dataPosition() != section.dataBytes()) {
            return "index has blocks of " + (position - section.dataPosition()) + " bytes, not " + section.dataBytes();
        }
        if (baseOffset(0) != section.baseOffset() || lastStamp(blocks - 1) != section.lastStamp()) {
            return "index begins at offset " + baseOffset(0) + " and ends with stamp " + lastStamp(blocks - 1)
                    + ", not " + section.baseOffset() + " and " + section.lastStamp();
        }
        return null;
    }

    private @Nullable String keyIndexDefect(ChunkSection section) {
        long end = section.dataPosition() + section.dataBytes();
        if (LittleEndian.getInt(bytes, RESERVED) != 0) {
            return "reserved bytes of the index are not 0";
        }
        if (!hasKeyIndex()) {
            return keyDirectoryPosition() == 0 && keyDirectoryBytes() == 0 && section.indexPosition() == end
                    ? null
                    : "index names a key index, which version " + ChunkFormat.FIRST_VERSION + " has not";
        }
        return keyDirectoryPosition() == end
                        && keyDirectoryBytes() >= KeyDirectory.HEADER_BYTES
                        && keyDirectoryBytes() <= section.indexPosition() - end
                ? null
                : "index names a key directory at position " + keyDirectoryPosition() + " of " + keyDirectoryBytes()
                        + " bytes, the blocks end at " + end + " and the index begins at " + section.indexPosition();
    }

    /** False in a chunk of the first version. */
    boolean hasKeyIndex() {
        return LittleEndian.getInt(bytes, ChunkFormat.FORMAT_VERSION) != ChunkFormat.FIRST_VERSION;
    }

    long keyDirectoryPosition() {
        return LittleEndian.getLong(bytes, KEY_DIRECTORY_POSITION);
    }

    int keyDirectoryBytes() {
        return LittleEndian.getInt(bytes, KEY_DIRECTORY_BYTES);
    }

    int blocks() {
        return blocks;
    }

    long baseOffset(int block) {
        return LittleEndian.getLong(bytes, entry(block) + ENTRY_OFFSET);
    }

    /** Offset after the last event of a block. */
    long endOffset(int block) {
        return block + 1 < blocks ? baseOffset(block + 1) : LittleEndian.getLong(bytes, END_OFFSET);
    }

    long lastStamp(int block) {
        return LittleEndian.getLong(bytes, entry(block) + ENTRY_STAMP);
    }

    long position(int block) {
        return LittleEndian.getLong(bytes, entry(block) + ENTRY_POSITION);
    }

    int length(int block) {
        return LittleEndian.getInt(bytes, entry(block) + ENTRY_LENGTH);
    }

    /** The block that holds an offset of the section. */
    int blockOf(long offset) {
        int low = 0;
        int high = blocks - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (baseOffset(middle) <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The first block whose last stamp is at or above a given one, or the last block if there is none. */
    int blockOfStamp(long stamp) {
        int low = 0;
        int high = blocks - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (lastStamp(middle) < stamp) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * The block after the last of those from {@code first} on that together have at most so many bytes, but at least one.
     */
    int endOfRun(int first, int maxBytes) {
        long sum = length(first);
        int block = first + 1;
        while (block < blocks && sum + length(block) <= maxBytes) {
            sum += length(block);
            block++;
        }
        return block;
    }

    /** Bytes of the blocks from {@code first} to before {@code end}. */
    long bytesOfRun(int first, int end) {
        return position(end - 1) + length(end - 1) - position(first);
    }

    /**
     * Checks that the block is at {@code at}, undamaged, and begins with the batch that it should.
     *
     * @return null, or a description of the defect
     */
    @Nullable
    String blockDefect(int block, byte[] data, int at, CRC32C crc) {
        int length = length(block);
        if (LittleEndian.getInt(data, at + ChunkFormat.BLOCK_LENGTH) != length) {
            return "block length " + LittleEndian.getInt(data, at + ChunkFormat.BLOCK_LENGTH) + " is not " + length;
        }
        int actual = ChunkFormat.checksum(data, at + ChunkFormat.CHECKED_FROM, at + length, crc);
        int stored = LittleEndian.getInt(data, at + ChunkFormat.CRC);
        if (stored != actual) {
            return "block checksum " + Integer.toHexString(stored) + " is not " + Integer.toHexString(actual);
        }
        long base = LittleEndian.getLong(data, at + ChunkFormat.BLOCK_OFFSET);
        long events = Integer.toUnsignedLong(LittleEndian.getInt(data, at + ChunkFormat.BLOCK_EVENTS));
        if (base != baseOffset(block) || base + events != endOffset(block)) {
            return "block has the offsets " + base + " to " + (base + events) + ", not " + baseOffset(block) + " to "
                    + endOffset(block);
        }
        int batch = at + ChunkFormat.BLOCK_HEADER_BYTES;
        if (length < ChunkFormat.BLOCK_HEADER_BYTES + Batch.HEADER_BYTES
                || Batch.offset(data, batch) != base
                || Batch.partition(data, batch) != LittleEndian.getLong(bytes, PARTITION)) {
            return "block does not begin with the batch of its first event";
        }
        return null;
    }

    private static int entry(int block) {
        return HEADER_BYTES + block * ENTRY_BYTES;
    }
}
