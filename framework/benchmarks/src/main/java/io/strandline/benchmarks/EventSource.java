package io.strandline.benchmarks;

import java.util.SplittableRandom;

/**
 * The same events for every side: {@value #EVENT_BYTES} incompressible bytes under a key of {@value #KEY_BYTES} bytes,
 * uniform out of {@value #KEYS}. Sides turn keys and payloads into their own types once, and draw indexes in the loop, so
 * that none pays for making events.
 */
public final class EventSource {

    /** Length of an event without its key. */
    public static final int EVENT_BYTES = 100;
    /** Length of a key, in ASCII characters. */
    public static final int KEY_BYTES = 8;
    /** Number of different keys. */
    public static final int KEYS = 10_000;
    /** Number of different payloads, a power of two. */
    public static final int PAYLOADS = 1 << 12;

    private final SplittableRandom random = new SplittableRandom(42);

    /** All keys. */
    public String[] keys() {
        String[] keys = new String[KEYS];
        for (int i = 0; i < KEYS; i++) {
            keys[i] = String.format("key%05d", i);
        }
        return keys;
    }

    /** Payloads to draw from. */
    public byte[][] payloads() {
        byte[][] payloads = new byte[PAYLOADS][EVENT_BYTES];
        for (byte[] payload : payloads) {
            random.nextBytes(payload);
        }
        return payloads;
    }

    /** Index of the next event's key. */
    public int nextKey() {
        return random.nextInt(KEYS);
    }

    /** Index of the payload of event number {@code n}. */
    public static int payload(long n) {
        return (int) n & (PAYLOADS - 1);
    }
}
