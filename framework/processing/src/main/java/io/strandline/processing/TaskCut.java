package io.strandline.processing;

import java.util.Map;

/**
 * One task between two events.
 *
 * @param partition of the source
 * @param offset of the next event
 * @param step number of the next step
 * @param states key → state, frozen until the cut is released
 * @param pauseNanos how long the cut held the task's context
 */
record TaskCut<S>(long partition, long offset, long step, Map<String, S> states, long pauseNanos) {}
