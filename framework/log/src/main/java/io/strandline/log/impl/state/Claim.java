package io.strandline.log.impl.state;

/**
 * The only writer that may append to a partition of an exclusive stream.
 *
 * @param writer number of the writer
 * @param epoch counts the claims of the stream, so that each is above every earlier one of every partition. 0 before the
 *     first claim, when nobody may append
 */
public record Claim(long writer, int epoch) {

    public static final Claim NOBODY = new Claim(0, 0);

    /** The later one of two. */
    Claim or(Claim other) {
        return other.epoch > epoch ? other : this;
    }
}
