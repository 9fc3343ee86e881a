package io.strandline;

/**
 * One partition of a stream.
 *
 * @param id number of the partition in its log, never reused
 * @param shard index of the shard that owns it, from 0
 * @param keys hashes of the routing keys that it takes
 */
public record PartitionDescription(long id, int shard, KeyRange keys) {}
