package io.strandline.internal;

/** Numbers in as few bytes as they need: seven bits a byte, the low ones first. */
public final class Varint {

    private Varint() {}

    /** Bytes that a number takes, 1 to 5. */
    public static int bytes(int value) {
        return value < 0 ? 5 : Math.max(1, (38 - Integer.numberOfLeadingZeros(value)) / 7);
    }

    /** Writes an unsigned number; returns the index after it. */
    public static int put(byte[] bytes, int at, int value) {
        int rest = value;
        int index = at;
        while ((rest & ~0x7f) != 0) {
            bytes[index++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[index++] = (byte) rest;
        return index;
    }
}
