package io.strandline.log;

import io.strandline.spi.Batch;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive batches of one partition in memory, by reference to the parcels that brought them: a queue, added to at
 * the end and dropped from the front, with access by index and a search by offset.
 *
 * <p>An array may be lent. Whoever keeps a reference to one beyond a task of the shard says so by {@link #handOut}, or takes
 * batches that leave memory only when it is done.
 */
final class BatchRun {

    private static final int FIRST_CAPACITY = 8;

    private byte[][] arrays = new byte[FIRST_CAPACITY][];
    private int[] positions = new int[FIRST_CAPACITY];
    private @Nullable LentArray[] lent = new LentArray[FIRST_CAPACITY];
    private int head;
    private int size;
    private long bytes;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Bytes of all batches. */
    long bytes() {
        return bytes;
    }

    /** The array that holds batch {@code index}, counted from the front. */
    byte[] array(int index) {
        return arrays[slot(index)];
    }

    /** Where in {@link #array} the batch begins. */
    int at(int index) {
        return positions[slot(index)];
    }

    /** Offset of the first event of batch {@code index}. */
    long baseOffset(int index) {
        return Batch.offset(array(index), at(index));
    }

    /** Offset behind the last event of batch {@code index}. */
    long endOffset(int index) {
        return baseOffset(index) + Batch.count(array(index), at(index));
    }

    /** Stamp of the events of batch {@code index}; never less than that of the batch before. */
    long stamp(int index) {
        return Batch.stamp(array(index), at(index));
    }

    int lengthOf(int index) {
        return Batch.length(array(index), at(index));
    }

    void add(byte[] array, int at) {
        add(array, at, null);
    }

    /** As {@link #add(byte[], int)}, of an array that may be used again. */
    void add(byte[] array, int at, @Nullable LentArray lentArray) {
        if (size == arrays.length) {
            grow();
        }
        int slot = slot(size);
        arrays[slot] = array;
        positions[slot] = at;
        lent[slot] = lentArray;
        size++;
        bytes += Batch.length(array, at);
    }

    /** Drops the front batch, which nobody reads any more, because it is in a chunk; returns its bytes. */
    int removeStored() {
        LentArray first = lent[head];
        int length = removeFirst();
        if (first != null) {
            first.stored();
        }
        return length;
    }

    /** Drops the front batch, which a flush may be reading; returns its bytes. */
    int removeUnstored() {
        handOut(0, 1);
        return removeFirst();
    }

    /** Says that somebody keeps references to the arrays of batches from an index to before another. */
    void handOut(int from, int to) {
        for (int i = from; i < to; i++) {
            LentArray lentArray = lent[slot(i)];
            if (lentArray != null) {
                lentArray.handedOut();
            }
        }
    }

    private int removeFirst() {
        int length = lengthOf(0);
        lent[head] = null;
        // The slot must not hold on to a parcel that nothing else needs.
        arrays[head] = NOTHING;
        head = (head + 1) & (arrays.length - 1);
        size--;
        bytes -= length;
        return length;
    }

    /** Index of the batch that holds an offset, which must be at or behind the first and before the end. */
    int indexOf(long offset) {
        int low = 0;
        int high = size - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (baseOffset(middle) <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Index of the first batch whose stamp is at or above one; {@link #size()} if there is none. */
    int indexOfStamp(long stamp) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (stamp(middle) < stamp) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** All batches, as a run of its own, whose arrays are kept by this one. */
    BatchRun copy() {
        BatchRun copy = new BatchRun();
        copy.arrays = inOrder(new byte[arrays.length][]);
        copy.positions = inOrder(new int[positions.length]);
        copy.lent = new LentArray[lent.length];
        copy.size = size;
        copy.bytes = bytes;
        return copy;
    }

    /** The batches from index {@code from} to before {@code to}, as a run of its own, whose arrays are kept by this one. */
    BatchRun copy(int from, int to) {
        BatchRun copy = new BatchRun();
        for (int i = from; i < to; i++) {
            copy.add(array(i), at(i));
        }
        return copy;
    }

    private static final byte[] NOTHING = new byte[0];

    private int slot(int index) {
        return (head + index) & (arrays.length - 1);
    }

    private void grow() {
        LentArray[] largerLent = new LentArray[lent.length * 2];
        for (int i = 0; i < size; i++) {
            largerLent[i] = lent[slot(i)];
        }
        lent = largerLent;
        arrays = inOrder(new byte[arrays.length * 2][]);
        positions = inOrder(new int[positions.length * 2]);
        head = 0;
    }

    /** Copies the slots in use to the beginning of a larger or equal array. */
    private byte[][] inOrder(byte[][] to) {
        int first = Math.min(size, arrays.length - head);
        System.arraycopy(arrays, head, to, 0, first);
        System.arraycopy(arrays, 0, to, first, size - first);
        return to;
    }

    private int[] inOrder(int[] to) {
        int first = Math.min(size, positions.length - head);
        System.arraycopy(positions, head, to, 0, first);
        System.arraycopy(positions, 0, to, first, size - first);
        return to;
    }
}
