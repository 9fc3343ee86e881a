package io.strandline.spi;

import io.strandline.Compression;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Format of a batch: events of one writer for one partition, the unit of checksum. A batch has the same bytes in the
 * writer, on the wire, in the journal, in memory and in a chunk. All numbers are little-endian.
 *
 * <pre>
 *  at  bytes
 *   0  4      length of the whole batch in bytes
 *   4  4      CRC32C of bytes 32 to the end
 *   8  8      offset of the first event         ┐ stamped by the shard when it numbers the batch;
 *  16  8      stamp, milliseconds since 1970    │ outside the batch's own checksum, inside that
 *  24  8      reserved, 0                       ┘ of the frame or block that holds the batch
 *  32  1      format version, 2
 *  33  1      flags: 1 = conditional, the events are to start at the expected offset
 *                    2 = the records are compressed by LZ4, 4 = by Zstandard
 *  34  2      index of the key range in its partition, see {@link WriterGrant.Slot}
 *  36  4      number of events, 1 or more
 *  40  8      partition id
 *  48  8      writer number
 *  56  4      writer epoch
 *  60  4      bytes of the records before they were compressed, 0 if they are not
 *  64  8+8    previous sequence of the writer in the partition (major, minor); -1, -1 for none
 *  80  8+8    sequence of the last event (major, minor)
 *  96  8      {@link RunningDigest} of the writer's events in this partition up to the last of this batch, or 0
 * 104  8      expected offset, or -1
 * 112         records, one after the other; compressed as one piece, if the flags say so
 *
 * record
 *      varint bytes after this number
 *      1      flags: 1 = has a key, 2 = has a type, 4 = has headers
 *      varint key length, key in UTF-8                    if it has a key
 *      varint name length, name in UTF-8, varint version  if it has a type
 *      varint length of all headers, 1 or more, headers   if it has headers, as {@link Headers} draws them
 *      rest   payload
 * </pre>
 *
 * <p>The checksum covers the compressed bytes. Digests, sequences and limits are those of the plain records. LZ4 is its
 * block format, Zstandard one frame.
 *
 * <p>Version 1 has no headers and no compression, and can be read. A record outside a batch, in a transaction or a
 * history, is of version 2. A record of version 1 has the same bytes.
 */
public final class Batch {

    public static final int LENGTH = 0;
    public static final int CRC = 4;
    public static final int OFFSET = 8;
    public static final int STAMP = 16;
    public static final int CHECKED_FROM = 32;
    public static final int VERSION = 32;
    public static final int FLAGS = 33;
    public static final int RANGE = 34;
    public static final int COUNT = 36;
    public static final int PARTITION = 40;
    public static final int WRITER = 48;
    public static final int EPOCH = 56;
    public static final int PLAIN_BYTES = 60;
    public static final int PREVIOUS_MAJOR = 64;
    public static final int PREVIOUS_MINOR = 72;
    public static final int LAST_MAJOR = 80;
    public static final int LAST_MINOR = 88;
    public static final int DIGEST = 96;
    public static final int EXPECTED_OFFSET = 104;
    public static final int HEADER_BYTES = 112;

    public static final byte FORMAT_VERSION = 2;

    /** Without headers. Still read. */
    public static final byte FIRST_VERSION = 1;

    public static final byte FLAG_CONDITIONAL = 1;
    public static final byte FLAG_LZ4 = 2;
    public static final byte FLAG_ZSTD = 4;

    private static final int BATCH_FLAGS_OF_FIRST_VERSION = FLAG_CONDITIONAL;
    private static final int COMPRESSED = FLAG_LZ4 | FLAG_ZSTD;
    private static final int BATCH_FLAGS = BATCH_FLAGS_OF_FIRST_VERSION | COMPRESSED;

    public static final byte RECORD_HAS_KEY = 1;
    public static final byte RECORD_HAS_TYPE = 2;
    public static final byte RECORD_HAS_HEADERS = 4;

    private static final int FLAGS_OF_FIRST_VERSION = RECORD_HAS_KEY | RECORD_HAS_TYPE;
    private static final int KNOWN_FLAGS = FLAGS_OF_FIRST_VERSION | RECORD_HAS_HEADERS;

