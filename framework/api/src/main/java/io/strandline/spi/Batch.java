package io.strandline.spi;

import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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
 *  34  2      index of the key range in its partition, see {@link WriterGrant.Slot}
 *  36  4      number of events, 1 or more
 *  40  8      partition id
 *  48  8      writer number
 *  56  4      writer epoch
 *  60  4      reserved, 0
 *  64  8+8    previous sequence of the writer in the partition (major, minor); -1, -1 for none
 *  80  8+8    sequence of the last event (major, minor)
 *  96  8      {@link RunningDigest} of the writer's events in this partition up to the last of this batch, or 0
 * 104  8      expected offset, or -1
 * 112         records
 *
 * record
 *      varint bytes behind this number
 *      1      flags: 1 = has a key, 2 = has a type, 4 = has headers
 *      varint key length, key in UTF-8                    if it has a key
 *      varint name length, name in UTF-8, varint version  if it has a type
 *      varint length of all headers, 1 or more, headers   if it has headers, as {@link Headers} draws them
 *      rest   payload
 * </pre>
 *
 * <p>Version 1 has no headers, and is read. A record that stands alone, in a transaction or a history, is of version 2: one
 * of version 1 has the same bytes.
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
    public static final int PREVIOUS_MAJOR = 64;
    public static final int PREVIOUS_MINOR = 72;
    public static final int LAST_MAJOR = 80;
    public static final int LAST_MINOR = 88;
    public static final int DIGEST = 96;
    public static final int EXPECTED_OFFSET = 104;
    public static final int HEADER_BYTES = 112;

    public static final byte FORMAT_VERSION = 2;

    /** Without headers; still read. */
    public static final byte FIRST_VERSION = 1;

    public static final byte FLAG_CONDITIONAL = 1;

    public static final byte RECORD_HAS_KEY = 1;
    public static final byte RECORD_HAS_TYPE = 2;
    public static final byte RECORD_HAS_HEADERS = 4;

    private static final int FLAGS_OF_FIRST_VERSION = RECORD_HAS_KEY | RECORD_HAS_TYPE;
    private static final int KNOWN_FLAGS = FLAGS_OF_FIRST_VERSION | RECORD_HAS_HEADERS;

    /** Longest routing key, in bytes of UTF-8. */
    public static final int MAX_KEY_BYTES = 4096;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Batch() {}

    public static int length(byte[] bytes, int at) {
        return (int) INT.get(bytes, at + LENGTH);
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
        return (int) INT.get(bytes, at + COUNT);
    }

    public static long partition(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at + PARTITION);
    }

    public static long offset(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at + OFFSET);
    }

    public static long stamp(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at + STAMP);
    }

    public static long writer(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at + WRITER);
    }

    public static int epoch(byte[] bytes, int at) {
        return (int) INT.get(bytes, at + EPOCH);
    }

    public static boolean conditional(byte[] bytes, int at) {
        return (bytes[at + FLAGS] & FLAG_CONDITIONAL) != 0;
    }

    public static int getInt(byte[] bytes, int at) {
        return (int) INT.get(bytes, at);
    }

    public static long getLong(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    public static void putInt(byte[] bytes, int at, int value) {
        INT.set(bytes, at, value);
    }

    public static void putLong(byte[] bytes, int at, long value) {
        LONG.set(bytes, at, value);
    }

    /** Writes what the shard knows: the offset of the first event, and the stamp. */
    public static void stamp(byte[] bytes, int at, long offset, long stamp) {
        LONG.set(bytes, at + OFFSET, offset);
        LONG.set(bytes, at + STAMP, stamp);
    }

    /** Writes the checksum; everything from {@link #CHECKED_FROM} on stands already. */
    public static void seal(byte[] bytes, int at, int length, CRC32C crc) {
        INT.set(bytes, at + LENGTH, length);
        crc.reset();
        crc.update(bytes, at + CHECKED_FROM, length - CHECKED_FROM);
        INT.set(bytes, at + CRC, (int) crc.getValue());
    }

    /**
     * Checks that a whole batch of a known version stands at {@code at} and ends by {@code to}.
     *
     * @return null, or what is wrong with it
     */
    public static @Nullable String defect(byte[] bytes, int at, int to, CRC32C crc) {
        if (to - at < HEADER_BYTES) {
            return "batch of " + (to - at) + " bytes is shorter than its header of " + HEADER_BYTES;
        }
        int length = length(bytes, at);
        if (length < HEADER_BYTES || length > to - at) {
            return "batch length " + length + " is outside " + HEADER_BYTES + " to " + (to - at);
        }
        if (bytes[at + VERSION] < FIRST_VERSION || bytes[at + VERSION] > FORMAT_VERSION) {
            return "batch format version " + bytes[at + VERSION] + " is not " + FIRST_VERSION + " to " + FORMAT_VERSION;
        }
        if ((bytes[at + FLAGS] & ~FLAG_CONDITIONAL) != 0) {
            return "batch with flags " + (bytes[at + FLAGS] & 0xff) + ", of which this release knows "
                    + FLAG_CONDITIONAL;
        }
        crc.reset();
        crc.update(bytes, at + CHECKED_FROM, length - CHECKED_FROM);
        int stored = (int) INT.get(bytes, at + CRC);
        if (stored != (int) crc.getValue()) {
            return "batch checksum " + Integer.toHexString(stored) + " is not "
                    + Integer.toHexString((int) crc.getValue());
        }
        if (count(bytes, at) < 1) {
            return "batch of " + count(bytes, at) + " events";
        }
        return null;
    }

    /** Bytes that a number takes as a varint, 1 to 5. */
    public static int varintBytes(int value) {
        return value < 0 ? 5 : Math.max(1, (38 - Integer.numberOfLeadingZeros(value)) / 7);
    }

    /** Writes an unsigned number, seven bits a byte, the low ones first; returns the index behind it. */
    public static int putVarint(byte[] bytes, int at, int value) {
        int rest = value;
        int index = at;
        while ((rest & ~0x7f) != 0) {
            bytes[index++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[index++] = (byte) rest;
        return index;
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

        /** Starts at the first record of the batch at {@code batchAt}. */
        public Records reset(byte[] batchBytes, int batchAt) {
            bytes = batchBytes;
            at = batchAt + HEADER_BYTES;
            end = batchAt + length(batchBytes, batchAt);
            remaining = count(batchBytes, batchAt);
            offset = Batch.offset(batchBytes, batchAt) - 1;
            stamp = Batch.stamp(batchBytes, batchAt);
            knownFlags = batchBytes[batchAt + VERSION] == FIRST_VERSION ? FLAGS_OF_FIRST_VERSION : KNOWN_FLAGS;
            return this;
        }

        /** Starts at a record that stands alone, without its batch. */
        public Records resetToRecord(byte[] recordBytes, int recordAt, int length, long ofOffset, long ofStamp) {
            bytes = recordBytes;
            at = recordAt;
            end = recordAt + length;
            remaining = 1;
            offset = ofOffset - 1;
            stamp = ofStamp;
            knownFlags = KNOWN_FLAGS;
            return this;
        }

        /** True if the record that was moved to last has this key. */
        public boolean hasKey(byte[] key) {
            return keyLength == key.length && Arrays.equals(bytes, keyFrom, keyFrom + keyLength, key, 0, key.length);
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
            return new StrandlineException.Corrupt("malformed batch: " + what + " behind offset " + offset);
        }

        public byte[] bytes() {
            return bytes;
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
