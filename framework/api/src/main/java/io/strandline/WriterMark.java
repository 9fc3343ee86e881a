package io.strandline;

/**
 * How far a writer with the application's numbers has come in one partition, see {@link EventWriter#marks}.
 *
 * @param last number of the last event that it was given for the partition
 * @param digest digest of all events that it was given for the partition up to that one, as {@link
 *     io.strandline.spi.RunningDigest} defines it
 */
public record WriterMark(Sequence last, long digest) {

    /** A writer that was given nothing. */
    public static final WriterMark NONE = new WriterMark(Sequence.NONE, io.strandline.spi.RunningDigest.START);

    @Override
    public String toString() {
        return last + " with digest " + Long.toHexString(digest);
    }
}
