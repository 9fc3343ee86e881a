package io.strandline.impl.writer;

import io.strandline.StreamCut;

/** What has to hold for an atomic batch to be appended. */
sealed interface Condition {

    /** The next offset of the partition is this one. */
    record AtOffset(long offset) implements Condition {}

    /** The partition has no event of the batch's key at or after the offset at which the cut passes it. */
    record KeyUnchanged(StreamCut since) implements Condition {}
}
