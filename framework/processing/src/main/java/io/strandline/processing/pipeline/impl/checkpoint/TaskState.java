package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a snapshot holds of one task.
 *
 * @param marks sink → its partition → how far the task's outputs had come there
 * @param states of the operators
 * @param chain the files that have the states
 */
public record TaskState(
        Map<StreamName, SortedMap<Long, WriterMark>> marks, OperatorStates states, SnapshotChain chain) {}
