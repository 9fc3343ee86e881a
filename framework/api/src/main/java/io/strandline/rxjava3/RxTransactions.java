package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.Transaction;
import io.strandline.TransactionDescription;
import io.strandline.TransactionOptions;
import io.strandline.Transactions;
import io.strandline.Transactions.PartSetAside;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.function.Supplier;

/** {@link Transactions} for RxJava: each call is made when it is subscribed to, and each subscription makes its own. */
public final class RxTransactions {

    private final Supplier<ContextInternal> context;
    private final Transactions transactions;

    RxTransactions(Supplier<ContextInternal> context, Transactions transactions) {
        this.context = context;
        this.transactions = transactions;
    }

    /** The transactions themselves. */
    public Transactions delegate() {
        return transactions;
    }

    /**
     * Begins a transaction on the context of the subscriber.
     *
     * @see Transactions#begin(TransactionOptions)
     */
    public Single<RxTransaction> begin(TransactionOptions options) {
        TransactionOptions own = new TransactionOptions(options);
        return handle(() -> transactions.begin(own));
    }

    /**
     * Finds a transaction, on the context of the subscriber.
     *
     * @see Transactions#find
     */
    public Single<RxTransaction> find(String id) {
        return handle(() -> transactions.find(id));
    }

    private Single<RxTransaction> handle(Supplier<Future<Transaction>> call) {
        return Single.defer(() -> {
            ContextInternal own = context.get();
            return Subscribed.single(own, call).map(transaction -> new RxTransaction(own, transaction));
        });
    }

    /**
     * The transactions that are neither committed nor aborted.
     *
     * @see Transactions#unfinished
     */
    public Single<List<TransactionDescription>> unfinished() {
        return Subscribed.single(transactions::unfinished);
    }

    /**
     * Parts of committed transactions that were refused again and again.
     *
     * @see Transactions#partsSetAside
     */
    public Single<List<PartSetAside>> partsSetAside() {
        return Subscribed.single(transactions::partsSetAside);
    }

    /**
     * Gives up the events of a part that was set aside.
     *
     * @see Transactions#dropPart
     */
    public Completable dropPart(String id, String stream) {
        return Subscribed.completable(() -> transactions.dropPart(id, stream));
    }
}
