package io.strandline.sync.spi;

/** How a store answered an append. Every answer but {@link Appended} means that this call changed nothing. */
public sealed interface AppendAnswer {

    /**
     * The revisions stand.
     *
     * @param position where the last of them does, also if this was a repeat of an append that stood already
     * @param sinceWhole revisions since the last whole state: what a synchronizer that knows nothing has to fold
     */
    record Appended(Position position, long sinceWhole) implements AppendAnswer {}

    /**
     * Another revision was there first, or it is another writer's turn at a contended name.
     *
     * @param missed the revisions that the writer did not know
     * @param waitMillis after how many milliseconds the store wants the writer to try again. 0 if the store leaves that
     *     to the writer
     */
    record Refused(CatchUp missed, long waitMillis) implements AppendAnswer {

        /** The same refusal with other bytes in the missed revisions, for a store that wraps another. */
        public Refused with(CatchUp translated) {
            return new Refused(translated, waitMillis);
        }
    }

    /**
     * The store keeps as many revisions as it may: compact at the newest position, then append again.
     *
     * @param updates kept since the last whole state, the refused ones not counted
     * @param bytes in these
     */
    record Full(int updates, long bytes) implements AppendAnswer {}

    /**
     * The writer's position is so old that the store no longer knows whether this append was taken before. Asking again
     * does not help. A synchronizer fails the call with Unknown.
     */
    record Undecided(Position newest) implements AppendAnswer {}
}
