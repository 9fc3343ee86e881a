package io.strandline.spi;

import io.strandline.Catalog;
import io.strandline.PartitionDescription;
import io.strandline.StreamName;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * What an engine offers to the writers, readers and catalog calls of an application, whatever the distance.
 *
 * <p>Every method may be called from any thread. Futures complete on a thread of the engine; the caller moves on to its
 * own context, and must not block or compute for long before it has.
 */
public interface LogPort {

    /** Number of shards, fixed for the life of the log. */
    int shards();

    /** Largest event in bytes, key and type included. */
    int maxEventBytes();

    /** The catalog; futures complete on a thread of the engine. */
    Catalog catalog();

    /**
     * Admits a writer to a stream. With an id the log counts the writer's epoch up and fences earlier writers of that id
     * everywhere before the future completes; without one it hands out a number that was never used.
     */
    Future<WriterGrant> admitWriter(StreamName stream, @Nullable String id);

    /**
     * Appends the batches of a parcel, in their order, to partitions of one shard.
     *
     * <p>The parcel's bytes belong to the log from now on. Parcels of one caller are taken in the order of the calls. The
     * future completes when every batch is either durable or refused for good, and fails as a whole with
     *
     * <ul>
     *   <li>Overloaded or Unavailable: nothing of it was taken;
     *   <li>Unknown: some of it may have been taken; sending the same bytes again is safe.
     * </ul>
     */
    Future<ParcelReply> append(Parcel parcel);

    /**
     * Reads durable batches of a partition from the one that holds {@code offset} on, at most about {@code maxBytes}, but
     * at least one batch. At the end of the partition the slice is empty.
     *
     * <p>Fails with Truncated below the start offset, Invalid past the end, NotFound if the partition is gone, Corrupt if
     * the stored bytes were damaged.
     */
    Future<ReadSlice> read(PartitionDescription partition, long offset, int maxBytes);

    /** As {@link #read}, but at the end of the partition waits for the next event. */
    Future<ReadSlice> awaitEvents(PartitionDescription partition, long offset, int maxBytes);

    /** Closes the log; appends that were taken are forced first. */
    Future<Void> close();
}
