package io.strandline.log.impl.flush;

import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import org.jspecify.annotations.Nullable;

/**
 * The shard whose state is moved to chunks and checkpoints, as flush, compaction and checkpoints see it. All of it belongs to
 * the shard's executor.
 */
public interface FlushedShard {

    /** Queues a frame; what waits for it is told when it is forced. Returns the number of the frame. */
    long queue(FrameKind kind, FrameBody body, @Nullable Pending waits);

    /** Whether the journal can take a frame that frees space, with what is kept for a full disk. */
    boolean hasRoomToFree(int bodyBytes);

    /** Looks again for what there is to do. */
    void maintain();

    /** A round of the flush is over. */
    void chunksAdded();

    /** A round of the flush failed, and waits for its next try. */
    void flushFailed();

    /** A task of this life threw: what it left half done is in doubt, and nothing more is applied. */
    void broke(Throwable cause);

    /** Runs a task on the shard's executor after a while. */
    void after(long delayMillis, Runnable task);

    /** Runs a task on the shard's executor; for what completes elsewhere. Called from any thread. */
    void execute(Runnable task);

    /** True if all frames that were queued are forced and applied. */
    boolean isSettled();

    /** True when this life of the shard is over. */
    boolean isStopped();
}
