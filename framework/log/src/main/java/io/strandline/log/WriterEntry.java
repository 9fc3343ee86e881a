package io.strandline.log;

import io.strandline.Sequence;

/**
 * What a partition remembers of one writer in one of its ranges. The numbered half is ahead of the applied one by what is
 * queued; checks run against it, and it is never reverted, because what is queued either becomes durable or the shard
 * starts anew. An entry that was inherited names the partition that holds the event.
 */
final class WriterEntry {

    int epoch;
    long lastMajor = Sequence.NONE.major();
    long lastMinor = Sequence.NONE.minor();
    long lastPartition;
    long lastOffset = -1;
    long lastStamp;

    int appliedEpoch;
    long appliedMajor = Sequence.NONE.major();
    long appliedMinor = Sequence.NONE.minor();
    long appliedPartition;
    long appliedOffset = -1;
    long appliedDigest;

    /** True if nothing of the writer is queued. */
    boolean isApplied() {
        return appliedOffset == lastOffset && appliedPartition == lastPartition;
    }

    /** Makes the numbered half what the applied one is: after a replay, when nothing is queued. */
    void numberedIsApplied() {
        epoch = appliedEpoch;
        lastMajor = appliedMajor;
        lastMinor = appliedMinor;
        lastPartition = appliedPartition;
        lastOffset = appliedOffset;
    }
}
