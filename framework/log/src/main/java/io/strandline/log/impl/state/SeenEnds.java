package io.strandline.log.impl.state;

/**
 * When the ends of one partition were seen, by the clock that does not jump. Stamps never fall within a partition, so one
 * event that was appended under a clock that was ahead leaves its stamp to all that follow, until the right time has caught
 * up. Such events are as old as the time since retention saw them first.
 *
 * <p>Holds at most {@value #MOST} ends. When all are in use those that are soon followed by another one are dropped, and further
 * ones are noted as seldom. An event whose end was dropped counts as seen at the next one: it seems younger than it is by less
 * than a tenth of the time that the ends cover, and never older.
 */
public final class SeenEnds {

    /** Most ends that are noted. */
    static final int MOST = 32;

    /** Into how many parts the ends that remain divide the time that they cover, about. */
    private static final int PARTS = MOST / 2;

    private final long[] offsets = new long[MOST];
    private final long[] nanos = new long[MOST];
    private int size;
    private long spacingNanos;

    /** Notes where the partition ends now. The start of the partition shows which ends are no longer of use. */
    void note(long startOffset, long endOffset, long nowNanos) {
        forget(startOffset);
        if (size > 0 && (offsets[size - 1] >= endOffset || nowNanos - nanos[size - 1] < spacingNanos)) {
            return;
        }
        if (size == MOST) {
            thinOut();
        }
        offsets[size] = endOffset;
        nanos[size] = nowNanos;
        size++;
    }

    /** Drops ends that are soon followed by another one. At most {@link #PARTS} plus one remain. */
    private void thinOut() {
        spacingNanos = (nanos[size - 1] - nanos[0]) / PARTS;
        int kept = MOST - 1;
        for (int i = MOST - 2; i >= 0; i--) {
            if (nanos[kept] - nanos[i] >= spacingNanos) {
                kept--;
                offsets[kept] = offsets[i];
                nanos[kept] = nanos[i];
            }
        }
        size = MOST - kept;
        System.arraycopy(offsets, kept, offsets, 0, size);
        System.arraycopy(nanos, kept, nanos, 0, size);
    }

    /** True if an end was noted of events from an offset on. */
    boolean coversFrom(long startOffset) {
        return size > 0 && offsets[size - 1] > startOffset;
    }

    private void forget(long startOffset) {
        int gone = 0;
        while (gone < size && offsets[gone] <= startOffset) {
            gone++;
        }
        size -= gone;
        System.arraycopy(offsets, gone, offsets, 0, size);
        System.arraycopy(nanos, gone, nanos, 0, size);
        if (size == 0) {
            spacingNanos = 0;
        }
    }

    /** Offset after the last event that was seen so many milliseconds ago or earlier, or 0 if there is none. */
    public long endOfOlder(long ageMillis, Moment now) {
        int i = size;
        while (i > 0 && now.millisSince(nanos[i - 1]) < ageMillis) {
            i--;
        }
        return i == 0 ? 0 : offsets[i - 1];
    }

    /**
     * When an event was appended, at the latest: by its stamp, or by when it was seen first if that is earlier.
     *
     * @param endOffset offset after the event
     * @return milliseconds since 1970
     */
    long timeOf(long stamp, long endOffset, Moment now) {
        int i = 0;
        while (i < size && offsets[i] < endOffset) {
            i++;
        }
        return Math.min(stamp, i == size ? now.wallMillis() : now.wallMillis() - now.millisSince(nanos[i]));
    }
}
