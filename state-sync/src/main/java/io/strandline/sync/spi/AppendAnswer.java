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
     * @param missed what the writer did not know
     * @param waitMillis when the store wants to hear of the writer again, in milliseconds; 0 if it leaves that to the writer
     */
    record Refused(Missed missed, long waitMillis) implements AppendAnswer {

        /** The same refusal with other bytes in what was missed, for a store that stands before another. */
        public Refused with(Missed translated) {
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
     * The writer's position is so old that the store no longer knows whether this append was taken before; asking again
     * does not help. A synchronizer fails the call with Unknown.
     */
    record Undecided(Position newest) implements AppendAnswer {}
}