    /** Most bytes that the records of a compressed batch have when they are decompressed: the largest batch of any log. */
    public static final int MAX_PLAIN_BYTES = (8 << 20) + (128 << 10);

    private Batch() {}

    public static int length(byte[] bytes, int at) {
        return LittleEndian.getInt(bytes, at + LENGTH);
    }

    /** Index of the slot of the batch in its partition. */
    public static int range(byte[] bytes, int at) {
        return (bytes[at + RANGE] & 0xff) | (bytes[at + RANGE + 1] & 0xff) << 8;
    }

    /** Writes what {@link #range} reads. */
    public static void putRange(byte[] bytes, int at, int range) {
        bytes[at + RANGE] = (byte) range;
        bytes[at + RANGE + 1] = (byte) (range >>> 8);
    }

    public static int count(byte[] bytes, int at) {
        return LittleEndian.getInt(bytes, at + COUNT);
    }

    public static long partition(byte[] bytes, int at) {
        return LittleEndian.getLong(bytes, at + PARTITION);
    }

    public static long offset(byte[] bytes, int at) {
        return LittleEndian.getLong(bytes, at + OFFSET);
    }

    public static long stamp(byte[] bytes, int at) {
        return LittleEndian.getLong(bytes, at + STAMP);
    }

    public static long writer(byte[] bytes, int at) {
        return LittleEndian.getLong(bytes, at + WRITER);
    }

    public static int epoch(byte[] bytes, int at) {
        return LittleEndian.getInt(bytes, at + EPOCH);
    }

    public static boolean conditional(byte[] bytes, int at) {
        return (bytes[at + FLAGS] & FLAG_CONDITIONAL) != 0;
    }

    /** How the records of the batch are compressed. */
    public static Compression compression(byte[] bytes, int at) {
        return switch (bytes[at + FLAGS] & COMPRESSED) {
            case 0 -> Compression.NONE;
            case FLAG_LZ4 -> Compression.LZ4;
            default -> Compression.ZSTD;
        };
    }

    public static boolean isCompressed(byte[] bytes, int at) {
        return (bytes[at + FLAGS] & COMPRESSED) != 0;
    }

    /** Bytes of the records of the batch when they are not compressed. */
    public static int plainRecordBytes(byte[] bytes, int at) {
        return isCompressed(bytes, at)
                ? LittleEndian.getInt(bytes, at + PLAIN_BYTES)
                : length(bytes, at) - HEADER_BYTES;
    }

    /** Notes how the records of the batch are compressed. */
    public static void setCompressed(byte[] bytes, int at, Compression compression, int plainBytes) {
        bytes[at + FLAGS] |= compression == Compression.LZ4 ? FLAG_LZ4 : FLAG_ZSTD;
        LittleEndian.putInt(bytes, at + PLAIN_BYTES, plainBytes);
    }

    /** Writes what the shard knows: the offset of the first event, and the stamp. */
    public static void stamp(byte[] bytes, int at, long offset, long stamp) {
        LittleEndian.putLong(bytes, at + OFFSET, offset);
        LittleEndian.putLong(bytes, at + STAMP, stamp);
    }

    /** Writes the checksum. Everything from {@link #CHECKED_FROM} on must be written already. */
    public static void seal(byte[] bytes, int at, int length, CRC32C crc) {
        LittleEndian.putInt(bytes, at + LENGTH, length);
        crc.reset();
        crc.update(bytes, at + CHECKED_FROM, length - CHECKED_FROM);
        LittleEndian.putInt(bytes, at + CRC, (int) crc.getValue());
    }

    /**
     * Checks that a whole batch of a known version begins at {@code at} and ends by {@code to}.
     *
     * @return null, or the defect that was found
     */
    public static @Nullable String defect(byte[] bytes, int at, int to, CRC32C crc) {
        String defect = headerDefect(bytes, at, to);
        if (defect != null) {
            return defect;
        }
        crc.reset();
        crc.update(bytes, at + CHECKED_FROM, length(bytes, at) - CHECKED_FROM);
        int stored = LittleEndian.getInt(bytes, at + CRC);
        return stored == (int) crc.getValue()
                ? null
                : "batch checksum " + Integer.toHexString(stored) + " is not "
                        + Integer.toHexString((int) crc.getValue());
    }

