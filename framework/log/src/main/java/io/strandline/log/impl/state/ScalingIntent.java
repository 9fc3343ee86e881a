package io.strandline.log.impl.state;

import io.strandline.PartitionDescription;
import io.strandline.StreamName;
import java.util.List;

/**
 * The partitions of a stream that a scaling seals, and those that it opens.
 *
 * @param stream the stream
 * @param sealed ids of the partitions to be sealed, in ascending order of their keys
 * @param opened the partitions to be opened, in ascending order of their keys
 * @param forgotten ids of partitions that were sealed long ago and hold nothing, to be forgotten with their scaling
 */
public record ScalingIntent(
        StreamName stream, List<Long> sealed, List<PartitionDescription> opened, List<Long> forgotten) {}
