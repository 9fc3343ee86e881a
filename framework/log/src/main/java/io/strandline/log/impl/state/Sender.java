package io.strandline.log.impl.state;

/** Who sends a parcel, and so which limits it is held to. */
public enum Sender {
    /** A writer, which is held to all limits. */
    WRITER,
    /**
     * The home shard of a transaction that was decided. Its part was measured when it was written, so that limits of size and
     * number which came later, or which a merge made it pass, hold no more: a refusal would never end.
     */
    DECISION
}