    /** As {@link #defect}, without a look at the checksum: for bytes that were sealed a moment ago in this process. */
    public static @Nullable String headerDefect(byte[] bytes, int at, int to) {
        if (to - at < HEADER_BYTES) {
            return "batch of " + (to - at) + " bytes is shorter than its header of " + HEADER_BYTES;
        }
        int length = length(bytes, at);
        if (length < HEADER_BYTES || length > to - at) {
            return "batch length " + length + " is outside " + HEADER_BYTES + " to " + (to - at);
        }
        String unknown = unknownVersion(bytes, at);
        if (unknown != null) {
            return unknown;
        }
        if (count(bytes, at) < 1) {
            return "batch of " + count(bytes, at) + " events";
        }
        return null;
    }

    private static @Nullable String unknownVersion(byte[] bytes, int at) {
        int version = bytes[at + VERSION];
        if (version < FIRST_VERSION || version > FORMAT_VERSION) {
            return "batch format version " + version + " is not " + FIRST_VERSION + " to " + FORMAT_VERSION;
        }
        int flags = bytes[at + FLAGS] & 0xff;
        int known = version == FIRST_VERSION ? BATCH_FLAGS_OF_FIRST_VERSION : BATCH_FLAGS;
        if ((flags & ~known) != 0 || (flags & COMPRESSED) == COMPRESSED) {
            return "batch of version " + version + " with flags " + flags;
        }
        int plainBytes = plainRecordBytes(bytes, at);
        if (isCompressed(bytes, at) && (plainBytes < 1 || plainBytes > MAX_PLAIN_BYTES)) {
            return "compressed batch of " + plainBytes + " plain bytes, the limit is " + MAX_PLAIN_BYTES;
        }
        return null;
    }

    /** Walks the records of one batch without making objects: {@link #next()}, then the fields. */
    public static final class Records {

        private byte[] bytes = new byte[0];
        private int at;
        private int end;
        private int remaining;
        private long offset;
        private long stamp;
        private int keyFrom;
        private int keyLength;
        private int typeFrom;
        private int typeLength;
        private int typeVersion;
        private int headersFrom;
        private int headersLength;
        private int payloadFrom;
        private int payloadLength;
        private int knownFlags;
        private int recordFrom;
        private int firstAt;
        private int all;
        private boolean ofCompressed;
        private @Nullable CompressedRecords compressed;

        /**
         * Starts at the first record of the batch at {@code batchAt}. Records of a compressed batch are decompressed into
         * an array of this object, which the next call overwrites.
         *
         * @throws StrandlineException.Corrupt if the batch is compressed, and damaged
         * @throws StrandlineException.Invalid if it is compressed, and what decompresses it is not on the class path
         */
        public Records reset(byte[] batchBytes, int batchAt) {
            ofCompressed = isCompressed(batchBytes, batchAt);
            if (ofCompressed) {
                if (compressed == null) {
                    compressed = new CompressedRecords();
                }
                bytes = compressed.decompress(batchBytes, batchAt);
                at = 0;
                end = plainRecordBytes(batchBytes, batchAt);
            } else {
                bytes = batchBytes;
                at = batchAt + HEADER_BYTES;
                end = batchAt + length(batchBytes, batchAt);
            }
            firstAt = at;
            remaining = count(batchBytes, batchAt);
            all = remaining;
            offset = Batch.offset(batchBytes, batchAt) - 1;
            stamp = Batch.stamp(batchBytes, batchAt);
            knownFlags = batchBytes[batchAt + VERSION] == FIRST_VERSION ? FLAGS_OF_FIRST_VERSION : KNOWN_FLAGS;
            return this;
        }

        /** Starts again at the first record of the same batch. */
        public Records restart() {
            offset -= all - remaining;
            at = firstAt;
            remaining = all;
            return this;
        }

        /** Starts at a single record, without its batch. */
        public Records resetToRecord(byte[] recordBytes, int recordAt, int length, long ofOffset, long ofStamp) {
            ofCompressed = false;
            bytes = recordBytes;
            at = recordAt;
            firstAt = recordAt;
            end = recordAt + length;
            remaining = 1;
            all = 1;
            offset = ofOffset - 1;
            stamp = ofStamp;
            knownFlags = KNOWN_FLAGS;
            return this;
        }

