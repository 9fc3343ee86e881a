package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;

/** What became of a batch, told to the members that took part in it, or of what a member lacked. */
sealed interface Settlement {

    /** The number of the batch. 0 if there is none, because batches count from 1. */
    long batch();

    /**
     * The store confirmed that the batch began at the newest revision, and has its revisions.
     *
     * @param revision the last one of the batch, or the one that it began at
     */
    record Confirmed(long batch, long revision) implements Settlement {}

    /**
     * Nothing of the batch was appended. Its calls are decided again.
     *
     * @param conflict whether others were faster
     * @param fresh whether the store also reported its newest revision
     */
    record Discarded(long batch, boolean conflict, boolean fresh) implements Settlement {}

    /**
     * The store failed the batch.
     *
     * @param appended whether an append failed, so that calls without a revision of their own are decided again.
     *     Otherwise a read failed
     */
    record Failed(long batch, StrandlineException failure, boolean appended) implements Settlement {}

    /** What the member lacks could not be read, so its waiting calls cannot be decided. */
    record Unread(StrandlineException failure) implements Settlement {
        @Override
        public long batch() {
            return 0;
        }
    }
}
