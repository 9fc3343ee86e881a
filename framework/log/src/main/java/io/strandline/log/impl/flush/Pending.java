package io.strandline.log.impl.flush;

import io.strandline.StrandlineException;

/** Something that waits until a frame is forced. */
public interface Pending {

    /** The frame, and all before it, are durable: applies it and answers. */
    void forced();

    /** The frame, and all before it, survive the end of the process; told only of frames that were queued lazily. */
    default void written() {}

    /** Whether the frame is durable will not be known before the next recovery. */
    void fail(StrandlineException cause);

    /** The frame waits for room on the disk, nobody knows how long; it will be applied, but who asked may not wait. */
    default void late(StrandlineException cause) {}
}
