package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.WriterMark;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a snapshot file holds of one task.
 *
 * @param marks partition of the sink → how far the task's outputs had come there
 * @param states key → state
 */
public record TaskState<S>(SortedMap<Long, WriterMark> marks, Map<String, S> states) {}
