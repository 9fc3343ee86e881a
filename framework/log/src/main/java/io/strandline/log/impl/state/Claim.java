package io.strandline.log.impl.state;

import io.strandline.log.spi.LogRules;

/**
 * The only writer that may append to a partition of an exclusive stream.
 *
 * @param writer number of the writer
 * @param epoch counts the claims of the stream, so that no two claims have the same. 0 before the first claim, when nobody may
 *     append
 * @param generation epoch of the claim by which its owner began. Claims are ordered by their generations, and those of one
 *     generation by their epochs
 */
public record Claim(long writer, int epoch, long generation) {

    /** Nobody has claimed the partition, and anybody may. */
    public static final Claim NOBODY = unclaimed(0);

    /** Nobody has claimed the partition, and only owners of a generation or a later one may. */
    public static Claim unclaimed(long generation) {
        return new Claim(0, 0, generation);
    }

    /** A claim by which an owner begins. */
    public static Claim first(long writer, int epoch) {
        return new Claim(writer, epoch, epoch);
    }

    /** Whether it has to give way to another one. */
    boolean isBefore(Claim other, LogRules rules) {
        return rules.isOvertaken(generation, epoch, other.generation, other.epoch);
    }

    /** The later one of two. */
    Claim or(Claim other) {
        return isBefore(other, LogRules.STANDARD) ? other : this;
    }
}
