package io.strandline.spi;

import io.strandline.WriterMark;
import io.strandline.internal.KeyHash;
import io.strandline.internal.LittleEndian;

/**
 * A digest over the events that one writer gave under its own numbers to one partition, in their order. The writer
 * computes it and writes it into its batches, and the shard keeps the newest. A replay that gives other events, or the
 * same ones in another order, gets another digest.
 *
 * <pre>
 * of no event         0xEF46DB3751D8E999, XXH64 of no bytes
 * of one event more   XXH64 of 4 x 8 bytes, little-endian:
 *                     digest before it, major, minor, XXH64 of its record
 * 0                   not kept: the writer counts by itself, or it did not keep one before; after it 0 follows
 * </pre>
 *
 * A record is hashed in the format of {@link Batch}, from its length to the end of its payload. A digest that would be 0
 * is 1 instead. Not thread-safe.
 */
public final class RunningDigest {

    /** Of no event. */
    public static final long START = WriterMark.NO_EVENTS;

    /** Not kept. */
    public static final long NONE = 0;

    private final byte[] numbers = new byte[32];

    /** The digest after one more event, whose record extends from {@code from} to {@code to}. */
    public long next(long digest, long major, long minor, byte[] bytes, int from, int to) {
        if (digest == NONE) {
            return NONE;
        }
        LittleEndian.putLong(numbers, 0, digest);
        LittleEndian.putLong(numbers, 8, major);
        LittleEndian.putLong(numbers, 16, minor);
        LittleEndian.putLong(numbers, 24, KeyHash.of(bytes, from, to - from));
        long next = KeyHash.of(numbers, 0, numbers.length);
        return next == NONE ? 1 : next;
    }
}
