package io.strandline.processing.pipeline.spi;

import io.strandline.internal.KeyHash;

/**
 * The state of one key as bytes, key included. A table keeps the bytes as they are, and needs to know of them what this class reads.
 *
 * <pre>
 * varint    1 + length of the key
 *           key in UTF-8
 * varint    length of what follows, 0 if the key has no state any more
 *           values, times and types, which the pipeline alone reads
 * </pre>
 *
 * A varint has seven bits a byte, the lowest first, and the top bit says that another byte follows.
 */
public final class StateRecord {

    private final byte[] bytes;
    private final int from;

    /**
     * A view, which copies nothing.
     *
     * @param bytes may have other bytes before and after those of the record
     * @param from where the record begins
     */
    public StateRecord(byte[] bytes, int from) {
        this.bytes = bytes;
        this.from = from;
    }

    /** The array that has the record. Not to be changed. */
    public byte[] bytes() {
        return bytes;
    }

    /** Where it begins. */
    public int from() {
        return from;
    }

    /** Its length in bytes, which is above that of its key. */
    public int length() {
        int at = keyFrom() + keyLength();
        int rest = number(at);
        return at + size(rest) + rest - from;
    }

    /** Whether it says that the key has no state any more. No table keeps such a record. */
    public boolean isRemoval() {
        return number(keyFrom() + keyLength()) == 0;
    }

    /** Where the key begins. */
    public int keyFrom() {
        return from + size(number(from));
    }

    /** Length of the key in bytes, 0 for an empty one. */
    public int keyLength() {
        return number(from) - 1;
    }

    /** Hash of the key, by which the table is asked. Computed at each call. */
    public long hash() {
        return KeyHash.of(bytes, keyFrom(), keyLength());
    }

    private int number(int at) {
        int value = bytes[at];
        if (value >= 0) {
            return value;
        }
        value &= 0x7f;
        int next = at;
        for (int shift = 7; ; shift += 7) {
            byte one = bytes[++next];
            value |= (one & 0x7f) << shift;
            if (one >= 0) {
                return value;
            }
        }
    }

    private static int size(int number) {
        return (38 - Integer.numberOfLeadingZeros(number | 1)) / 7;
    }
}
