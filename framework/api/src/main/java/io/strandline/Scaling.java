package io.strandline;

import java.util.List;

/**
 * One change of a stream's partitions: some were sealed, others took over their keys.
 *
 * @param stamp when it was done, in milliseconds since 1970
 * @param sealed the partitions that take no more events, in ascending order of their key ranges
 * @param opened the partitions that took over, in ascending order of their key ranges; together they cover the same keys
 */
public record Scaling(long stamp, List<SealedPartition> sealed, List<PartitionDescription> opened) {

    public Scaling {
        sealed = List.copyOf(sealed);
        opened = List.copyOf(opened);
    }

    /**
     * A partition that takes no more events. Those that it has are read before those of the partitions that took over.
     *
     * @param partition what it was
     * @param endOffset offset behind its last event
     */
    public record SealedPartition(PartitionDescription partition, long endOffset) {}
}
