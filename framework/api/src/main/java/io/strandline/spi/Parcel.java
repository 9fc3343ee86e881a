package io.strandline.spi;

/**
 * Batches of one writer for partitions of one shard, handed over together.
 *
 * @param shard index of the shard
 * @param bytes the batches, one behind the other from the start of the array, as {@link Batch} draws them; the log
 *     stamps and keeps the array
 * @param length bytes in use
 * @param batches number of batches, 1 or more
 */
@SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
public record Parcel(int shard, byte[] bytes, int length, int batches) {}
