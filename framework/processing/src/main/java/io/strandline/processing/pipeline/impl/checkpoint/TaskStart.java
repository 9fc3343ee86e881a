package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.PartitionDescription;
import io.strandline.WriterMark;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a task begins.
 *
 * @param partition of the source
 * @param offset of its first event
 * @param step number of that event's step
 * @param states key → state, which the task takes over
 * @param replay from where its outputs are compared with those in the log, or null if they are not
 */
public record TaskStart<S>(
        PartitionDescription partition,
        long offset,
        long step,
        Map<String, S> states,
        @Nullable Map<Long, WriterMark> replay) {

    /** The beginning of a partition that took over from others. */
    public static <S> TaskStart<S> ofSuccessor(
            PartitionDescription partition, Map<String, S> states, boolean replaysOutputs) {
        return new TaskStart<>(partition, 0, 0, states, replaysOutputs ? Map.of() : null);
    }
}
