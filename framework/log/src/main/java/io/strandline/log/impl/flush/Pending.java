package io.strandline.log.impl.flush;

import io.strandline.StrandlineException;

/** Something that waits until a frame is forced. */
public interface Pending {

    /** The frame, and all before it, are durable: applies it and answers. */
    void forced();

    /**
     * The frame, and all frames before it, survive the end of the process. Called only for frames that were queued
     * lazily.
     */
    default void written() {}

    /** Whether the frame is durable will not be known before the next recovery. */
    void fail(StrandlineException cause);

    /**
     * The frame waits for room on the disk, for an unknown time. It will be applied, but its caller must not be kept
     * waiting.
     */
    default void late(StrandlineException cause) {}
}