        /** True if the record that was moved to last has this key. */
        public boolean hasKey(byte[] key) {
            return keyLength == key.length && Arrays.equals(bytes, keyFrom, keyFrom + keyLength, key, 0, key.length);
        }

        /** True if the record that was moved to last has a type of this name, in any version. */
        public boolean hasType(byte[] name) {
            return typeLength == name.length
                    && Arrays.equals(bytes, typeFrom, typeFrom + typeLength, name, 0, name.length);
        }

        public boolean hasNext() {
            return remaining > 0;
        }

        /**
         * Moves to the next record.
         *
         * @throws StrandlineException.Corrupt if it does not fit its batch
         */
        public void next() {
            recordFrom = at;
            int length = varint(end);
            int recordEnd = at + length;
            if (length < 1 || recordEnd > end || recordEnd < 0) {
                throw malformed("record of " + length + " bytes");
            }
            byte flags = bytes[at++];
            if ((flags & ~knownFlags) != 0) {
                throw malformed("record with flags " + (flags & 0xff) + ", known are those of " + knownFlags);
            }
            if ((flags & RECORD_HAS_KEY) != 0) {
                keyLength = varint(recordEnd);
                keyFrom = at;
                at += keyLength;
            } else {
                keyLength = -1;
            }
            if ((flags & RECORD_HAS_TYPE) != 0) {
                typeLength = varint(recordEnd);
                typeFrom = at;
                at += typeLength;
                typeVersion = varint(recordEnd);
            } else {
                typeFrom = at;
                typeLength = 0;
                typeVersion = 0;
            }
            if ((flags & RECORD_HAS_HEADERS) != 0) {
                headersLength = varint(recordEnd);
                headersFrom = at;
                at += headersLength;
                if (headersLength == 0) {
                    throw malformed("record with headers of 0 bytes");
                }
            } else {
                headersLength = 0;
            }
            if (at > recordEnd || at < 0) {
                throw malformed("key, type or headers past its record");
            }
            payloadFrom = at;
            payloadLength = recordEnd - at;
            at = recordEnd;
            remaining--;
            offset++;
        }

        private int varint(int limit) {
            int value = 0;
            for (int shift = 0; shift < 35; shift += 7) {
                if (at >= limit || at < 0) {
                    throw malformed("number past its end");
                }
                byte next = bytes[at++];
                value |= (next & 0x7f) << shift;
                if (next >= 0) {
                    if (value < 0) {
                        break;
                    }
                    return value;
                }
            }
            throw malformed("number of more than 31 bits");
        }

        private StrandlineException.Corrupt malformed(String what) {
            return new StrandlineException.Corrupt("malformed batch: " + what + " after offset " + offset);
        }

        /**
         * The array that holds the record: that of its batch, or the array that a compressed batch was decompressed into.
         */
        public byte[] bytes() {
            return bytes;
        }

        /** True if {@link #bytes} is overwritten by the next batch. */
        public boolean isDecompressed() {
            return ofCompressed;
        }

        /** Where the record begins, its length included. */
        public int recordFrom() {
            return recordFrom;
        }

        /** Index after the record. */
        public int recordTo() {
            return payloadFrom + payloadLength;
        }

        /** Bytes of the batch that no record has taken yet. */
        public int bytesLeft() {
            return end - at;
        }

        public long offset() {
            return offset;
        }

        public long stamp() {
            return stamp;
        }

        public int keyFrom() {
            return keyFrom;
        }

        /** Length of the key in bytes, -1 if the event has none. */
        public int keyLength() {
            return keyLength;
        }

        public int typeFrom() {
            return typeFrom;
        }

        /** Length of the type name in bytes, 0 for {@link EventType#RAW}. */
        public int typeLength() {
            return typeLength;
        }

        public int typeVersion() {
            return typeVersion;
        }

        public int headersFrom() {
            return headersFrom;
        }

        /** Length of the headers in bytes, 0 if the event has none. */
        public int headersLength() {
            return headersLength;
        }

        public int payloadFrom() {
            return payloadFrom;
        }

        public int payloadLength() {
            return payloadLength;
        }
    }
}
