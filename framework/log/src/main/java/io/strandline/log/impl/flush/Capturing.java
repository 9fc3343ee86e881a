package io.strandline.log.impl.flush;

import io.strandline.log.impl.control.CheckpointCapture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Takes the state of a shard for a checkpoint: in slices, between which other tasks of the shard run, and encodes it elsewhere. A
 * shard that is stopped meanwhile hears nothing.
 */
final class Capturing {

    private final FlushedShard shard;
    private final Executor encoder;
    private final BiConsumer<CheckpointCapture, byte[]> captured;
    private final Consumer<Throwable> failed;

    /**
     * @param encoder encodes what needs not be encoded on the shard's executor
     * @param captured takes what was captured, encoded, on the shard's executor
     * @param failed hears that it could not be encoded, on the shard's executor
     */
    Capturing(
            FlushedShard shard,
            Executor encoder,
            BiConsumer<CheckpointCapture, byte[]> captured,
            Consumer<Throwable> failed) {
        this.shard = shard;
        this.encoder = encoder;
        this.captured = captured;
        this.failed = failed;
    }

    void take(CheckpointCapture capture) {
        if (shard.isStopped()) {
            return;
        }
        if (capture.slice()) {
            encoder.execute(() -> encode(capture));
        } else {
            shard.execute(() -> take(capture));
        }
    }

    private void encode(CheckpointCapture capture) {
        try {
            byte[] bytes = capture.encode();
            shard.execute(() -> {
                if (!shard.isStopped()) {
                    captured.accept(capture, bytes);
                }
            });
        } catch (Throwable e) {
            shard.execute(() -> failed.accept(e));
        }
    }
}
