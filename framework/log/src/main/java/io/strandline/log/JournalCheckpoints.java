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

    /** A checkpoint may cost at most one part in this many of what is written. */
    private static final int SHARE = 4;

    private final Shard shard;
    private final ShardState state;
    private final Journal journal;
    private final long intervalBytes;
    private final int partBytes;
    private long bytesSince;
    private long lastBytes;
    private boolean running;

    JournalCheckpoints(Shard shard, ShardState state, Journal journal, int journalFileBytes) {
        this.shard = shard;
        this.state = state;
        this.journal = journal;
        this.intervalBytes = journalFileBytes / 2;
        this.partBytes = Math.min(PART_BYTES, journalFileBytes / 4);
    }

    /** Counts what goes into the journal. */
    void queued(int bytes) {
        bytesSince += bytes + JournalFormat.FRAME_HEADER_BYTES;
    }

    /**
     * Begins a checkpoint if there is a reason and none is running.
     *
     * @param flushedUpToFrame batches of frames up to this one are in chunks
     * @param flushIdle whether a flush would be waited for
     */
    void maintain(long flushedUpToFrame, boolean flushIdle) {
        boolean due = bytesSince >= Math.max(intervalBytes, SHARE * lastBytes);
        boolean manyFiles = journal.keptFiles() >= ChunkFlush.JOURNAL_FILES && flushIdle && bytesSince > lastBytes;
        if (running || !(due || manyFiles)) {
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
        bytesSince = 0;
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
