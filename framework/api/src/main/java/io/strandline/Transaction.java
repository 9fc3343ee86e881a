package io.strandline;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Events for any partitions of any streams of one log, kept by the log until they are committed or aborted.
 *
 * <p>Until the commit nobody can read them. At the commit, the transaction's events for a partition become visible at
 * once, next to each other and in the order of the appends. In a partition that replaced several others, the events for
 * the keys of each replaced partition are next to each other, in that order. Partitions may show their events one after
 * the other, and readers never wait for a transaction. Events that are committed after another commit was confirmed come
 * after the events of that commit. Of two commits at the same time either may be first, in each partition independently.
 *
 * <p>A transaction that gets no event and no ping for the time of its lease is aborted by the log.
 *
 * <p>It belongs to the context that began or found it. Futures complete there, and a call from elsewhere throws {@link
 * IllegalStateException}. Calls that the log does not confirm are repeated, up to {@link
 * TransactionOptions#getRetryTimeoutMillis()}. A repeat has no effect if the call already had one.
 */
public interface Transaction {

    /** Its id in the log. */
    String id();

    /**
     * Adds an event for a stream. When the future completes, the event is durable, and nobody can read it yet. Events are
     * batched without a timer: those of one turn of the context are sent together, and those that arrive while others are
     * in flight are sent next.
     *
     * <p>Fails with
     *
     * <ul>
     * <li>{@link StrandlineException.NotFound} if the stream does not exist, or the transaction is not known.
     * <li>{@link StrandlineException.Conflict} if the transaction is no longer open. The message names its status.
     * <li>{@link StrandlineException.Invalid} if the codec fails, the event is too large, or the transaction's events for
     * one partition would not fit into a batch of {@code maxEventBytes} plus 128 KiB.
     * <li>{@link StrandlineException.Overloaded} if too many bytes are unacknowledged, or the log holds too many bytes of
     * open transactions.
     * <li>{@link StrandlineException.Unknown} if the log did not confirm it in time.
     * </ul>
     *
     * <p>After a failed append the transaction can only be aborted. {@link #commit} then fails as the append did, so that
     * nothing is committed with a gap.
     *
     * @param key routing key, or null for a place that depends on the transaction and the number of the event
     */
    <E> Future<Void> append(String stream, EventCodec<E> codec, @Nullable String key, E event);

    /** As {@link #append(String, EventCodec, String, Object)}, with headers. */
    <E> Future<Void> append(String stream, EventCodec<E> codec, @Nullable String key, E event, Headers headers);

    /** Restarts the lease. Fails with {@link StrandlineException.Conflict} if the transaction is no longer open. */
    Future<Void> ping();

    /**
     * Commits, when every append made before is durable. When the future completes, with {@link
     * TransactionStatus#COMMITTED}, all events can be read, except that events for a stream that was deleted meanwhile
     * are dropped. A repeat completes in the same way.
     *
     * <p>Fails with {@link StrandlineException.Conflict} if the transaction was aborted, also by its lease, and with
     * {@link StrandlineException.NotFound} if the log does not know it. Fails as the append did if an append failed.
     * Fails with {@link StrandlineException.Corrupt} if a part of it was set aside ({@link Transactions#partsSetAside}), and
     * with {@link StrandlineException.Conflict} once such a part was dropped.
     * Fails with {@link StrandlineException.Unknown} if the log did not confirm it in time. The transaction may then be
     * committed already or later, and a repeat, or {@link #status}, tells.
     */
    Future<TransactionStatus> commit();

    /**
     * Aborts. Appends that are not durable yet may fail. When the future completes, with {@link
     * TransactionStatus#ABORTED}, nothing of the transaction can ever be read. A repeat completes in the same way.
     *
     * <p>Fails with {@link StrandlineException.Conflict} if the commit is decided, and with {@link
     * StrandlineException.NotFound} if the log does not know the transaction.
     */
    Future<TransactionStatus> abort();

    /** How far it is. Fails with {@link StrandlineException.NotFound} if the log does not know it any more. */
    Future<TransactionStatus> status();
}
