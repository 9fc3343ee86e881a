package io.strandline.processing.group.impl.feed;

import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Settings;

/**
 * How far a feed has come, how far the group knows it to have come, and where it must pause for the group.
 *
 * <p>An event costs {@link #pass} one comparison, with the <em>barrier</em>: the next position at which there is something to
 * see to.
 */
final class FeedPosition {

    private final Settings settings;
    private final long until;
    /** Offset after the last event that was processed. */
    private long offset;
    /** The position that the group knows. */
    private long committed;

    private long barrier;
    private long suspectUntil;
    private int stride;
    private boolean waitsForCommit;

    /**
     * @param settings of the group, which may change
     * @param known what the group knew of the partition when the reader got it
     */
    FeedPosition(Settings settings, PartitionState known) {
        this.settings = settings;
        this.until = known.until();
        this.offset = known.offset();
        this.committed = known.offset();
        this.suspectUntil = known.suspectUntil();
        this.stride = known.stride();
        drawBarrier();
    }

    long offset() {
        return offset;
    }

    /** Moves on. True if there is something to see to. */
    boolean pass(long next) {
        offset = next;
        return next >= barrier;
    }

    /** The next position at which there is something to see to. */
    long barrier() {
        return barrier;
    }

    /** Moves on without anything having been processed. */
    void skipTo(long next) {
        offset = next;
        drawBarrier();
    }

    /** True where a bounded group ends. */
    boolean isAtEnd() {
        return isEnd(offset);
    }

    /** True where a bounded group ends, or past it. */
    private boolean isEnd(long event) {
        return until >= 0 && event >= until;
    }

    /** True if an event may be handed over: so many come again after a crash at most. */
    boolean mayBegin(long event) {
        return event - committed < mostUncommitted() && !isEnd(event);
    }

    // ---- commits

    boolean isCommitted() {
        return offset == committed;
    }

    /** The group knows a position now. True if the feed waited for that. */
    boolean commit(long known) {
        committed = Math.max(committed, known);
        boolean waited = waitsForCommit;
        waitsForCommit = waited && isFull();
        drawBarrier();
        return waited && !waitsForCommit;
    }

    /** Waits for a commit if as much as may be is not committed. */
    boolean waitIfFull() {
        waitsForCommit |= isFull();
        return waitsForCommit;
    }

    boolean waitsForCommit() {
        return waitsForCommit;
    }

    boolean isHalfFull() {
        return offset - committed >= mostUncommitted() / 2;
    }

    private boolean isFull() {
        return offset - committed >= mostUncommitted();
    }

    private long mostUncommitted() {
        int most = settings.now().getMaxUncommittedEvents();
        return stride == 0 ? most : Math.min(stride, most);
    }

    // ---- suspicion

    /** True if somebody died of the event at the position, or of one close to it: each delivery is counted. */
    boolean isCounted() {
        return stride == 1;
    }

    /** Forgets a suspicion when the last suspect was passed. True if it was forgotten now. */
    boolean leaveSuspects() {
        boolean last = stride > 0 && offset >= suspectUntil;
        if (last) {
            stride = 0;
            suspectUntil = 0;
        }
        return last;
    }

    // ---- barrier

    /** The bounds may have changed. True if the feed must wait for a commit. */
    boolean boundsChanged() {
        drawBarrier();
        return waitIfFull();
    }

    void drawBarrier() {
        long most = mostUncommitted();
        long next = committed + most / 2 > offset ? committed + most / 2 : committed + most;
        if (stride > 0 && suspectUntil > offset) {
            next = Math.min(next, suspectUntil);
        }
        if (until >= 0) {
            next = Math.min(next, until);
        }
        barrier = Math.max(next, offset + 1);
    }

    @Override
    public String toString() {
        return offset + " (committed " + committed + ", stride " + stride
                + (waitsForCommit ? ", waits for a commit" : "") + ")";
    }
}
