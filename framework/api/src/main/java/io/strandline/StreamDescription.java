package io.strandline;

import java.util.List;

/**
 * What the catalog knows about a stream.
 *
 * @param name its full name
 * @param partitions its open partitions in ascending order of their key ranges, which cover all keys
 */
public record StreamDescription(StreamName name, List<PartitionDescription> partitions) {

    public StreamDescription {
        partitions = List.copyOf(partitions);
    }

    /**
     * Returns the partition with this id.
     *
     * @throws StrandlineException.NotFound if the stream has no such partition
     */
    public PartitionDescription partition(long id) {
        for (PartitionDescription partition : partitions) {
            if (partition.id() == id) {
                return partition;
            }
        }
        throw new StrandlineException.NotFound("stream " + name + " has no partition " + id);
    }
}
