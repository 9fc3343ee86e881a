package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.WriterMark;
import java.util.Map;
import java.util.SortedMap;

/**
 * One task between two events.
 *
 * @param partition of the source
 * @param offset of the next event
 * @param step number of the next step
 * @param ended true if the partition is sealed and has no next event
 * @param marks partition of the sink → how far the task's outputs have come there
 * @param states key → state, frozen until the cut is released
 * @param pauseNanos how long the cut held the task's context
 */
public record TaskCut<S>(
        long partition,
        long offset,
        long step,
        boolean ended,
        SortedMap<Long, WriterMark> marks,
        Map<String, S> states,
        long pauseNanos) {}
