package io.strandline.log.impl.chunk;

import io.strandline.spi.ParcelArrays;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The arrays of a shard that hold batches in memory, each under a number. A partition remembers its batches by that number:
 * a reference in each of thousands of partitions would be a store for the garbage collector to follow, batch by batch.
 *
 * <p>An array leaves with the last of its batches, and its number is given to another one. If it was lent, it goes back then,
 * unless somebody may still read it.
 *
 * <p>Belongs to the shard's executor; what {@link #frozen} returns may be read by any thread.
 */
public final class HeldArrays {

    private static final int FIRST_CAPACITY = 16;

    /** From this capacity on, what grew for many small parcels is let go of when no array is held. */
    private static final int KEPT_CAPACITY = 1 << 12;

    private static final byte[] NOTHING = new byte[0];
    private static final int NONE = -1;

    private byte[][] arrays;

    /** Who lent an array, or null if nobody did or somebody may still read it. */
    private @Nullable ParcelArrays[] homes = new ParcelArrays[FIRST_CAPACITY];

    /** How many batches of an array are in memory; for a free number the complement of the next free one. */
    private int[] batches = new int[FIRST_CAPACITY];

    private int used;
    private int free = NONE;
    private int held;

    /** The number of the array that was held last, if it is. */
    private int newest = NONE;

    public HeldArrays() {
        this(new byte[FIRST_CAPACITY][]);
    }

    private HeldArrays(byte[][] arrays) {
        this.arrays = arrays;
    }

    /**
     * Holds an array until so many batches have left.
     *
     * @param home takes it back then; null if it was not lent
     * @return its number
     */
    public int hold(byte[] array, int batchesOfIt, @Nullable ParcelArrays home) {
        int number = free;
        if (number == NONE) {
            number = used;
            if (number == batches.length) {
                grow();
            }
            used++;
        } else {
            free = ~batches[number];
        }
        arrays[number] = array;
        batches[number] = batchesOfIt;
        homes[number] = home;
        held++;
        newest = number;
        return number;
    }

    /** Holds an array for one batch more: under the same number, if it was the last one. */
    public int holdOne(byte[] array) {
        if (newest != NONE && arrays[newest] == array) {
            batches[newest]++;
            return newest;
        }
        return hold(array, 1, null);
    }

    private void grow() {
        int capacity = batches.length * 2;
        arrays = Arrays.copyOf(arrays, capacity);
        batches = Arrays.copyOf(batches, capacity);
        homes = Arrays.copyOf(homes, capacity);
    }

    byte[] array(int number) {
        return arrays[number];
    }

    /** One of its batches has left memory. */
    void dropped(int number) {
        batches[number]--;
        if (batches[number] > 0) {
            return;
        }
        ParcelArrays home = homes[number];
        if (home != null) {
            home.giveBack(arrays[number]);
        }
        arrays[number] = NOTHING;
        homes[number] = null;
        batches[number] = ~free;
        free = number;
        newest = newest == number ? NONE : newest;
        held--;
        if (held == 0 && batches.length > KEPT_CAPACITY) {
            clear();
        }
    }

    private void clear() {
        arrays = new byte[FIRST_CAPACITY][];
        batches = new int[FIRST_CAPACITY];
        homes = new ParcelArrays[FIRST_CAPACITY];
        used = 0;
        free = NONE;
    }

    /** Somebody else may use the array from now on, or still uses it: it is left to the garbage collector. */
    void handedOut(int number) {
        homes[number] = null;
    }

    /** The arrays as they are held now, to be read alone; they stay the same whatever is held or leaves later. */
    public HeldArrays frozen() {
        return new HeldArrays(Arrays.copyOf(arrays, used));
    }

    /** Number of arrays that are held. */
    public int held() {
        return held;
    }
}
