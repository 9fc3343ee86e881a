package io.strandline;

/**
 * How far a writer with the application's numbers has come in one partition, see {@link EventWriter#marks}.
 *
 * @param last number of the last event that it was given for the partition
 * @param digest digest of all events that it was given for the partition up to that one, {@link #NO_EVENTS} for none
 */
public record WriterMark(Sequence last, long digest) {

    /** The digest of no event. */
    public static final long NO_EVENTS = 0xEF46DB3751D8E999L;

    /** A writer that was given nothing. */
    public static final WriterMark NONE = new WriterMark(Sequence.NONE, NO_EVENTS);

    @Override
    public String toString() {
        return last + " with digest " + Long.toHexString(digest);
    }
}
