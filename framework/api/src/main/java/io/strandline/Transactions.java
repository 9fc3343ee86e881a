package io.strandline;

import io.vertx.core.Future;
import java.util.List;

/**
 * The transactions of a log: events of any of its streams that become visible together or not at all.
 *
 * <p>It may be called from any thread, and futures complete on the caller's context.
 */
public interface Transactions {

    /**
     * The part of a committed transaction for one stream that was refused again and again, so that the log no longer tries to
     * append it. The transaction stays {@link TransactionStatus#COMMITTING} until the part is dropped.
     *
     * @param transaction id of the transaction
     * @param stream that refused it
     * @param events number of events of the part. Some partitions of the stream may have theirs already
     * @param why the last refusal, with the partition
     */
    record PartSetAside(String transaction, StreamName stream, long events, String why) {}

    /**
     * Begins a transaction on the current context. When the future completes, it is durable that it was begun.
     *
     * <p>Fails with {@link StrandlineException.Conflict} if the id is known already, with {@link
     * StrandlineException.Overloaded} if too many transactions are open, and with {@link StrandlineException.Unknown} if the
     * log could not confirm it: with an id of the application, {@link #find} tells what became of it.
     */
    Future<Transaction> begin(TransactionOptions options);

    /** As {@link #begin(TransactionOptions)}, with the default options and a random id. */
    default Future<Transaction> begin() {
        return begin(new TransactionOptions());
    }

    /**
     * Finds a transaction that was begun before, perhaps by a process that crashed, so that it can be committed or aborted.
     * It takes no events from its finder, who cannot know which it has.
     *
     * <p>Fails with {@link StrandlineException.NotFound} if the id is not known. A log remembers the ends of at least the
     * 10,000 newest transactions.
     */
    Future<Transaction> find(String id);

    /** The transactions that are neither committed nor aborted, in no particular order. */
    Future<List<TransactionDescription>> unfinished();

    /**
     * Parts of committed transactions that were refused again and again, in no particular order. Each was reported as an
     * error, and keeps its transaction {@link TransactionStatus#COMMITTING}, with the memory that it takes. None is there
     * unless something is wrong with the log.
     */
    Future<List<PartSetAside>> partsSetAside();

    /**
     * Gives up the events of a part that was set aside. When the future completes, that is durable. Partitions of the
     * stream that have their events of the part keep them. When no part of the transaction is left, it is {@link
     * TransactionStatus#INCOMPLETE}. A part cannot be appended later instead, because later transactions were appended to
     * its partitions meanwhile. An application may append such events again by itself.
     *
     * <p>Fails with {@link StrandlineException.Conflict} if the transaction has no part of this stream that was set aside,
     * with {@link StrandlineException.NotFound} if the transaction is not known, with {@link StrandlineException.Invalid} if
     * the stream's name is none, and with {@link StrandlineException.Unknown} or {@link StrandlineException.Unavailable} if
     * the log could not confirm it. A repeat changes nothing. Which parts were dropped is forgotten when the transaction is
     * {@link TransactionStatus#INCOMPLETE}: from then on a call for any stream counts as a repeat, and succeeds.
     *
     * @param id of the transaction
     * @param stream full name of the stream
     */
    Future<Void> dropPart(String id, String stream);
}
