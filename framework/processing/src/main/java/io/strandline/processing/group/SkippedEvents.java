package io.strandline.processing.group;

import io.strandline.StreamName;

/**
 * Events that were removed before a group had read them.
 *
 * @param stream their stream
 * @param partition id of their partition
 * @param from offset of the first one
 * @param to offset after the last one, where the group goes on
 */
public record SkippedEvents(StreamName stream, long partition, long from, long to) {}
