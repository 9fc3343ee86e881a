package io.strandline.spi;

import io.strandline.Durability;
import org.jspecify.annotations.Nullable;

/**
 * Batches of one writer for partitions of one shard, handed over together.
 *
 * @param shard index of the shard
 * @param bytes the batches, one after the other from the start of the array, in the format of {@link Batch}. The log
 *     stamps and keeps the array
 * @param length bytes in use
 * @param batches number of batches, 1 or more
 * @param durability when it is acknowledged
 * @param origin who laid the bytes out, and so whether checksums and records of its batches are checked
 * @param isLent true if the array was taken from the {@link LogPort#parcelArrays} of the shard. The log may then use it
 *     for another parcel, and the sender must neither read it nor hand it over again
 * @param keyConditions for each batch the offset from which on its partition must have no event of the batch's key,
 *     {@link #NO_CONDITION} for none, or {@link #ELSEWHERE}. Null if no batch has such a condition. A condition is judged
 *     when the batch is numbered, after repeats were recognised, and is not stored
 * @param otherKeys for each batch what other keys of its partition must not have, null for nothing. Judged as {@code keyConditions} are.
 *     Null if no batch has such conditions
 */
@SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
public record Parcel(
        int shard,
        byte[] bytes,
        int length,
        int batches,
        Durability durability,
        Origin origin,
        boolean isLent,
        long @Nullable [] keyConditions,
        KeyCheck @Nullable [] @Nullable [] otherKeys) {

    /** The batch is appended whatever its key has. */
    public static final long NO_CONDITION = -1;

    /**
     * The batch is to be appended only if its key has nothing new, but what its writer knows of the key is of another
     * partition: the batch is refused, unless it is a repeat, by Sealed if its partition is sealed and by Conflict otherwise.
     */
    public static final long ELSEWHERE = -2;

    /** Who laid the bytes of a parcel out. It is no part of the bytes, so that nobody can claim it from another process. */
    public enum Origin {
        /** Anybody. The log checks every batch and walks its records before it takes one. */
        ANYBODY,
        /** The writer of this release, in this process: its batches hold what their headers say, and it has just sealed them. */
        WRITER_IN_PROCESS
    }

    /** A parcel without conditions on keys. */
    public Parcel(
            int shard, byte[] bytes, int length, int batches, Durability durability, Origin origin, boolean isLent) {
        this(shard, bytes, length, batches, durability, origin, isLent, null, null);
    }

    /** A parcel in an array of its own. */
    public Parcel(int shard, byte[] bytes, int length, int batches, Durability durability, Origin origin) {
        this(shard, bytes, length, batches, durability, origin, false);
    }

    /** A parcel of anybody. */
    public Parcel(int shard, byte[] bytes, int length, int batches, Durability durability) {
        this(shard, bytes, length, batches, durability, Origin.ANYBODY);
    }

    /** A parcel of anybody that is acknowledged when it is forced. */
    public Parcel(int shard, byte[] bytes, int length, int batches) {
        this(shard, bytes, length, batches, Durability.FORCED);
    }

    /** The same batches, acknowledged otherwise. */
    public Parcel with(Durability other) {
        return other == durability
                ? this
                : new Parcel(shard, bytes, length, batches, other, origin, isLent, keyConditions, otherKeys);
    }
}
