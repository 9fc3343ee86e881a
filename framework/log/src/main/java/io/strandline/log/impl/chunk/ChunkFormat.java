package io.strandline.log.impl.chunk;

import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Format of a chunk, version 2. All numbers are little-endian. Every position counts from the start of the file. There
 * are no gaps between the parts, so each byte belongs to one part and is checked with it.
 *
 * <pre>
 * chunk
 *      header
 *      section        one for each partition: blocks, one after the other, then their key index, then their index
 *      footer
 *      trailer
 *
 * header
 *  at  bytes
 *   0  4      magic "SLCH"
 *   4  4      CRC32C of bytes 8 to the end of the header
 *   8  4      version, 2
 *  12  4      epoch                     ┐ the chunk's name
 *  16  8      number                    ┘
 *  24  4      number of sections
 *  28  4      reserved, 0
 *
 * block
 *   0  4      length of the whole block in bytes
 *   4  4      CRC32C of bytes 8 to the end of the block
 *   8  8      offset of the first event
 *  16  4      number of events
 *  20  4      number of batches
 *  24         batches, as {@link Batch} draws them
 *
 * key index of a section
 *      directory
 *      leaves         one after the other
 *
 * directory
 *   0  4      magic "SLKD"
 *   4  4      CRC32C of bytes 8 to the end of the directory
 *   8  4      version, 2
 *  12  4      number of leaves, a power of two; 0 if no event has a key, and then all that follows is missing
 *  16  4      number of hashes of keys
 *  20  4      number of words of the Bloom filter
 *  24  4      number of pages
 *  28  4      number of events with a key
 *  32  8      partition id
 *  40  8      offset of the first event
 *  48         Bloom filter over the hashes, 8 bytes a word: 7 bits of 10 a hash ({@link KeyDirectory})
 *             for each leaf
 *              0  4   where it ends, counted from the first leaf
 *              4  4   CRC32C of its bytes
 *             for each page of 4 KiB that holds a part of the blocks; pages count from the start of the file
 *              0  4   CRC32C of the bytes of the blocks in it
 *              4  4   the first event that begins there or later, counted from the first of the section
 *              8  4   where in the page it begins, -1 if in a later one; plus 65,536 if a compressed batch begins in the
 *                     page, plus 131,072 if the event is the first of one: then that is where the batch begins
 *             12  4   bytes from there to the end of its batch    ┐ 0 if it begins in a later one
 *             16  8   its stamp                                   ┘
 *
 * leaf: the hashes of which the upper bits of the lower half say its number, in the order of their first events
 *   0  4      lower half of the hash
 *   4         varint, number of units of 2 bytes in the list that follows
 *             the first event of the hash, counted from the first of the section; then the distance to the next:
 *             one unit below 32,768; otherwise two, the lower 15 bits with the highest bit set, then the others
 *
 * index of a section
 *   0  4      magic "SLIX"
 *   4  4      CRC32C of bytes 8 to the end of the index
 *   8  4      version, 2
 *  12  4      number of blocks
 *  16  8      partition id
 *  24  8      offset of the first event
 *  32  8      offset after the last event
 *  40  8      position of the directory of the key index  ┐ 0 in version 1,
 *  48  4      length of that directory in bytes           ┘ which has no key index
 *  52  4      reserved, 0
 *  56         for each block
 *              0  8   offset of the first event
 *              8  8   stamp of the last event
 *             16  8   position
 *             24  4   length in bytes
 *
 * footer
 *   0  4      magic "SLFT"
 *   4  4      CRC32C of bytes 8 to the end of the footer
 *   8  4      version, 2
 *  12  4      number of sections
 *  16         for each section
 *              0  8   partition id
 *              8  8   offset of the first event
 *             16  8   offset after the last event
 *             24  8   stamp of the last event
 *             32  8   position of the first block
 *             40  8   length of all blocks in bytes
 *             48  8   position of the index
 *             56  4   length of the index in bytes
 *             60  4   number of batches
 *             64  8   number of events
 *
 * trailer
 *   0  8      position of the footer
 *   8  4      length of the footer in bytes
 *  12  4      CRC32C in the footer
 *  16  4      magic "SLTR"
 * </pre>
 *
 * <p>A reader needs the index of a section and its blocks, and finds both through a {@link ChunkSection}. The history of
 * a key needs the index, the directory, one leaf and the pages of the events. Header, footer and trailer serve
 * verification and rebuilding.
 *
 * <p>Version 1 differs only in the version number, and in that it has no key index. It is read as it is.
 */
public final class ChunkFormat {

    static final int VERSION = 2;

    /** Version without key indexes, still read. */
    static final int FIRST_VERSION = 1;

    static final int HEADER_MAGIC = 0x48434c53;
    static final int KEY_DIRECTORY_MAGIC = 0x444b4c53;
    static final int INDEX_MAGIC = 0x58494c53;
    static final int FOOTER_MAGIC = 0x54464c53;
    static final int TRAILER_MAGIC = 0x52544c53;

