package io.strandline.log.impl.state;

import io.strandline.Sequence;
import java.util.concurrent.TimeUnit;

/**
 * What a partition remembers of one writer, ahead of the applied state by the batches that are queued. Checks run against
 * this (A3). It is never reverted, because a queued batch either becomes durable or the shard starts again.
 */
final class NumberedEntry extends WriterEntry {

    /** Longest time that an entry counts as idle when it is dated, in milliseconds. */
    private static final long MAX_IDLE_MILLIS = 366L * 86_400_000;

    int epoch;
    long lastMajor = Sequence.NONE.major();
    long lastMinor = Sequence.NONE.minor();
    long lastPartition;
    long lastOffset = -1;

    /**
     * When the writer's last batch came, by the clock that does not jump. Set by {@link #date} for an inherited entry.
     */
    long contactNanos;

    boolean isDated;

    /** True if nothing of the writer is queued. */
    boolean isApplied() {
        return appliedOffset == lastOffset && appliedPartition == lastPartition;
    }

    /**
     * An entry of an earlier life of the shard, or of another partition, is as old as its stamp. If the stamp is ahead,
     * its age begins now.
     */
    void date(Moment now) {
        if (!isDated) {
            isDated = true;
            long idleMillis = Math.max(0, Math.min(now.wallMillis() - lastStamp, MAX_IDLE_MILLIS));
            contactNanos = now.nanos() - TimeUnit.MILLISECONDS.toNanos(idleMillis);
        }
    }

    /** When the writer was heard of last, in milliseconds since 1970: not after now, whatever the clock said then. */
    long contactMillis(Moment now) {
        return Math.min(lastStamp, isDated ? now.wallMillis() - now.millisSince(contactNanos) : now.wallMillis());
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
