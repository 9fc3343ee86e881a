package io.strandline.log.impl.chunk;

import io.strandline.spi.Batch;

/**
 * Consecutive batches of one partition in memory, by the numbers of the arrays that brought them: a queue, added to at
 * the end and dropped from the front, with access by index and a search by offset.
 *
 * <p>An array may be lent. Whoever keeps a reference to one beyond a task of the shard says so by {@link #handOut}, or takes
 * batches that leave memory only when it is done.
 */
public final class BatchRun {

    private static final int FIRST_CAPACITY = 8;

    /** Batches for which a run that was larger keeps room. */
    static final int KEPT_CAPACITY = 256;

    /** A batch is three numbers in a row: of its array, its place in that, and its length. */
    private static final int ARRAY = 0;

    private static final int AT = 1;
    private static final int LENGTH = 2;
    private static final int STRIDE = 3;

    private static final long[] NO_SIGNATURES = new long[0];

    private final HeldArrays held;
    private int[] cells;
    private int mask;
    private int head;
    private int size;
    private long bytes;

    /** The {@link KeySignature} of each of the first batches, by cell. Empty until somebody looks for a key. */
    private long[] signatures = NO_SIGNATURES;

    private int signed;

    /** An empty run with arrays of its own. */
    public BatchRun() {
        this(new HeldArrays());
    }

    /** An empty run of batches in these arrays. */
    public BatchRun(HeldArrays held) {
        this(held, FIRST_CAPACITY);
    }

