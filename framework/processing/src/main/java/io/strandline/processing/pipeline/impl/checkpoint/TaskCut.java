package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import java.util.Map;
import java.util.SortedMap;

/**
 * One task between two events.
 *
 * @param partition of the source
 * @param offset of the next event
 * @param step number of the next step
 * @param ended true if the partition is sealed and has no next event
 * @param marks sink → its partition → how far the task's outputs have come there
 * @param states of the operators, frozen until the cut is released
 * @param chain the files that have the states as they were at the cut before
 * @param pauseNanos how long the cut held the task's context
 */
public record TaskCut(
        long partition,
        long offset,
        long step,
        boolean ended,
        Map<StreamName, SortedMap<Long, WriterMark>> marks,
        OperatorStates.Captured states,
        SnapshotChain chain,
        long pauseNanos) {}
