package io.strandline.log.impl.journal;

import io.strandline.internal.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a journal file. All numbers are little-endian.
 *
 * <pre>
 * file = header page, then groups; each group begins on a page of 4,096 bytes
 *
 * header, in the first page
 *  at  bytes
 *   0  8   magic "STRANDJ1"
 *   8  4   format version, 1
 *  12  4   CRC32C of bytes 16 to 64
 *  16  4   shard
 *  20  4   epoch of the owner that wrote the file
 *  24  8   sequence of the file, from 1, dense
 *  32  8   salt, random for each use of the file
 *  40  8   number of the first frame; frames of earlier files from this number on count as cut off
 *  48  4   flags: 1 = a {@link JournalEnd} was there when the file entered the journal
 *  52  12  reserved, 0
 *
 * frame, at a multiple of 8
 *   0  4   length of the body
 *   4  4   CRC32C of the salt, of bytes 8 to 32, and of the body
 *   8  8   number, one more than that of the frame before
 *  16  8   forcedUpTo: number of the newest frame known to be forced when this one was built
 *  24  1   kind
 *  25  1   flags: 1 = last of its group, the next frame begins on the next page
 *  26  6   reserved, 0
 *  32      body
 * </pre>
 *
 * <p>A group begins on a page of its own. So a page that was forced is never written again, and recovery finds groups
 * after a damaged one by looking at the pages. The salt prevents frames of an earlier use of a recycled file from being
 * taken for new ones.
 */
public final class JournalFormat {

    public static final int PAGE_BYTES = 4096;
    static final int FRAME_HEADER_BYTES = 32;

    /** First byte of a frame that its checksum covers, after the salt. */
    static final int CHECKED_FROM = 8;

    static final int FORMAT_VERSION = 1;
    static final byte FLAG_LAST_OF_GROUP = 1;
    private static final int FLAG_MARKED = 1;

    private static final byte[] MAGIC = "STRANDJ1".getBytes(StandardCharsets.US_ASCII);
    public static final int HEADER_CHECKED_FROM = 16;
    public static final int HEADER_CHECKED_TO = 64;

    private JournalFormat() {}

    /**
     * Header of a journal file.
     *
     * @param shard index of the shard
     * @param epoch epoch of its owner
     * @param sequence number of the file
     * @param salt salt of its frames
     * @param firstFrame number of its first frame
     * @param isMarked whether the end of the journal is marked beside it, so that a missing mark is noticed
     */
    public record FileHeader(int shard, int epoch, long sequence, long salt, long firstFrame, boolean isMarked) {

        FileHeader(int shard, int epoch, long sequence, long salt, long firstFrame) {
            this(shard, epoch, sequence, salt, firstFrame, false);
        }

        public FileHeader marked(boolean marked) {
            return new FileHeader(shard, epoch, sequence, salt, firstFrame, marked);
        }
    }

    /** The header page. */
    public static byte[] encode(FileHeader header) {
        byte[] page = new byte[PAGE_BYTES];
        System.arraycopy(MAGIC, 0, page, 0, MAGIC.length);
        LittleEndian.putInt(page, 8, FORMAT_VERSION);
        LittleEndian.putInt(page, 16, header.shard());
        LittleEndian.putInt(page, 20, header.epoch());
        LittleEndian.putLong(page, 24, header.sequence());
        LittleEndian.putLong(page, 32, header.salt());
        LittleEndian.putLong(page, 40, header.firstFrame());
        LittleEndian.putInt(page, 48, header.isMarked() ? FLAG_MARKED : 0);
        LittleEndian.putInt(page, 12, headerChecksum(page));
        return page;
    }

    /**
     * Reads a header page.
     *
     * @return the header, or null if the page is none
     * @throws io.strandline.StrandlineException.Invalid if the page is of a newer format version
     */
    public static @Nullable FileHeader decodeHeader(byte[] page, String file) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (page[i] != MAGIC[i]) {
                return null;
            }
        }
        if (LittleEndian.getInt(page, 12) != headerChecksum(page)) {
            return null;
        }
        int version = LittleEndian.getInt(page, 8);
        if (version != FORMAT_VERSION) {
            throw new io.strandline.StrandlineException.Invalid(
                    file + " has format version " + version + ", this release reads " + FORMAT_VERSION);
        }
        return new FileHeader(
                LittleEndian.getInt(page, 16),
                LittleEndian.getInt(page, 20),
                LittleEndian.getLong(page, 24),
                LittleEndian.getLong(page, 32),
                LittleEndian.getLong(page, 40),
                (LittleEndian.getInt(page, 48) & FLAG_MARKED) != 0);
    }

    private static int headerChecksum(byte[] page) {
        CRC32C crc = new CRC32C();
        crc.update(page, 8, 4);
        crc.update(page, HEADER_CHECKED_FROM, HEADER_CHECKED_TO - HEADER_CHECKED_FROM);
        return (int) crc.getValue();
    }

    /** Bytes that a frame takes, up to the next place where a frame of the same group may begin. */
    static int frameBytes(int bodyLength) {
        return align(FRAME_HEADER_BYTES + bodyLength, 8);
    }

    static int align(int position, int unit) {
        return (position + unit - 1) & -unit;
    }

    static long align(long position, int unit) {
        return (position + unit - 1) & -unit;
    }

    /** Checksum of the frame at {@code at}. The {@code bodyLength} bytes of its body are known to be in the array. */
    static int frameChecksum(byte[] bytes, int at, int bodyLength, byte[] salt, CRC32C crc) {
        crc.reset();
        crc.update(salt);
        crc.update(bytes, at + CHECKED_FROM, FRAME_HEADER_BYTES - CHECKED_FROM + bodyLength);
        return (int) crc.getValue();
    }

    /** Whether the flags and reserved bytes of a frame's header at {@code at} are such as {@link FrameEncoder} writes. */
    static boolean reservedIsZero(byte[] bytes, int at) {
        // Of the number that begins with the kind, only the lowest bit of the next byte may be set.
        return LittleEndian.getLong(bytes, at + 24) >>> 8 <= FLAG_LAST_OF_GROUP;
    }

    /** The salt as the bytes that go into checksums. */
    static byte[] saltBytes(long salt) {
        byte[] bytes = new byte[8];
        LittleEndian.putLong(bytes, 0, salt);
        return bytes;
    }
}
