package io.strandline.log.impl.shard;

import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.Journal;
import java.util.List;

/** Room on the disk for the journal of one life of a shard, and what that has the shard take. Belongs to the shard. */
final class DiskSpace {

    private enum Left {
        FREE,
        /** There is none for events. Only what frees space is taken. */
        FULL,
        /** There is none for what is queued either. */
        EXHAUSTED
    }

    private final ShardState state;
    private final Journal journal;
    private Left left = Left.FREE;

    DiskSpace(ShardState state, Journal journal) {
        this.state = state;
        this.journal = journal;
    }

    /** Whether there is room for events. */
    boolean isFree() {
        return left == Left.FREE;
    }

    /** Whether what is queued waits for room. */
    boolean isExhausted() {
        return left == Left.EXHAUSTED;
    }

    /** The journal has room again, or has none for events. */
    void blocked(boolean isBlocked) {
        if (!isBlocked) {
            left = Left.FREE;
        } else if (left == Left.FREE) {
            left = Left.FULL;
        }
    }

    /** The journal has no room for what is queued. */
    void stalled() {
        left = Left.EXHAUSTED;
    }

    /** Some of what was queued is durable, so there is room for the rest. */
    void forced() {
        if (left == Left.EXHAUSTED) {
            left = Left.FULL;
        }
    }

    /** Whether a frame of records may be queued. What frees space may use what is kept for a full disk. */
    boolean takes(List<? extends ControlRecord> records, FrameBody body) {
        return switch (journal.roomFor(body.length())) {
            case READY, COMING -> left == Left.FREE || allFreeSpace(records);
            case RESERVED -> allFreeSpace(records);
            case NONE -> false;
        };
    }

    private boolean allFreeSpace(List<? extends ControlRecord> records) {
        boolean isMostlyKept = journal.isMostlyKept();
        return records.stream().allMatch(each -> each.freesSpace(state) && (isMostlyKept || !each.freesSpaceInTime()));
    }
}
