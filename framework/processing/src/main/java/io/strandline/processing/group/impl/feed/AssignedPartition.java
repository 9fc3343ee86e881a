package io.strandline.processing.group.impl.feed;

import io.strandline.StreamName;
import io.strandline.processing.group.impl.state.PartitionState;

/**
 * A partition as a reader got it.
 *
 * @param stream its stream
 * @param partition its id
 * @param known what the group knew of it then
 * @param generation of the group then
 * @param notBefore time in milliseconds since 1970. Events that were stamped earlier count as processed
 */
public record AssignedPartition(
        StreamName stream, long partition, PartitionState known, long generation, long notBefore) {}
