package io.strandline.benchmarks.pipeline;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * The same events for every side: {@value #BYTES} bytes under a uniform key. The first eight bytes are the event time, which is
 * the amount of a sum too. The others are random. One event of a hundred is two minutes late.
 */
public final class TimedEvents {

    /** Length of an event without its key. */
    public static final int BYTES = 100;
    /** Events of one minute of event time. */
    public static final long PER_MINUTE = 1_000_000;
    /** Length of a window. */
    public static final long MINUTE_MILLIS = 60_000;

    private static final long START_MILLIS = 1_700_000_000_000L / MINUTE_MILLIS * MINUTE_MILLIS;
    private static final int LATE = 100;

    private final SplittableRandom random = new SplittableRandom(42);
    private final byte[] noise = new byte[BYTES];
    private final String[] keys;

    /** @param keys number of different keys */
    public TimedEvents(int keys) {
        this.keys = new String[keys];
        for (int i = 0; i < keys; i++) {
            this.keys[i] = PipelineWork.key(i);
        }
        random.nextBytes(noise);
    }

    /** The key of the next event. */
    public String nextKey() {
        return keys[random.nextInt(keys.length)];
    }

    /** Event number {@code n}. */
    public byte[] event(long n) {
        byte[] event = noise.clone();
        long late = n % LATE == 0 ? 2 * MINUTE_MILLIS : 0;
        ByteBuffer.wrap(event)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(START_MILLIS + n * MINUTE_MILLIS / PER_MINUTE - late);
        return event;
    }

    /** The first eight bytes of an event. */
    public static long number(byte[] bytes, int from) {
        long number = 0;
        for (int i = Long.BYTES - 1; i >= 0; i--) {
            number = (number << Byte.SIZE) | (bytes[from + i] & 0xff);
        }
        return number;
    }
}
