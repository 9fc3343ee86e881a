package io.strandline.log.impl.state;

import io.strandline.Sequence;
import java.util.concurrent.TimeUnit;

/**
 * What a partition remembers of one writer in one of its ranges. The numbered half is ahead of the applied one by the
 * batches that are queued. Checks run against the numbered half. It is never reverted, because a queued batch either
 * becomes durable or the shard starts again. An entry that was inherited names the partition that holds the event.
 */
public final class WriterEntry {

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

    public long lastOffset() {
        return lastOffset;
    }

    public int appliedEpoch() {
        return appliedEpoch;
    }

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
