package io.strandline.log.impl.state;

import io.strandline.Sequence;

/**
 * What a partition remembers of one writer in one of its ranges, as its shard has applied it. An entry that was inherited
 * names the partition that holds the event. What is queued ahead of that is in {@link NumberedEntry}, which is the same
 * object.
 */
public abstract sealed class WriterEntry permits NumberedEntry {

    int appliedEpoch;
    long appliedMajor = Sequence.NONE.major();
    long appliedMinor = Sequence.NONE.minor();
    long appliedPartition;
    long appliedOffset = -1;
    long appliedDigest;

    /** Stamp of its last event, in milliseconds since 1970. May be ahead of the clock. */
    long lastStamp;

    public long appliedOffset() {
        return appliedOffset;
    }

    public long appliedMajor() {
        return appliedMajor;
    }

    public long appliedMinor() {
        return appliedMinor;
    }

    public long appliedPartition() {
        return appliedPartition;
    }

    public long appliedDigest() {
        return appliedDigest;
    }

    public int appliedEpoch() {
        return appliedEpoch;
    }
}
