package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.PartitionDescription;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a task begins.
 *
 * @param partition of the source
 * @param offset of its first event
 * @param step number of that event's step
 * @param states of the operators, which the task takes over
 * @param chain the files that have the states. Its next one has all of them if it has none, or none by the groups of the task's keys
 * @param replay sink → its partition → from where its outputs are compared with those in the log, or null if they are not
 */
public record TaskStart(
        PartitionDescription partition,
        long offset,
        long step,
        OperatorStates states,
        SnapshotChain chain,
        @Nullable Map<StreamName, SortedMap<Long, WriterMark>> replay) {

    public TaskStart {
        chain = chain.by(states.groups(partition.keys()));
    }

    /** The beginning of a partition that took over from others. */
    public static TaskStart ofSuccessor(PartitionDescription partition, OperatorStates states, boolean replaysOutputs) {
        return new TaskStart(partition, 0, 0, states, new SnapshotChain(), replaysOutputs ? Map.of() : null);
    }
}
