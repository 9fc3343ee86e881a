package io.strandline.spi;

import io.strandline.Catalog;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.internal.Implementation;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.LogIdentity;
import io.strandline.spi.watch.DiskRoom;
import io.strandline.spi.watch.ShardCondition;
import io.strandline.spi.watch.ShardStatistics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations that an engine offers to the writers, readers and catalog calls of an application, local or remote.
 *
 * <p>Every method may be called from any thread. Futures complete on a thread of the engine. The caller moves on to its
 * own context, and must not block or compute for long before that.
 */
public interface LogPort {

    /**
     * The entry point of an application over a port: its writers and readers, and futures that complete on the caller's
     * context. Closing it closes the port, and so does closing Vert.x.
     *
     * @throws StrandlineException.Unavailable if Vert.x is closing
     */
    static Strandline strandline(Vertx vertx, LogPort port) {
        return Implementation.of(EntryPoint.class).over(vertx, port);
    }

    /**
     * The port of an entry point, for those who offer the log to others or ask what only an engine knows. Null if the entry
     * point was not made by {@link #strandline}. Closing the port is left to the entry point.
     */
    static @Nullable LogPort of(Strandline log) {
        return Implementation.of(EntryPoint.class).portOf(log);
    }

    /** Number of an opening about which nothing is known. */
    long UNKNOWN_OPENING = 0;

    /** Where the log is, as it was opened, for messages. */
    default String address() {
        return "without address";
    }

    /** Which log this is. Unknown by default. */
    default LogIdentity identity() {
        return LogIdentity.UNKNOWN;
    }

    /**
     * Number of this opening, if the log can prove that nobody who opened it before can still reach it: as an embedded log
     * does by its lock, and one in another process cannot. It is then higher than that of every earlier opening. What was
     * begun under a lower one has ended, without a lease to wait for.
     *
     * @return above 0, or {@link #UNKNOWN_OPENING}
     */
    default long opening() {
        return UNKNOWN_OPENING;
    }

    /**
     * A directory next to the log's own files, for what is of no use without the log: it is kept, copied and lost together
     * with the log. Not to be used after the log was closed.
     *
     * @param directory name with {@code /} between its parts, which begins with the name of a purpose, as
     *     {@link SideFiles#CHECKPOINTS}
     * @return null if the log has no files here, as one in another process
     */
    default @Nullable SideFiles sideFiles(String directory) {
        return null;
    }

    /** Number of shards, fixed for the life of the log. */
    int shards();

    /** Largest event in bytes, key, type and headers included. */
    int maxEventBytes();

    /** The clock and the randomness of retries by the clients of this port. Those of the JVM by default. */
    default RetryTime retryTime() {
        return RetryTime.SYSTEM;
    }

    /** Arrays that a shard lends for parcels. None by default. */
    default ParcelArrays parcelArrays(int shard) {
        return ParcelArrays.NONE;
    }

    /** The catalog. Its futures complete on a thread of the engine. */
    Catalog catalog();

    /**
     * Admits a writer to a stream. With an id, the log increments the writer's epoch and fences earlier writers of that
     * id everywhere before the future completes. Without an id, it assigns a number that was never used. Fails with
     * Invalid if the stream is exclusive.
     */
    Future<WriterGrant> admitWriter(StreamName stream, @Nullable String id);

    /**
     * Claims a partition of an exclusive stream, and fences who held it. The grant has one slot, of all keys of that partition.
     * So the log takes the batches of a claim in one order, also of keys that were in several partitions before a merge.
     * Completes when the claim is durable, and everything that the partition took before is.
     *
     * <p>Claims are ordered by generations. A claim that begins a generation is above every earlier claim of every partition of
     * the stream. A claim of a known generation is above the claims of that generation and of earlier ones. A partition that
     * succeeds others has the highest generation of their newest claims before it is claimed.
     *
     * <p>Fails with Fenced if the partition has a claim of a later generation, and nothing is fenced then. Fails with NotFound
     * if the stream has no such partition, Sealed if it is sealed, Invalid if the stream is not exclusive or the generation was
     * never begun. After Unknown the claim may have been made. To repeat it is safe, and fences it.
     *
     * @param generation what an earlier claim of the same owner was granted, or {@link WriterOptions#NEW_GENERATION}
     */
    Future<WriterGrant> claim(StreamName stream, long partition, long generation);

