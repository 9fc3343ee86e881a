package io.strandline.log;

import io.strandline.StrandlineException;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import java.util.List;

/**
 * Writes the applied state into the journal from time to time, so that a replay is short, and releases the journal files
 * that neither a replay nor an unflushed event needs any more.
 */
final class JournalCheckpoints {

    private static final int PART_BYTES = 1 << 20;

    /** A checkpoint may cost at most one part in this many of the room that the journal has taken since the last. */
    private static final int SHARE = 4;

    private final Shard shard;
    private final ShardState state;
    private final Journal journal;
    private final long intervalBytes;
    private final int partBytes;
    private long usedAtLast;
    private long lastBytes;
    private boolean running;

    JournalCheckpoints(Shard shard, ShardState state, Journal journal, int journalFileBytes) {
        this.shard = shard;
        this.state = state;
        this.journal = journal;
        this.intervalBytes = journalFileBytes / 2;
        this.partBytes = Math.min(PART_BYTES, journalFileBytes / 4);
        this.usedAtLast = journal.usedBytes();
    }

    /**
     * Begins a checkpoint if there is a reason and none is running: the journal has taken much room since the last one, or
     * files could be released. One whose cost is out of proportion to what was written is left for later, so that a large
     * state keeps more files instead of being written all the time.
     *
     * @param flushedUpToFrame batches of frames up to this one are in chunks
     */
    void maintain(long flushedUpToFrame) {
        if (running) {
            return;
        }
        long used = journal.usedBytes() - usedAtLast;
        boolean isWorthIt = used > 0 && used >= SHARE * lastBytes;
        if (!isWorthIt || (used < intervalBytes && journal.releasableBytes(flushedUpToFrame) == 0)) {
            return;
        }
        running = true;
        byte[] bytes = CheckpointCodec.encode(state);
        lastBytes = bytes.length;
        List<FrameBody> parts = CheckpointCodec.split(state.appliedFrame, bytes, partBytes);
        for (int i = 0; i < parts.size(); i++) {
            boolean last = i == parts.size() - 1;
            shard.queue(FrameKind.CHECKPOINT, parts.get(i), last ? new Release(flushedUpToFrame) : null);
        }
        usedAtLast = journal.usedBytes();
    }

    /** Waits for the last part of a checkpoint. */
    private final class Release implements Pending {

        private final long upToFrame;

        Release(long upToFrame) {
            this.upToFrame = upToFrame;
        }

        @Override
        public void forced() {
            running = false;
            journal.release(upToFrame);
        }

        @Override
        public void fail(StrandlineException cause) {
            // The shard stops; the next recovery finds an older checkpoint.
        }
    }
}
