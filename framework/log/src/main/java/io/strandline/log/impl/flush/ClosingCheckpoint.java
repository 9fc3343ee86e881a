package io.strandline.log.impl.flush;

import io.strandline.log.impl.control.CheckpointCapture;
import io.strandline.log.impl.control.CheckpointCodec;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.Journal;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/**
 * The checkpoint with which a shard closes. Before it, all events in memory are moved to chunks. So the next open reads this
 * checkpoint and no event.
 *
 * <p>A shard never closes late for it. It closes without a checkpoint, and the next open reads more, if there is much to
 * flush, if the disk refuses something, or after {@link #MAX_MILLIS}. All of it belongs to the shard's executor.
 */
public final class ClosingCheckpoint {

    /** Bytes of events in memory up to which a closing shard flushes them, in bytes. */
    public static final long MAX_FLUSH_BYTES = 64 << 20;

    /** Longest time that flush and checkpoint take together, in milliseconds. */
    public static final long MAX_MILLIS = 2_000;

    /** Room that a part may take beside its bytes, and the proof after the last one. */
    private static final int PART_ROOM_BYTES = 2 * 4_096;

    private static final Logger LOG = Logger.of(ClosingCheckpoint.class);

    private final FlushedShard shard;
    private final ShardState state;
    private final Journal journal;
    private final ChunkFlush flush;
    private final Compaction compaction;
    private final JournalCheckpoints checkpoints;
    private final Capturing capture;
    private final int journalFileBytes;
    private final Promise<List<FrameBody>> taken = Promise.promise();
    private boolean capturing;

    public ClosingCheckpoint(
            ShardStorage storage,
            ChunkFlush flush,
            Compaction compaction,
            JournalCheckpoints checkpoints,
            int journalFileBytes) {
        this.shard = storage.shard();
        this.state = storage.state();
        this.journal = storage.journal();
        this.flush = flush;
        this.compaction = compaction;
        this.checkpoints = checkpoints;
        this.capture = new Capturing(shard, storage.encoder(), this::captured, this::notCaptured);
        this.journalFileBytes = journalFileBytes;
    }

    /**
     * Begins. The shard takes nothing new, and calls {@link #advance} whenever something has changed.
     *
     * @return the parts of a checkpoint of the state as of the last frame, which are to be the next frames. None if there is to
     *     be no checkpoint. Never fails, and completes on the shard's executor
     */
    public Future<List<FrameBody>> begin() {
        shard.after(MAX_MILLIS, this::giveUp);
        advance();
        return taken.future();
    }

    /** Does what can be done next. */
    public void advance() {
        if (taken.future().isComplete() || capturing) {
            return;
        }
        if (flush.fails()) {
            giveUp();
        } else if (flush.isRunning() || checkpoints.isRunning() || !shard.isSettled()) {
            return;
        } else if (state.unflushedBytes() == 0) {
            capturing = true;
            capture.take(CheckpointCapture.begin(state, flush.flushedUpToFrame()));
        } else if (state.unflushedBytes() <= MAX_FLUSH_BYTES && !compaction.hasManySmallChunks()) {
            flush.begin();
        } else {
            giveUp();
        }
    }

    /** The shard closes without a checkpoint, unless it has one. */
    public void giveUp() {
        taken.tryComplete(List.of());
    }

    private void notCaptured(Throwable cause) {
        LOG.warn("shard {} closes without a checkpoint", state.shard(), cause);
        giveUp();
    }

    private void captured(CheckpointCapture capture, byte[] bytes) {
        capturing = false;
        if (capture.asOfFrame() != state.appliedFrame() || !shard.isSettled()) {
            // A frame came meanwhile, for example of a lease that ended.
            advance();
            return;
        }
        List<FrameBody> parts =
                CheckpointCodec.split(capture.asOfFrame(), bytes, JournalCheckpoints.partBytes(journalFileBytes));
        if (bytes.length > journalFileBytes / 2) {
            giveUp();
            return;
        }
        switch (journal.roomFor(bytes.length + parts.size() * PART_ROOM_BYTES)) {
            case READY -> taken.tryComplete(parts);
            // The journal says when it is there.
            case COMING -> {}
            case RESERVED, NONE -> giveUp();
        }
    }
}