    /**
     * Completes when everything that the claimed partition's shard had taken before the call is durable, and the claim was the
     * newest one of the partition at some moment after the call. An engine whose ownership of the shard can be lost completes
     * it with a group commit that was begun after the call.
     *
     * <p>Fails with Fenced if a later claim is known, Sealed or NotFound if the partition takes no more events, Unavailable or
     * Unknown if the log cannot tell. Changes nothing and is safe to repeat.
     *
     * @param held what {@link #claim} granted
     */
    Future<Void> barrier(WriterGrant held);

    /**
     * Admits a writer again after one of its appends failed for good. A writer with an id gets its next epoch, unless
     * another writer of that id was admitted meanwhile. Then the future fails with Fenced. An anonymous writer gets a new
     * number.
     *
     * <p>This default notices the other writer only after it has fenced it too. An engine that can compare the epoch
     * before it increments it should do so.
     *
     * @param held the writer's present admission
     */
    default Future<WriterGrant> readmitWriter(WriterGrant held, @Nullable String id) {
        Future<WriterGrant> admitted = admitWriter(held.stream().name(), id);
        if (id == null) {
            return admitted;
        }
        return admitted.compose(grant -> grant.epoch() == held.epoch() + 1
                ? Future.succeededFuture(grant)
                : Future.failedFuture(new StrandlineException.Fenced("writer " + id + " of "
                        + held.stream().name() + " held epoch " + held.epoch() + ", and the log is at "
                        + grant.epoch())));
    }

    /**
     * Describes again where an admitted writer may write, and what the log has of it there. Completes when every change
     * of the stream that was begun before the call is done, so a writer that was refused with Sealed learns the new
     * partitions. The writer keeps its number and epoch.
     *
     * <p>Fails with Fenced if a newer writer of the id was admitted. To be called when nothing of the writer is in
     * flight, because only then are the slots final.
     *
     * @param held the writer's present admission
     */
    Future<WriterGrant> refreshWriter(WriterGrant held, @Nullable String id);

    /**
     * Describes a stream, when every change of it that was begun before the call is done. So a reader at the end of a
     * sealed partition learns its successors.
     */
    Future<StreamDescription> layout(StreamName stream);

    /**
     * The stream to which a partition belongs, open or sealed, for those who check what a caller may do with it. A partition never
     * belongs to another one. Fails with NotFound if no stream has it.
     *
     * <p>This default asks the catalog for all streams. An engine that knows should say so.
     */
    default Future<StreamName> streamOf(long partition) {
        return StreamOfPartition.find(catalog(), partition);
    }

    /**
     * Offset of the first event of a partition whose stamp is at or above a time, in milliseconds since 1970. The start
     * offset if older events were removed, the end offset if there is no such event yet. Events of one partition are
     * never stamped earlier than preceding ones, so all following events are at or above the time too. Takes a few small
     * reads at most, however long the partition is.
     *
     * <p>Fails with NotFound if the partition is gone, Corrupt if stored bytes were damaged.
     */
    Future<Long> offsetAt(PartitionDescription partition, long stamp);

    /** Transactions of this log. Their futures complete on a thread of the engine. */
    TransactionPort transactions();

