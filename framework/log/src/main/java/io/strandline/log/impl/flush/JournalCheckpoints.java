package io.strandline.log.impl.flush;

import io.strandline.StrandlineException;
import io.strandline.log.impl.control.CheckpointCapture;
import io.strandline.log.impl.control.CheckpointCodec;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Writes the applied state into the journal from time to time, so that a replay is short, and releases the journal files
 * that neither a replay nor an unflushed event needs any more.
 */
public final class JournalCheckpoints {

    private static final int PART_BYTES = 128 << 10;

    /** Parts that are queued before the first of them is forced. */
    private static final int PARTS_AT_ONCE = 8;

    /** A checkpoint may cost at most one part in this many of the room that the journal has taken since the last. */
    private static final int SHARE = 4;

    private final FlushedShard shard;
    private final ShardState state;
    private final Journal journal;
    private final Capturing capture;
    private final Clock clock;
    private final long intervalBytes;
    private final int partBytes;
    private long usedAtLast;
    /** Where the one before began. */
    private long usedBefore;

    private long lastBytes;
    private boolean running;
    private long lastNanos;

    public JournalCheckpoints(ShardStorage storage, int journalFileBytes) {
        this.shard = storage.shard();
        this.state = storage.state();
        this.journal = storage.journal();
        this.capture = new Capturing(shard, storage.encoder(), this::queue, shard::broke);
        this.intervalBytes = journalFileBytes / 2;
        this.partBytes = partBytes(journalFileBytes);
        this.usedAtLast = journal.usedBytes();
        this.lastNanos = storage.clock().monotonicNanos();
        this.clock = storage.clock();
    }

    /** Time since the newest one, or since the recovery, in milliseconds. */
    public long ageMillis() {
        return TimeUnit.NANOSECONDS.toMillis(clock.monotonicNanos() - lastNanos);
    }

    /** Most bytes of one part of a checkpoint. */
    static int partBytes(int journalFileBytes) {
        return Math.min(PART_BYTES, journalFileBytes / 8);
    }

    /**
     * Begins a checkpoint if there is a reason and none is running: the journal has taken much room since the last one, or
     * files could be released. One whose cost is out of proportion to what was written is left for later, so that a large
     * state keeps more files instead of being written all the time.
     *
     * @param flushedUpToFrame batches of frames up to this one are in chunks
     */
    public void maintain(long flushedUpToFrame) {
        if (running) {
            return;
        }
        long used = journal.usedBytes() - usedAtLast;
        boolean isWorthIt = used > 0 && used >= SHARE * lastBytes;
        if (!isWorthIt || (used < intervalBytes && journal.releasableBytes(flushedUpToFrame) == 0)) {
            return;
        }
        if (!hasRoomFor(lastBytes)) {
            return;
        }
        running = true;
        usedBefore = usedAtLast;
        usedAtLast = journal.usedBytes();
        capture.take(CheckpointCapture.begin(state, flushedUpToFrame));
    }

    /** True while a checkpoint is captured or written. */
    boolean isRunning() {
        return running;
    }

    private void queue(CheckpointCapture capture, byte[] bytes) {
        lastBytes = bytes.length;
        if (!hasRoomFor(lastBytes)) {
            giveUp();
            shard.maintain();
            return;
        }
        new Parts(CheckpointCodec.split(capture.asOfFrame(), bytes, partBytes), capture.flushedUpToFrame()).queue();
    }

    /** The next one has the same reasons, as soon as there is room. */
    private void giveUp() {
        running = false;
        usedAtLast = usedBefore;
    }

    /**
     * On a full disk a checkpoint must leave room for what else frees space. Otherwise it takes one file after the other, as all
     * frames do. So the question prepares nothing: no file has to hold all of a checkpoint.
     */
    private boolean hasRoomFor(long bytes) {
        return journal.roomNow((int) Math.min(2 * bytes, Integer.MAX_VALUE / 2)) != Journal.Room.NONE;
    }

    /**
     * The parts of a checkpoint on their way. Only a few are queued at a time, so that other frames come between them.
     */
    private final class Parts implements Pending {

        private final List<FrameBody> parts;
        private final long upToFrame;
        private int queued;

        Parts(List<FrameBody> parts, long upToFrame) {
            this.parts = parts;
            this.upToFrame = upToFrame;
        }

        /** Beyond the room that is there goes one part at a time: the disk may be full before the room has come. */
        void queue() {
            int end = Math.min(parts.size(), queued + PARTS_AT_ONCE);
            boolean isReady = true;
            while (queued < end && isReady) {
                FrameBody part = parts.get(queued++);
                isReady = journal.roomNow(part.length()) == Journal.Room.READY;
                shard.queue(FrameKind.CHECKPOINT, part, queued == end || !isReady ? this : null);
            }
        }

        @Override
        public void forced() {
            if (queued == parts.size()) {
                running = false;
                lastNanos = clock.monotonicNanos();
                journal.release(upToFrame);
            } else if (hasRoomFor((long) partBytes * (parts.size() - queued))) {
                queue();
            } else {
                // The disk became full. An incomplete checkpoint counts for nothing, and the one before it is still
                // there.
                giveUp();
            }
        }

        @Override
        public void fail(StrandlineException cause) {
            // The shard stops. The next recovery finds an older checkpoint.
        }
    }
}
