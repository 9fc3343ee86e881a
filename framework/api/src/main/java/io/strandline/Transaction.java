package io.strandline;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Events for any partitions of any streams of one log, kept by the log until they are committed or aborted.
 *
 * <p>Until the commit nobody can read them. At the commit what the transaction has for a partition appears at once, as
 * neighbours and in the order of the appends; in a partition that took over from several, those of each one's keys stand
 * together, in that order. Partitions may show theirs one after the other, and readers never wait for a transaction. What is
 * committed after another commit was confirmed stands behind it; of two commits at the same time either may be first, in each
 * partition by itself.
 *
 * <p>A transaction that gets no event and no ping for the time of its lease is aborted by the log.
 *
 * <p>It belongs to the context that began or found it: futures complete there, and a call from elsewhere throws
 * {@link IllegalStateException}. Calls that the log does not confirm are repeated, without effect if they had one, up to
 * {@link TransactionOptions#getRetryTimeoutMillis()}.
 */
public interface Transaction {

    /** Its id in the log. */
    String id();

    /**
     * Adds an event for a stream. When the future completes, the event is durable, and nobody sees it. Events are batched
     * without a timer: those of one turn of the context go together, and what comes while others are on their way goes next.
     *
     * <p>Fails with
     *
     * <ul>
     *   <li>{@link StrandlineException.NotFound} if the stream does not exist, or the transaction is not known;
     *   <li>{@link StrandlineException.Conflict} if the transaction is no longer open; the message names its status;
     *   <li>{@link StrandlineException.Invalid} if the codec fails, the event is too large, or what the transaction has for
     *       one partition would not fit into a batch of {@code maxEventBytes} and 128 KiB;
     *   <li>{@link StrandlineException.Overloaded} if too many bytes are unacknowledged, or the log holds too many bytes of
     *       open transactions;
     *   <li>{@link StrandlineException.Unknown} if the log did not confirm it in time.
     * </ul>
     *
     * <p>After an append that failed the transaction can only be aborted: {@link #commit} fails as the append did, so that
     * nothing is committed with a gap.
     *
     * @param key routing key, or null for a place that depends on the transaction and the number of the event
     */
    <E> Future<Void> append(String stream, EventCodec<E> codec, @Nullable String key, E event);

    /** As {@link #append(String, EventCodec, String, Object)}, with headers. */
    <E> Future<Void> append(String stream, EventCodec<E> codec, @Nullable String key, E event, Headers headers);

    /** Begins the lease anew. Fails with {@link StrandlineException.Conflict} if the transaction is no longer open. */
    Future<Void> ping();

    /**
     * Commits, when every append made before is durable. When the future completes, with {@link
     * TransactionStatus#COMMITTED}, all events can be read; those for a stream that was deleted meanwhile are dropped. A
     * repeat completes likewise.
     *
     * <p>Fails with {@link StrandlineException.Conflict} if the transaction was aborted, also by its lease, with {@link
     * StrandlineException.NotFound} if the log does not know it, as the append if one failed, and with {@link
     * StrandlineException.Unknown} if the log did not confirm it in time: it may be committed or will be, and a repeat, or
     * {@link #status}, tells.
     */
    Future<TransactionStatus> commit();

    /**
     * Aborts; appends that are not durable yet may fail. When the future completes, with {@link TransactionStatus#ABORTED},
     * nothing of the transaction can ever be read. A repeat completes likewise.
     *
     * <p>Fails with {@link StrandlineException.Conflict} if the commit is decided, and with {@link
     * StrandlineException.NotFound} if the log does not know the transaction.
     */
    Future<TransactionStatus> abort();

    /** How far it is. Fails with {@link StrandlineException.NotFound} if the log does not know it any more. */
    Future<TransactionStatus> status();
}