    /**
     * Appends the batches of a parcel, in their order, to partitions of one shard.
     *
     * <p>The parcel's bytes belong to the log from now on. Parcels of one caller are taken in the order of the calls. The
     * future completes when every batch is either durable, as far as the parcel's durability asks, or refused for good.
     * The parcel's durability never affects what readers see. The future fails as a whole with
     *
     * <ul>
     * <li>Invalid: the parcel does not consist of whole batches of whole records within their limits, and nothing of it
     * was taken. Records are not walked if the parcel says that the writer of this process laid them out.
     * <li>Overloaded or Unavailable: nothing of it was taken.
     * <li>Unknown: some of it may have been taken. Sending the same bytes again is safe.
     * </ul>
     *
     * <p>A failure is final: nothing of the parcel can then follow something that was appended later. (A writer that gave
     * up and was admitted under a new number relies on that for the order of its events.)
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

    /**
     * As {@link #read}, but at the end of the partition waits for the next event. It reads no storage: if there are events
     * that are not in memory, it completes with an empty slice that tells the end, and the caller reads them. After a long
     * wait it may complete with an empty slice too. The caller then asks again if it is still there. A caller that no longer
     * wants the answer says so by {@link #stopWaiting}.
     *
     * <p>Fails with Overloaded if too many wait for the partition.
     */
    Future<ReadSlice> awaitEvents(PartitionDescription partition, long offset, int maxBytes);

    /**
     * Gives up a wait, so that the waits of readers that are gone do not pile up: the future completes, with an empty slice
     * if no event has come. Does nothing if it is complete.
     *
     * @param wait what {@link #awaitEvents} returned for this partition
     */
    void stopWaiting(PartitionDescription partition, Future<ReadSlice> wait);

    /**
     * Reads durable events of one key, at most about as many bytes as the request says, but at least one event if there
     * is one. The work is in proportion to the events of that key, to the parts of the partition that may hold some, and
     * to recently appended data. So a slice may have no events before everything was searched. {@link
     * HistoryRequest#after} asks for the rest.
     *
     * <p>Fails with Invalid past the end, NotFound if the partition is gone, Corrupt if stored bytes were damaged, and
     * forward with Truncated if events from {@code from} on were removed. A backward read ends at the current start
     * offset.
     */
    Future<HistorySlice> history(PartitionDescription partition, HistoryRequest request);

    /**
     * Figures of the shards, for those who watch the log. None for a log in another process, which is watched there.
     *
     * <p>A shard that recovers or is stopped is left out. Fails with Unavailable if no shard answers.
     */
    default Future<List<ShardStatistics>> statistics() {
        return Future.succeededFuture(List.of());
    }

    /**
     * What each shard does, in their order. One that answers nothing leaves its future open. A log in another process has one
     * future for all, which fails if that log does not answer.
     */
    default List<Future<ShardCondition>> conditions() {
        return List.of(catalog().scopes().map(scopes -> ShardCondition.SERVES));
    }

    /** Room of the disk. A disk that hangs leaves it open. Fails with Unavailable if the disk fails or the log is closed. */
    default Future<DiskRoom> diskRoom() {
        return Future.succeededFuture(DiskRoom.UNKNOWN);
    }

    /**
     * Copies the whole log, while it goes on to serve, into the directory that its options name. The copy is the log as of one
     * moment after the call: it has everything that was acknowledged before the call, and of later changes either all that
     * follows from them or nothing. Completes when the copy is durable. This takes as long as it takes to copy what has changed
     * since the last copy in that directory.
     *
     * <p>Fails with Invalid if the log was opened without such a directory, Overloaded while it is being copied, Unavailable if
     * the log closes or recovers meanwhile or the directory cannot be written, Corrupt if stored bytes were damaged. What was
     * copied until then is used by the next call.
     */
    default Future<BackupPoint> backup() {
        return Future.failedFuture(
                new StrandlineException.Invalid("log \"" + address() + "\" cannot be backed up from here"));
    }

    /** How far the backup is that is under way, whoever has begun it. Any number of calls may ask. */
    default Future<BackupProgress.State> backupState() {
        return Future.succeededFuture(BackupProgress.State.NONE);
    }

    /** Closes the log. Appends that were taken are forced first. Calling it again changes nothing. */
    Future<Void> close();
}
