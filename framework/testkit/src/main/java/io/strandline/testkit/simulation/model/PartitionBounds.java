package io.strandline.testkit.simulation.model;

/** What is known of where a partition starts and ends, and how far it may have been cut. */
public final class PartitionBounds {

    private final long id;
    private final PartitionModel partition;
    private final RetentionModel retention;
    private final Violations violations;

    /** Some answer reported an end, or start, as far as this. */
    private long endSeen;

    private long startSeen;

    /** The start when it was last read in full. */
    private long startSettled;

    /** No truncation went further than this. */
    private long startRequested;

    /** Some answer said that nothing is appended at or after this offset. -1 while none has. */
    private long sealedAt = -1;

    /**
     * @param partition the partition
     * @param retention what may be removed of its stream
     */
    PartitionBounds(PartitionModel partition, RetentionModel retention, Violations violations) {
        this.id = partition.id;
        this.partition = partition;
        this.retention = retention;
        this.violations = violations;
    }

    public long endSeen() {
        return endSeen;
    }

    public long startSeen() {
        return startSeen;
    }

    long startSettled() {
        return startSettled;
    }

    public long startRequested() {
        return startRequested;
    }

    /** Offset after the last event, -1 while no answer said that the partition is sealed. */
    public long sealedAt() {
        return sealedAt;
    }

    /** Some answer says that nothing is appended at or after this offset. */
    public void sealedAt(long end) {
        violations.require(
                end >= endSeen && (sealedAt < 0 || sealedAt == end),
                Invariant.SEALED_IS_FINAL,
                () -> "partition " + id + " is sealed at " + end + ", seen before was " + endSeen
                        + (sealedAt < 0 ? "" : ", sealed at " + sealedAt));
        sealedAt = end;
        seenEnd(end);
    }

    /** Some answer says that the end is at or after this offset, and so the offset is durable. */
    public void seenEnd(long offset) {
        violations.require(
                sealedAt < 0 || offset <= sealedAt,
                Invariant.SEALED_IS_FINAL,
                () -> "partition " + id + " ends at " + offset + ", it was sealed at " + sealedAt);
        endSeen = Math.max(endSeen, offset);
    }

    void truncating(long before) {
        startRequested = Math.max(startRequested, before);
    }

    /** Some answer says that the partition starts here. */
    public void seenStart(long offset, long seenBefore) {
        violations.require(
                offset >= seenBefore,
                Invariant.SEEN_IS_DURABLE,
                () -> "partition " + id + " starts at " + offset + ", seen before was " + seenBefore);
        requireRemovable(offset);
        startSeen = Math.max(startSeen, offset);
        seenEnd(offset);
    }

    /** Some answer says that everything before an offset is removed. */
    public void requireRemovable(long offset) {
        violations.require(
                offset <= Math.max(startSeen, startRequested) || offset <= retention.allowed(partition),
                Invariant.ONLY_ALLOWED_IS_REMOVED,
                () -> "partition " + id + " starts at " + offset + ", truncated at most to " + startRequested
                        + ", retention allows " + retention.allowed(partition) + " by " + retention);
    }

    /** What is before the start now was removed before, and no reason to remove any more. */
    void settleStart() {
        startSettled = startSeen;
    }
}
