package io.strandline.processing.group;

import io.vertx.core.Future;

/** What a member does with the partitions that it holds. See {@link PartitionShare}. */
public interface PartitionHolder {

    /**
     * A partition is held from now on.
     *
     * @param claim number of the assignment, which rises with each
     */
    void gained(long partition, long claim);

    /** A partition is another member's, or will be: nothing of it may go on. */
    void lost(long partition);

    /** A partition is to be given back. It is when the future completes, whether it succeeds or fails. */
    Future<?> release(long partition);

    /** Others hold other partitions than before. Called after what this member has gained and lost. */
    void assigned(PartitionShare.Holders holders);

    /** The member has ended by itself, and nothing is held any more. */
    void ended(Throwable cause);
}
