package io.strandline.log.spi;

/** A check that the log's guarantees need. See {@link Safeguards}. */
public enum Safeguard {
    /** Frames of an earlier use of a journal file are told from new ones. */
    SALT,
    /** Repeated batches are dropped. */
    DEDUP,
    /** Conditional batches are taken only at the offset that they expect. */
    EXPECTED_OFFSET,
    /** Batches of a named writer are taken only in its newest epoch, and those of a claimant only under the newest claim. */
    EPOCH,
    /** An owner of an earlier generation claims no partition that a later one has claimed. */
    GENERATION,
    /** Partitions that take over from sealed ones know what writers wrote there. */
    INHERITANCE,
    /** A damaged frame that a later one proves forced is corruption, not a torn tail. */
    FORCED_UP_TO,
    /** Parts of committed transactions are appended in the order of the commits. */
    DECISION_ORDER,
    /** Parts of committed transactions are taken whatever the limits for writers are. */
    DECISIONS_EXEMPT,
    /** Retention by consumption waits for the slowest subscriber, not for the fastest. */
    SUBSCRIBERS,
    /** Retention cuts a partition between two batches, not an event further. */
    WHOLE_PIECES,
    /** Chunks whose sections were merged are deleted after the frame that says so is forced. */
    REPLACED_BEFORE_DELETED
}