    static final int MAGIC = 0;
    static final int CRC = 4;
    static final int CHECKED_FROM = 8;
    static final int FORMAT_VERSION = 8;

    static final int HEADER_EPOCH = 12;
    static final int HEADER_NUMBER = 16;
    static final int HEADER_SECTIONS = 24;
    static final int HEADER_RESERVED = 28;
    public static final int HEADER_BYTES = 32;

    static final int BLOCK_LENGTH = 0;
    static final int BLOCK_OFFSET = 8;
    static final int BLOCK_EVENTS = 16;
    static final int BLOCK_BATCHES = 20;
    public static final int BLOCK_HEADER_BYTES = 24;

    /** A block ends with the batch that takes it past this many bytes of batches. */
    static final int TARGET_BLOCK_BYTES = 32 * 1024;

    private ChunkFormat() {}

    /** Writes the header of a chunk. */
    static byte[] header(ChunkId chunk, int sections) {
        byte[] bytes = new byte[HEADER_BYTES];
        LittleEndian.putInt(bytes, HEADER_EPOCH, chunk.epoch());
        LittleEndian.putLong(bytes, HEADER_NUMBER, chunk.number());
        LittleEndian.putInt(bytes, HEADER_SECTIONS, sections);
        return seal(bytes, HEADER_MAGIC);
    }

    /**
     * Checks the header of a chunk.
     *
     * @return null, or what is wrong with it
     */
    static @Nullable String headerDefect(byte[] bytes, ChunkId chunk, int sections) {
        String defect = defect(bytes, HEADER_BYTES, HEADER_MAGIC, "header");
        if (defect != null) {
            return defect;
        }
        ChunkId found =
                new ChunkId(LittleEndian.getInt(bytes, HEADER_EPOCH), LittleEndian.getLong(bytes, HEADER_NUMBER));
        if (!found.equals(chunk)) {
            return "header names the chunk " + found.objectName();
        }
        if (LittleEndian.getInt(bytes, HEADER_SECTIONS) != sections) {
            return "header counts " + LittleEndian.getInt(bytes, HEADER_SECTIONS) + " sections, footer " + sections;
        }
        return LittleEndian.getInt(bytes, HEADER_RESERVED) == 0 ? null : "reserved bytes of the header are not 0";
    }

    /** Writes magic, version and checksum of a header, directory, index or footer whose other bytes stand. */
    static byte[] seal(byte[] bytes, int magic) {
        LittleEndian.putInt(bytes, MAGIC, magic);
        LittleEndian.putInt(bytes, FORMAT_VERSION, VERSION);
        LittleEndian.putInt(bytes, CRC, checksum(bytes, CHECKED_FROM, bytes.length, new CRC32C()));
        return bytes;
    }

    /**
     * Checks magic, checksum and version of a header, directory, index or footer.
     *
     * @return null, or what is wrong with it
     */
    static @Nullable String defect(byte[] bytes, int leastBytes, int magic, String part) {
        if (bytes.length < leastBytes) {
            return part + " of " + bytes.length + " bytes is shorter than " + leastBytes;
        }
        if (LittleEndian.getInt(bytes, MAGIC) != magic) {
            return part + " begins with " + Integer.toHexString(LittleEndian.getInt(bytes, MAGIC)) + ", not "
                    + Integer.toHexString(magic);
        }
        int actual = checksum(bytes, CHECKED_FROM, bytes.length, new CRC32C());
        if (LittleEndian.getInt(bytes, CRC) != actual) {
            return part + " checksum " + Integer.toHexString(LittleEndian.getInt(bytes, CRC)) + " is not "
                    + Integer.toHexString(actual);
        }
        int version = LittleEndian.getInt(bytes, FORMAT_VERSION);
        if (version < FIRST_VERSION || version > VERSION) {
            return part + " format version " + version + " is not " + FIRST_VERSION + " to " + VERSION;
        }
        return null;
    }

    static int checksum(byte[] bytes, int from, int to, CRC32C crc) {
        crc.reset();
        crc.update(bytes, from, to - from);
        return (int) crc.getValue();
    }

    /** The failure for damage in a section, with everything that finds the place. */
    static StrandlineException.Corrupt corrupt(ChunkSection section, long position, long offset, String defect) {
        return new StrandlineException.Corrupt(place(section.chunk().objectName(), position) + ", partition "
                + section.partition() + ", offset " + offset + ": " + defect);
    }

    /** The failure for damage outside the sections of a chunk. */
    static StrandlineException.Corrupt corrupt(String name, long position, String defect) {
        return new StrandlineException.Corrupt(place(name, position) + ": " + defect);
    }

    private static String place(String name, long position) {
        return "chunk " + name + ", position " + position;
    }
}
