package io.strandline.processing.pipeline;

import io.strandline.StreamCut;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A durable cut through a pipeline's source together with the state that belongs to it. Each stage of a pipeline has checkpoints
 * of its own: then this is the first stage's, with the keys and bytes of all.
 *
 * @param number number of the checkpoint in its pipeline, from 1. It also rises over restarts
 * @param epoch generation of the run that took it
 * @param version version of the pipeline that took it
 * @param cut for each partition of the source the offset after the last event that is part of the state. A sealed
 *     partition is named at its end until its successors are in the checkpoint
 * @param keys number of keys in the state. While only some of the successors of a sealed partition have begun, the keys
 *     of those successors count twice
 * @param bytes length of all its snapshot files, those included that earlier checkpoints have written and it needs too
 * @param takenMillis when it was taken, in milliseconds since 1970: by the clock of the run that took it, and after a restart by the stamp in
 *     the log. They may differ by milliseconds, so checkpoints are equal if all but it is
 */
public record Checkpoint(long number, long epoch, int version, StreamCut cut, long keys, long bytes, long takenMillis) {

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Checkpoint that
                && number == that.number
                && epoch == that.epoch
                && version == that.version
                && keys == that.keys
                && bytes == that.bytes
                && cut.equals(that.cut);
    }

    @Override
    public int hashCode() {
        return Objects.hash(number, epoch, version, cut, keys, bytes);
    }
}
