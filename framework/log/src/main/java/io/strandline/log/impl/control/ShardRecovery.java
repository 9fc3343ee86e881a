package io.strandline.log.impl.control;

import io.strandline.StrandlineException;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import java.io.IOException;

/** Rebuilds the applied state from what the journal holds. */
public final class ShardRecovery {

    private ShardRecovery() {}

    public static void restore(Journal.Contents contents, ShardState state) throws IOException {
        CheckpointCodec.Finder finder = newestCheckpoint(contents);
        if (finder.asOfFrame() < contents.firstFrame() - 1 || finder.flushedUpToFrame() < contents.firstFrame() - 1) {
            contents.includeAll();
            finder = newestCheckpoint(contents);
        }
        byte[] checkpoint = finder.bytes();
        long asOfFrame = Math.max(0, finder.asOfFrame());
        long flushedUpToFrame = checkpoint == null ? 0 : CheckpointCodec.decode(checkpoint, state);
        requireJoined(contents, asOfFrame, state.shard());
        contents.replay(null, 0, new Replay(state, asOfFrame, flushedUpToFrame));
        state.recovered(contents.lastFrame(), Math.max(0, contents.lastFrame() - asOfFrame), flushedUpToFrame);
        state.requireComplete();
        state.numberedIsApplied();
    }

    private static CheckpointCodec.Finder newestCheckpoint(Journal.Contents contents) throws IOException {
        CheckpointCodec.Finder finder = new CheckpointCodec.Finder();
        contents.replay(FrameKind.CHECKPOINT, 0, (number, kind, body) -> finder.part(body));
        return finder;
    }

    /** The frames that are there must go on where the state of the newest checkpoint ends, or with the first frame. */
    private static void requireJoined(Journal.Contents contents, long asOfFrame, int shard) {
        if (contents.firstFrame() > asOfFrame + 1) {
            throw new StrandlineException.Corrupt("the journal of shard " + shard + " begins with frame "
                    + contents.firstFrame() + " in " + contents.origin() + ", and "
                    + (asOfFrame == 0
                            ? "holds no complete checkpoint"
                            : "its newest complete checkpoint holds the state as of frame " + asOfFrame)
                    + "; the journal files before it are missing: restore them from a backup");
        }
    }

    /** Applies what came after the newest checkpoint; frames up to it only supply the batches that are not in chunks yet. */
    private record Replay(ShardState state, long asOfFrame, long flushedUpToFrame) implements Journal.Visitor {

        @Override
        public boolean wants(long number, FrameKind kind) {
            return (kind == FrameKind.BATCHES && number > flushedUpToFrame)
                    || (kind == FrameKind.CONTROL && number > asOfFrame);
        }

        @Override
        public void frame(long number, FrameKind kind, byte[] body) {
            if (kind == FrameKind.BATCHES) {
                if (number <= asOfFrame) {
                    state.replayUnflushed(body);
                } else {
                    state.replayBatches(body);
                }
            } else if (wants(number, kind)) {
                ControlCodec.decode(body).forEach(controlRecord -> controlRecord.applyTo(state));
            }
        }
    }
}
