package io.strandline.log.impl.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a journal supplies must join the state of its newest checkpoint (T3, T8). */
class ShardRecoveryTest {

    private static final int CHECKPOINT_AS_OF = 5;

    /** Batches of frames up to this one are in chunks. */
    private static final int FLUSHED = 3;

    /** Frames of a checkpoint as of frame 5, from a number on. */
    private static Journal.Contents checkpoint(long firstFrame) {
        return checkpoint(firstFrame, visitor -> {});
    }

    /** @param replays hears of each replay of all kinds */
    private static Journal.Contents checkpoint(long firstFrame, Consumer<Journal.Visitor> replays) {
        List<FrameBody> parts = CheckpointCodec.split(
                CHECKPOINT_AS_OF, CheckpointCapture.encode(new ShardState(1, chunk -> {}), FLUSHED), 16);
        List<byte[]> bodies = new ArrayList<>();
        for (FrameBody part : parts) {
            byte[] body = new byte[part.length()];
            int at = 0;
            for (int i = 0; i < part.parts(); i++) {
                System.arraycopy(part.array(i), part.from(i), body, at, part.length(i));
                at += part.length(i);
            }
            bodies.add(body);
        }
        return new Journal.Contents() {
            @Override
            public int epoch() {
                return 1;
            }

            @Override
            public long firstFrame() {
                return firstFrame;
            }

            @Override
            public long lastFrame() {
                return firstFrame + bodies.size() - 1;
            }

            @Override
            public void replay(@Nullable FrameKind only, long from, Journal.Visitor visitor) throws IOException {
                if (only == null) {
                    replays.accept(visitor);
                }
                for (int i = 0; i < bodies.size(); i++) {
                    visitor.frame(firstFrame + i, FrameKind.CHECKPOINT, bodies.get(i));
                }
            }
        };
    }

    @Test
    void t8_framesThatDoNotJoinTheCheckpointAreMissed() throws IOException {
        for (long firstFrame = 1; firstFrame <= CHECKPOINT_AS_OF + 1; firstFrame++) {
            ShardState state = new ShardState(1, chunk -> {});
            ShardRecovery.restore(checkpoint(firstFrame), state);
            assertThat(state.appliedFrame()).isGreaterThanOrEqualTo(firstFrame);
            assertThat(state.recoveredFrames()).isEqualTo(Math.max(0, state.appliedFrame() - CHECKPOINT_AS_OF));
        }
        assertThatThrownBy(
                        () -> ShardRecovery.restore(checkpoint(CHECKPOINT_AS_OF + 2L), new ShardState(1, chunk -> {})))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("shard 1")
                .hasMessageContaining("begins with frame 7")
                .hasMessageContaining("as of frame 5");
    }

    @Test
    void only_frames_that_supply_something_are_read_again() throws IOException {
        List<Journal.Visitor> replays = new ArrayList<>();
        ShardRecovery.restore(checkpoint(1, replays::add), new ShardState(1, chunk -> {}));
        assertThat(replays).hasSize(1);
        Journal.Visitor replay = replays.get(0);
        assertThat(replay.wants(FLUSHED, FrameKind.BATCHES))
                .as("all is in chunks")
                .isFalse();
        assertThat(replay.wants(FLUSHED + 1L, FrameKind.BATCHES)).isTrue();
        assertThat(replay.wants(CHECKPOINT_AS_OF, FrameKind.CONTROL))
                .as("the state has it")
                .isFalse();
        assertThat(replay.wants(CHECKPOINT_AS_OF + 1L, FrameKind.CONTROL)).isTrue();
        assertThat(replay.wants(CHECKPOINT_AS_OF + 1L, FrameKind.CHECKPOINT)).isFalse();
        assertThat(replay.wants(CHECKPOINT_AS_OF + 1L, FrameKind.PROOF)).isFalse();
    }
}
