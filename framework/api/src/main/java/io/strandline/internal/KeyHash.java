package io.strandline.internal;

/**
 * XXH64 with seed 0, the hash that places routing keys (Yann Collet's xxHash specification, version 0.1.1). It is part
 * of the log's format: a stored key must always fall into the same range.
 */
public final class KeyHash {

    private static final long P1 = 0x9E3779B185EBCA87L;
    private static final long P2 = 0xC2B2AE3D27D4EB4FL;
    private static final long P3 = 0x165667B19E3779F9L;
    private static final long P4 = 0x85EBCA77C2B2AE63L;
    private static final long P5 = 0x27D4EB2F165667C5L;
    /** Written out, because the sum overflows on purpose. */
    private static final long P1_PLUS_P2 = 0x60EA27EEADC0B5D6L;

    private KeyHash() {}

    /** Hash of a part of an array. */
    public static long of(byte[] bytes, int from, int length) {
        int at = from;
        int end = from + length;
        long hash;
        if (length >= 32) {
            long a = P1_PLUS_P2;
            long b = P2;
            long c = 0;
            long d = -P1;
            do {
                a = round(a, LittleEndian.getLong(bytes, at));
                b = round(b, LittleEndian.getLong(bytes, at + 8));
                c = round(c, LittleEndian.getLong(bytes, at + 16));
                d = round(d, LittleEndian.getLong(bytes, at + 24));
                at += 32;
            } while (at <= end - 32);
            hash = Long.rotateLeft(a, 1) + Long.rotateLeft(b, 7) + Long.rotateLeft(c, 12) + Long.rotateLeft(d, 18);
            hash = merge(merge(merge(merge(hash, a), b), c), d);
        } else {
            hash = P5;
        }
        hash += length;
        for (; at <= end - 8; at += 8) {
            hash = Long.rotateLeft(hash ^ round(0, LittleEndian.getLong(bytes, at)), 27) * P1 + P4;
        }
        if (at <= end - 4) {
            hash = Long.rotateLeft(hash ^ (LittleEndian.getInt(bytes, at) & 0xffffffffL) * P1, 23) * P2 + P3;
            at += 4;
        }
        for (; at < end; at++) {
            hash = Long.rotateLeft(hash ^ (bytes[at] & 0xff) * P5, 11) * P1;
        }
        return avalanche(hash);
    }

    /** Hash of the eight little-endian bytes of a number. Places events without a key by their sequence. */
    public static long of(long value) {
        return avalanche(Long.rotateLeft((P5 + 8) ^ round(0, value), 27) * P1 + P4);
    }

    private static long round(long accumulator, long lane) {
        return Long.rotateLeft(accumulator + lane * P2, 31) * P1;
    }

    private static long merge(long hash, long accumulator) {
        return (hash ^ round(0, accumulator)) * P1 + P4;
    }

    private static long avalanche(long value) {
        long hash = value;
        hash = (hash ^ (hash >>> 33)) * P2;
        hash = (hash ^ (hash >>> 29)) * P3;
        return hash ^ (hash >>> 32);
    }
}
