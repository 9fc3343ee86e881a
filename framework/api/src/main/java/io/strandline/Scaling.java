package io.strandline;

import java.util.List;

/**
 * One change of a stream's partitions: some were sealed, others took over their keys. The last change of a sealed stream sealed all
 * partitions, and none took over.
 *
 * @param stamp when it was done, in milliseconds since 1970
 * @param sealed the partitions that take no more events, in ascending order of their key ranges
 * @param opened the partitions that took over, in ascending order of their key ranges. Together they cover the same
 *     keys. None if the stream was sealed
 */
public record Scaling(long stamp, List<SealedPartition> sealed, List<PartitionDescription> opened) {

    public Scaling {
        sealed = List.copyOf(sealed);
        opened = List.copyOf(opened);
    }

    /**
     * A partition that takes no more events. Its events are read before those of its successors, if it has any.
     *
     * @param partition its description before it was sealed
     * @param endOffset offset after its last event
     */
    public record SealedPartition(PartitionDescription partition, long endOffset) {}
}
