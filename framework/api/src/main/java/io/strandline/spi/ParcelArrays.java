package io.strandline.spi;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Arrays that a shard lends to the writers of its process for their parcels, and uses again. Otherwise every event
 * appended at full speed would become garbage, which the collector first copies, because events stay in memory until they
 * are in a chunk.
 *
 * <p>A taken array belongs to the taker until the parcel is handed over, see {@link Parcel#isLent}. From then on it
 * belongs to the log, which gives it back when no batch in it is needed any more, and never if a reader was given a
 * reference to it. It holds bytes of earlier parcels.
 *
 * <p>Every method may be called from any thread.
 */
public final class ParcelArrays {

    /** Length of every array, in bytes: a full parcel of default size, and four of them fit into 1 MiB with their headers. */
    public static final int ARRAY_BYTES = (256 << 10) - 64;

    /** Shortest parcel for which an array is lent, in bytes, so that what is kept in memory is mostly events. */
    public static final int MIN_BYTES = ARRAY_BYTES - ARRAY_BYTES / 8;

    /** Lends nothing. */
    public static final ParcelArrays NONE = new ParcelArrays(0);

    private final int most;
    private final Queue<byte[]> free = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    /** @param most arrays that are kept at a time. More are left to the garbage collector. 0 lends nothing */
    public ParcelArrays(int most) {
        this.most = most;
    }

    /** An array for a parcel of this length, or null if the caller makes a fitting one by itself. */
    public byte @Nullable [] take(int length) {
        if (most == 0 || length < MIN_BYTES || length > ARRAY_BYTES) {
            return null;
        }
        byte[] array = free.poll();
        if (array == null) {
            return new byte[ARRAY_BYTES];
        }
        count.decrementAndGet();
        return array;
    }

    /** Takes an array back that was lent here. Nobody may use it any more. To be called once for each {@link #take}. */
    public void giveBack(byte[] array) {
        if (count.incrementAndGet() <= most) {
            free.add(array);
        } else {
            count.decrementAndGet();
        }
    }

    /** Number of arrays that are kept at the moment. */
    public int kept() {
        return count.get();
    }

    /** Leaves what is kept to the garbage collector: nothing is appended at the moment. */
    public void clear() {
        while (free.poll() != null) {
            count.decrementAndGet();
        }
    }
}
