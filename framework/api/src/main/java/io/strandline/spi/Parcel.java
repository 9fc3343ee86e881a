package io.strandline.spi;

import io.strandline.Durability;

/**
 * Batches of one writer for partitions of one shard, handed over together.
 *
 * @param shard index of the shard
 * @param bytes the batches, one behind the other from the start of the array, as {@link Batch} draws them; the log
 *     stamps and keeps the array
 * @param length bytes in use
 * @param batches number of batches, 1 or more
 * @param durability when it is acknowledged
 */
@SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
public record Parcel(int shard, byte[] bytes, int length, int batches, Durability durability) {

    /** A parcel that is acknowledged when it is forced. */
    public Parcel(int shard, byte[] bytes, int length, int batches) {
        this(shard, bytes, length, batches, Durability.FORCED);
    }

    /** The same batches, acknowledged otherwise. */
    public Parcel with(Durability other) {
        return other == durability ? this : new Parcel(shard, bytes, length, batches, other);
    }
}
