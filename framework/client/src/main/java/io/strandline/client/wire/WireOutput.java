package io.strandline.client.wire;

import io.strandline.internal.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collects one message: a head of numbers and texts, and the pieces of its bulk, which are kept by reference. For one thread.
 *
 * <pre>
 * number   unsigned 64 bits, seven in each byte, the low ones first; the high bit says that another byte follows
 * fixed    8 bytes, little-endian
 * flag     1 byte, 0 or 1
 * bytes    number of bytes, bytes
 * text     bytes in UTF-8
 * </pre>
 */
public final class WireOutput {

    /** A part of an array. It must not change before it is sent. */
    @SuppressWarnings("ArrayRecordComponent") // by reference, never compared
    public record Piece(byte[] bytes, int from, int to) {}

    private byte[] head = new byte[64];
    private int length;
    private List<Piece> bulk = List.of();
    private long bulkBytes;

    public WireOutput() {}

    private void reserve(int bytes) {
        if (head.length - length < bytes) {
            head = Arrays.copyOf(head, Math.max(head.length * 2, length + bytes));
        }
    }

    public WireOutput one(int value) {
        reserve(1);
        head[length++] = (byte) value;
        return this;
    }

    public WireOutput flag(boolean value) {
        return one(value ? 1 : 0);
    }

    /** Writes an unsigned number. A negative one takes 10 bytes. */
    public WireOutput number(long value) {
        reserve(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            head[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        head[length++] = (byte) rest;
        return this;
    }

    public WireOutput fixed(long value) {
        reserve(8);
        LittleEndian.putLong(head, length, value);
        length += 8;
        return this;
    }

    public WireOutput bytes(byte[] value) {
        number(value.length);
        reserve(value.length);
        System.arraycopy(value, 0, head, length, value.length);
        length += value.length;
        return this;
    }

    public WireOutput text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a piece to the bulk of the message, which follows the head. */
    public WireOutput bulk(byte[] bytes, int from, int to) {
        if (bulk.isEmpty()) {
            bulk = new ArrayList<>(2);
        }
        bulk.add(new Piece(bytes, from, to));
        bulkBytes += to - from;
        return this;
    }

    /** The array that holds the head, from its beginning. It is that of this object. */
    public byte[] head() {
        return head;
    }

    public int headBytes() {
        return length;
    }

    public List<Piece> bulk() {
        return bulk;
    }

    public long bulkBytes() {
        return bulkBytes;
    }
}