    private BatchRun(HeldArrays held, int capacity) {
        this.held = held;
        this.cells = new int[capacity * STRIDE];
        this.mask = capacity - 1;
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** Bytes of all batches. */
    public long bytes() {
        return bytes;
    }

    /** The array that holds batch {@code index}, counted from the front. */
    public byte[] array(int index) {
        return held.array(cells[cell(index) + ARRAY]);
    }

    /** Where in {@link #array} the batch begins. */
    public int at(int index) {
        return cells[cell(index) + AT];
    }

    /** Offset of the first event of batch {@code index}. */
    public long baseOffset(int index) {
        return Batch.offset(array(index), at(index));
    }

    /** Offset after the last event of batch {@code index}. */
    public long endOffset(int index) {
        return baseOffset(index) + Batch.count(array(index), at(index));
    }

    /** Stamp of the events of batch {@code index}. It is never less than that of the batch before. */
    public long stamp(int index) {
        return Batch.stamp(array(index), at(index));
    }

    public int lengthOf(int index) {
        return cells[cell(index) + LENGTH];
    }

    /** Adds a batch, whose array is held until it is dropped. */
    public void add(byte[] array, int at) {
        add(held.holdOne(array), array, at);
    }

    /** Adds a batch of an array that is held for it already. */
    public void add(int arrayNumber, byte[] array, int at) {
        if (size > mask) {
            grow();
        }
        int cell = cell(size);
        int length = Batch.length(array, at);
        cells[cell + ARRAY] = arrayNumber;
        cells[cell + AT] = at;
        cells[cell + LENGTH] = length;
        size++;
        bytes += length;
    }

    /** Drops the batches up to an offset, which nobody reads any more, because they are in chunks; returns their bytes. */
    public long removeStored(long toOffset) {
        return remove(endingBy(toOffset));
    }

    /** Drops the batches up to an offset, which a flush may be reading; returns their bytes. */
    public long removeUnstored(long toOffset) {
        int count = endingBy(toOffset);
        handOut(0, count);
        return remove(count);
    }

    /** Says that somebody keeps references to the arrays of batches from an index to before another. */
    public void handOut(int from, int to) {
        for (int i = from; i < to; i++) {
            held.handedOut(cells[cell(i) + ARRAY]);
        }
    }

    /** Number of batches that end at an offset or before. */
    private int endingBy(long offset) {
        if (size == 0) {
            return 0;
        }
        if (endOffset(size - 1) <= offset) {
            return size;
        }
        int holder = indexOf(offset);
        return endOffset(holder) <= offset ? holder + 1 : holder;
    }

    private long remove(int count) {
        long before = bytes;
        for (int i = 0; i < count; i++) {
            int cell = cell(i);
            bytes -= cells[cell + LENGTH];
            held.dropped(cells[cell + ARRAY]);
        }
        head = (head + count) & mask;
        size -= count;
        signed = Math.max(0, signed - count);
        shrink();
        return before - bytes;
    }

    /** Index of the batch that holds an offset. The offset must be at or after the first one and before the end. */
    public int indexOf(long offset) {
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

    /** Index of the first batch whose stamp is at or above a given one, or {@link #size()} if there is none. */
    public int indexOfStamp(long stamp) {
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

    /** All batches, as a run of its own, to be read alone. */
    public BatchRun copy() {
        return copy(0, size, held.frozen());
    }

    /**
     * The batches from index {@code from} to before {@code to}, as a run of its own, to be read alone.
     *
     * @param frozen the arrays as they are held now, which copies of several runs may share
     */
    public BatchRun copy(int from, int to, HeldArrays frozen) {
        int count = to - from;
        BatchRun copy = new BatchRun(frozen, capacityFor(count));
        copyCells(from, count, copy.cells);
        copy.size = count;
        for (int i = 0; i < count; i++) {
            copy.bytes += copy.lengthOf(i);
        }
        return copy;
    }

    /**
     * The batches from index {@code from} to before {@code to} that may have events of a key, as a run with arrays of its own. Says that
     * their arrays are handed out.
     *
     * @param mostSigned how many batches are looked at, so that later calls know their keys. Those of unknown keys are in the run
     */
    public BatchRun copyOfKey(byte[] key, int from, int to, int mostSigned) {
        sign(Math.min(size, signed + mostSigned));
        long wanted = KeySignature.of(key, 0, key.length);
        BatchRun copy = new BatchRun();
        for (int i = from; i < to; i++) {
            if (i >= signed || (signatures[(head + i) & mask] & wanted) == wanted) {
                held.handedOut(cells[cell(i) + ARRAY]);
                copy.add(array(i), at(i));
            }
        }
        return copy;
    }

    private void sign(int to) {
        if (signed == to) {
            return;
        }
        if (signatures.length == 0) {
            signatures = new long[mask + 1];
        }
        Batch.Records records = new Batch.Records();
        for (; signed < to; signed++) {
            signatures[(head + signed) & mask] = KeySignature.ofBatch(records, array(signed), at(signed));
        }
    }

    private static int capacityFor(int count) {
        return count <= 1 ? 1 : Integer.highestOneBit(count - 1) * 2;
    }

    private int cell(int index) {
        return ((head + index) & mask) * STRIDE;
    }

    private void grow() {
        resize((mask + 1) * 2);
    }

    /** Gives room back that a peak took: a partition may rest for months after it. */
    private void shrink() {
        if (mask >= KEPT_CAPACITY && size < (mask + 1) / 8) {
            resize(Math.max(KEPT_CAPACITY, capacityFor(size * 2)));
        }
    }

    private void resize(int capacity) {
        int[] resized = new int[capacity * STRIDE];
        copyCells(0, size, resized);
        if (signatures.length > 0) {
            long[] kept = new long[capacity];
            for (int i = 0; i < signed; i++) {
                kept[i] = signatures[(head + i) & mask];
            }
            signatures = kept;
        }
        cells = resized;
        mask = capacity - 1;
        head = 0;
    }

    /** Batches for which there is room. */
    int capacity() {
        return mask + 1;
    }

    private void copyCells(int from, int count, int[] to) {
        int start = (head + from) & mask;
        int first = Math.min(count, mask + 1 - start);
        System.arraycopy(cells, start * STRIDE, to, 0, first * STRIDE);
        System.arraycopy(cells, 0, to, first * STRIDE, (count - first) * STRIDE);
    }
}
