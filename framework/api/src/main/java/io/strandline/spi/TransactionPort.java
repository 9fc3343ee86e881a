package io.strandline.spi;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.vertx.core.Future;
import java.util.List;

/**
 * Transactions of a log, by their ids. Every method may be called from any thread and repeated: a repeat of what was done
 * changes nothing. An unknown id fails with NotFound, one whose transaction is no longer open with Conflict, which names
 * its status.
 */
public interface TransactionPort {

    /** Longest name of an owner. */
    int MAX_OWNER_CHARACTERS = 200;

    /** Begins a transaction of nobody. Fails with Conflict if the id is known. */
    Future<Void> begin(String id, long leaseMillis);

    /**
     * As {@link #begin(String, long)}, for an owner, whom the log remembers as long as the transaction.
     *
     * <p>This default takes no owner. An engine that serves other processes must keep it.
     *
     * @param owner the name by which those who check what a caller may do know it, at most {@value #MAX_OWNER_CHARACTERS} characters. Empty for
     *     nobody
     */
    default Future<Void> begin(String id, long leaseMillis, String owner) {
        return owner.isEmpty()
                ? begin(id, leaseMillis)
                : Future.failedFuture(
                        new StrandlineException.Unavailable("this log does not remember who has begun a transaction"));
    }

    /**
     * Keeps events for a stream, durably when the future completes, and restarts the lease. Fails with NotFound if there
     * is no such stream, and with Invalid if the records are not whole or a partition's part of the transaction would
     * exceed the size of a batch. Fails with Overloaded if the log holds too much data of open transactions, and
     * Unavailable if a write before it is not kept yet.
     *
     * @param sequence number of the write in its transaction, from 0 without gaps. A repeat has the same number
     * @param records records in the format of {@link Batch}, in the order of the writes
     * @param events number of records
     */
    Future<Void> write(String id, long sequence, StreamName stream, byte[] records, int events);

    /** Restarts the lease. */
    Future<Void> ping(String id, long leaseMillis);

    /** Commits. Completes when every event is in its partition. A repeat completes in the same way. */
    Future<TransactionStatus> commit(String id);

    /** Aborts. Completes when nothing of it is left. */
    Future<TransactionStatus> abort(String id);

    Future<TransactionStatus> status(String id);

    /**
     * Whose a transaction is, and to which streams it has written, for those who check what a caller may do with it.
     *
     * <p>This default fails with Unavailable. An engine that serves other processes must say it.
     */
    default Future<TransactionClaims> claimsOf(String id) {
        return Future.failedFuture(new StrandlineException.Unavailable(
                "this log does not say whose a transaction is and to which streams it has written"));
    }

    /** The transactions that are not finished. */
    Future<List<TransactionDescription>> unfinished();

    /** The parts of decided transactions that were set aside and not dropped. */
    Future<List<PartSetAside>> partsSetAside();

    /**
     * Gives up a part that was set aside, durably when the future completes. Fails with Conflict if the transaction has no
     * such part. A transaction that is INCOMPLETE takes any stream for a repeat, which changes nothing.
     */
    Future<Void> dropPart(String id, StreamName stream);
}
