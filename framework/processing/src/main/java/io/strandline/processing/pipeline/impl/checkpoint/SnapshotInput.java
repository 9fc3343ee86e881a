package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterMark;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.spi.CheckpointStore.Input;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** The bytes of one snapshot from the first to the last, after all of them were compared with their checksum. */
final class SnapshotInput {

    /** Longest varint. */
    private static final int VARINT_BYTES = 5;

    private final Input snapshot;
    private final String path;
    /** Of the next byte that goes into the buffer. */
    private long position;

    private final ByteBuffer buffer =
            ByteBuffer.allocate(SnapshotFormat.BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** The record at hand. */
    private byte[] record = {};

    private int recordFrom;
    private int keyFrom;
    private int keyLength;

    private SnapshotInput(Input snapshot, String path) {
        this.snapshot = snapshot;
        this.path = path;
        buffer.limit(0);
    }

    /**
     * The first byte of a snapshot that is whole.
     *
     * @param path where it is, for messages
     * @throws StrandlineException.Corrupt if it does not have this length and this checksum
     */
    static SnapshotInput whole(Input snapshot, String path, long length, int crc) throws IOException {
        SnapshotInput input = new SnapshotInput(snapshot, path);
        input.requireWhole(length, crc);
        return input;
    }

    private void requireWhole(long expected, int crc) throws IOException {
        long length = snapshot.size();
        if (length != expected || length < SnapshotFormat.HEADER_2_BYTES + SnapshotFormat.TRAILER_BYTES) {
            throw new StrandlineException.Corrupt(
                    "snapshot " + path + " has " + length + " bytes, its manifest says " + expected);
        }
        int found = checksum(length - SnapshotFormat.TRAILER_BYTES);
        int stored = number();
        if (found != crc || found != stored) {
            throw new StrandlineException.Corrupt("snapshot " + path + " has CRC32C " + Integer.toHexString(found)
                    + ", its manifest says " + Integer.toHexString(crc) + " and its end "
                    + Integer.toHexString(stored));
        }
        restart();
    }

    /** CRC32C of the next bytes of the file. */
    private int checksum(long length) throws IOException {
        CRC32C crc = new CRC32C();
        long rest = length;
        while (rest > 0) {
            fill(1);
            int part = (int) Math.min(rest, buffer.remaining());
            crc.update(buffer.slice(buffer.position(), part));
            buffer.position(buffer.position() + part);
            rest -= part;
        }
        return (int) crc.getValue();
    }

    /** Goes back to the first byte. */
    void restart() {
        position = 0;
        buffer.position(0).limit(0);
    }

    /** Where it is. */
    String path() {
        return path;
    }

    /** Number of the next byte. */
    long position() {
        return position - buffer.remaining();
    }

    void skip(int bytes) throws IOException {
        fill(bytes);
        buffer.position(buffer.position() + bytes);
    }

    int number() throws IOException {
        fill(Integer.BYTES);
        return buffer.getInt();
    }

    long number8() throws IOException {
        fill(Long.BYTES);
        return buffer.getLong();
    }

    int varint() throws IOException {
        int value = 0;
        for (int shift = 0; ; shift += 7) {
            fill(1);
            byte next = buffer.get();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    String text() throws IOException {
        return new String(bytes(number()), StandardCharsets.UTF_8);
    }

    byte[] bytes(int length) throws IOException {
        byte[] bytes = new byte[length];
        bytes(bytes, 0);
        return bytes;
    }

    private void bytes(byte[] into, int from) throws IOException {
        int at = from;
        while (at < into.length) {
            fill(1);
            int part = Math.min(buffer.remaining(), into.length - at);
            buffer.get(into, at, part);
            at += part;
        }
    }

    SortedMap<Long, WriterMark> marks(int count) throws IOException {
        SortedMap<Long, WriterMark> marks = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            fill(SnapshotFormat.MARK_BYTES);
            long partition = buffer.getLong();
            Sequence last = new Sequence(buffer.getLong(), buffer.getLong());
            marks.put(partition, new WriterMark(last, buffer.getLong()));
        }
        return marks;
    }

    // ---- records

    /** Goes on to the next record of a part. False at its end. */
    boolean nextRecord() throws IOException {
        attempt(VARINT_BYTES);
        int key = varintAt(buffer.position());
        if (key == 0) {
            buffer.get();
            return false;
        }
        keyLength = key - 1;
        int head = size(key) + keyLength;
        attempt(head + VARINT_BYTES);
        if (buffer.remaining() >= head + VARINT_BYTES) {
            int pieces = varintAt(buffer.position() + head);
            int length = head + size(pieces) + pieces;
            if (length <= buffer.capacity()) {
                fill(length);
                record = buffer.array();
                recordFrom = buffer.position();
                keyFrom = recordFrom + size(key);
                buffer.position(recordFrom + length);
                return true;
            }
        }
        largeRecord();
        return true;
    }

    /** A record that has no room in the buffer. */
    private void largeRecord() throws IOException {
        int from = size(varint());
        byte[] key = bytes(keyLength);
        int pieces = varint();
        record = new byte[from + keyLength + size(pieces) + pieces];
        recordFrom = 0;
        keyFrom = from;
        put(record, 0, keyLength + 1);
        System.arraycopy(key, 0, record, keyFrom, keyLength);
        put(record, keyFrom + keyLength, pieces);
        bytes(record, keyFrom + keyLength + size(pieces));
    }

    /** Valid until the next record. */
    byte[] record() {
        return record;
    }

    int recordFrom() {
        return recordFrom;
    }

    long hash() {
        return KeyHash.of(record, keyFrom, keyLength);
    }

    private int varintAt(int from) {
        int value = 0;
        for (int at = from, shift = 0; ; at++, shift += 7) {
            byte next = buffer.get(at);
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static int size(int number) {
        return (38 - Integer.numberOfLeadingZeros(number | 1)) / 7;
    }

    private static void put(byte[] into, int from, int number) {
        int rest = number;
        int at = from;
        while ((rest & ~0x7f) != 0) {
            into[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        into[at] = (byte) rest;
    }

    // ---- buffer

    /** Makes at least this many bytes, at most the buffer's size, available in the buffer. */
    private void fill(int least) throws IOException {
        attempt(least);
        if (buffer.remaining() < least) {
            throw new EOFException("it ends at " + position);
        }
    }

    /** Makes this many bytes available in the buffer, or as many as there are or have room. */
    private void attempt(int wanted) throws IOException {
        if (buffer.remaining() >= wanted) {
            return;
        }
        buffer.compact();
        while (buffer.position() < wanted && buffer.hasRemaining()) {
            int read = snapshot.read(buffer, position);
            if (read <= 0) {
                break;
            }
            position += read;
        }
        buffer.flip();
    }
}
