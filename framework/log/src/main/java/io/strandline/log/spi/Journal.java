package io.strandline.log.spi;

import io.vertx.core.Future;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tier 1: the write-ahead log of one shard. Its frames are numbered densely from 1.
 *
 * <p>Called on the shard's executor only. The listener is called there too.
 */
public interface Journal {

    /**
     * Recovers the frames that are there, hands them to {@code restore} on a thread of the journal, and then makes this
     * the only owner, with a higher epoch than any before. When the future completes, all of these frames are forced.
     *
     * <p>Fails with {@link io.strandline.StrandlineException.Corrupt} if a frame that was forced is damaged, and with the
     * exception that {@code restore} throws. Nothing is changed then.
     */
    Future<Contents> open(Restore restore);

    /** Rebuilds from a journal what follows from its frames. */
    interface Restore {

        /** Takes the frames. They are final, but the last ones may not be forced yet. */
        void from(Contents contents) throws IOException;
    }

    /** Sets the listener for progress. To be called once, before the first append. */
    void listen(Listener listener);

    /**
     * Queues a frame and gives it the next number. The body belongs to the journal until the frame is forced.
     *
     * <p>Frames become durable in their order, in groups. {@link Listener#forced} tells how far.
     */
    long append(FrameKind kind, FrameBody body);

    /**
     * Like {@link #append(FrameKind, FrameBody)}, but the frame asks for no force of its own. It is forced with the next
     * frame that does, and otherwise within a time. Until then it may be lost, with all frames after it and none before
     * it. {@link Listener#written} tells from when on such a loss takes more than the end of the process.
     *
     * <p>This default forces at once, which is always allowed.
     *
     * @param forceWithinMillis 0 for a force at once
     */
    default long append(FrameKind kind, FrameBody body, long forceWithinMillis) {
        return append(kind, body);
    }

    /**
     * Asks that all that was appended so far be forced within a time, though no frame asked for it. Does nothing by default,
     * for journals whose frames never wait.
     *
     * @param withinMillis 0 for at once
     */
    default void force(long withinMillis) {}

    /** Bytes queued or in flight, not yet forced. */
    long unforcedBytes();

    /** Number of files or ledgers that hold frames still needed. */
    int keptFiles();

    /**
     * Where a frame would go with the next call of append. Room that is not {@link Room#READY} is prepared. {@link
     * Listener#blockedForSpace} tells how that ended.
     */
    Room roomFor(int bodyBytes);

    /** As {@link #roomFor}, for a question that nothing follows from: no room is prepared, and the listener hears of none. */
    Room roomNow(int bodyBytes);

    /** Whether at least half of what is kept for a full disk is left. */
    boolean isMostlyKept();

    /** Where a frame would go. */
    enum Room {
        /** Into room that is there. Only into this go events: so none waits for a disk that may be full. */
        READY,
        /** Into room that is being prepared. */
        COMING,
        /** The disk is full, and the frame would go into what is kept for frames that free space. */
        RESERVED,
        /** The disk is full, and what is kept is used. */
        NONE
    }

    /** Room that the forced frames of this owner have taken, in bytes, with what was left empty between them. */
    long usedBytes();

    /** What its forces were like. */
    default ForceFigures forceFigures() {
        return ForceFigures.NONE;
    }

    /** Number of files or ledgers that were begun after the one that holds a frame. */
    int filesAfter(long frame);

    /** Room that {@link #release} of the frames up to this one would give back, in bytes. */
    long releasableBytes(long upToFrame);

    /** Says that frames up to this one are no longer needed, so that their room can be used again. */
    void release(long upToFrame);

    /**
     * Keeps the room of frames that {@link #release} gives back until {@link #letGo}, so that they can be copied. Completes
     * when nothing that was released before is still on its way. Is not called again before {@link #letGo}.
     */
    default Future<Void> hold() {
        return Future.succeededFuture();
    }

    /** Ends a {@link #hold}. Does nothing if there is none. */
    default void letGo() {}

    /**
     * Forces what is queued, leaves a proof of it, and closes. While there is no room for that, closes without it. Later
     * appends are not allowed.
     *
     * <p>A checkpoint becomes the last frames. It holds the state as of all frames before it, and no event of them is needed
     * any more, so they are released, and the next open need not read them. It may leave them out if what it finds is the
     * whole checkpoint and nothing after it, see {@link Contents#includeAll}.
     *
     * @param checkpoint parts of a checkpoint for which there is room, or none
     */
    Future<Void> close(List<FrameBody> checkpoint);

    /** Closes without a checkpoint. */
    default Future<Void> close() {
        return close(List.of());
    }

    /**
     * Stops at once, because the shard is no longer what its frames say. What is queued may or may not become durable, the
     * listener hears of nothing any more, and the files are let go before the next owner's {@link #open} reads them.
     */
    void abandon();

    /** What a journal reports to its shard. */
    interface Listener {

        /** All frames up to this number are durable. */
        void forced(long upToFrame);

        /**
         * All frames up to this number survive the end of the process. Called for frames that wait for a force, before
         * the force. Other frames are only reported as forced.
         */
        default void written(long upToFrame) {}

        /**
         * Writing failed. Queued frames may or may not be durable. No further call follows. The shard recovers as after a
         * crash.
         */
        void failed(Throwable cause);

        /**
         * The disk has no room for more events. Frames that were queued are written all the same. Called with false when
         * there is room again, also for what was answered {@link Room#COMING}.
         */
        void blockedForSpace(boolean blocked);

        /** There is no room for a frame that is queued already. It waits until {@link #blockedForSpace} says false. */
        default void stalledForSpace() {}
    }

    /** What recovery found. */
    interface Contents {

        /** Epoch of this owner. */
        int epoch();

        /** Number of the oldest frame that is included, 0 if there is none. */
        long firstFrame();

        /** Number of the newest frame, 0 if there is none. */
        long lastFrame();

        /** What holds the oldest frame, for messages. */
        default String origin() {
            return "the journal";
        }

        /**
         * Includes the frames that were left out because the journal was closed with a checkpoint after them. To be called if
         * that checkpoint does not cover them. Does nothing if none were left out. Blocks.
         */
        default void includeAll() throws IOException {}

        /** Visits the frames of one kind, or of all kinds, from a number on, in ascending order. Blocks. */
        void replay(@Nullable FrameKind only, long from, Visitor visitor) throws IOException;
    }

    /** Sees one frame. */
    interface Visitor {

        /** Whether a frame is to be read for this visitor; one that it does not want may be visited all the same. */
        default boolean wants(long number, FrameKind kind) {
            return true;
        }

        /** The array is new and belongs to the visitor. The body fills it. */
        void frame(long number, FrameKind kind, byte[] body) throws IOException;
    }
}
