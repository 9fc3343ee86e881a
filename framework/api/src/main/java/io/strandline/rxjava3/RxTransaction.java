package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.EventCodec;
import io.strandline.Headers;
import io.strandline.Transaction;
import io.strandline.TransactionStatus;
import io.vertx.core.internal.ContextInternal;
import org.jspecify.annotations.Nullable;

/**
 * {@link Transaction} for RxJava. Each call is made when it is subscribed to, once for each subscription, and signals on
 * the transaction's context. It may be used from any thread. Calls that one thread subscribes to keep their order.
 */
public final class RxTransaction {

    private final ContextInternal context;
    private final Transaction transaction;

    RxTransaction(ContextInternal context, Transaction transaction) {
        this.context = context;
        this.transaction = transaction;
    }

    /** The transaction itself, which belongs to its context. */
    public Transaction delegate() {
        return transaction;
    }

    /** Its id in the log. */
    public String id() {
        return transaction.id();
    }

    /**
     * Adds an event for a stream.
     *
     * @see Transaction#append(String, EventCodec, String, Object)
     */
    public <E> Completable append(String stream, EventCodec<E> codec, @Nullable String key, E event) {
        return Subscribed.completable(context, () -> transaction.append(stream, codec, key, event));
    }

    /**
     * Adds an event with headers for a stream.
     *
     * @see Transaction#append(String, EventCodec, String, Object, Headers)
     */
    public <E> Completable append(String stream, EventCodec<E> codec, @Nullable String key, E event, Headers headers) {
        return Subscribed.completable(context, () -> transaction.append(stream, codec, key, event, headers));
    }

    /**
     * Restarts the lease.
     *
     * @see Transaction#ping
     */
    public Completable ping() {
        return Subscribed.completable(context, transaction::ping);
    }

    /**
     * Commits.
     *
     * @see Transaction#commit
     */
    public Single<TransactionStatus> commit() {
        return Subscribed.single(context, transaction::commit);
    }

    /**
     * Aborts.
     *
     * @see Transaction#abort
     */
    public Single<TransactionStatus> abort() {
        return Subscribed.single(context, transaction::abort);
    }

    /**
     * How far it is.
     *
     * @see Transaction#status
     */
    public Single<TransactionStatus> status() {
        return Subscribed.single(context, transaction::status);
    }
}
