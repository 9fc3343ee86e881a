package io.strandline.log.impl.transaction;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionDescription;
import io.strandline.TransactionOptions;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.Utf8;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.control.TransactionRecord;
import io.strandline.log.impl.control.TransactionRecord.Decided;
import io.strandline.log.impl.control.TransactionRecord.Finished;
import io.strandline.log.impl.control.TransactionRecord.Written;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.state.Numbering;
import io.strandline.log.impl.state.TransactionState;
import io.strandline.log.impl.state.TransactionWrite;
import io.strandline.log.impl.transaction.LiveTransaction.PendingWrite;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.Logger;
import io.strandline.spi.TransactionClaims;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The transactions whose home is a shard, in one life of the shard. All of it runs on the shard's executor.
 *
 * <p>A call is decided against the numbered state, and its record is queued. Answers come when the frames that they
 * depend on are forced. The effects of a record, above all the parts of a commit, begin when it is applied.
 */
public final class ShardTransactions implements TransactionState.Listener {

    /** Unfinished transactions of one home shard. */
    public static final int MAX_UNFINISHED = 1_000;

    /** Bytes of records that unfinished transactions of one home shard hold in its memory and in its checkpoints. */
    public static final long MAX_BYTES = 32L << 20;

    /** Writes of one transaction that wait for a number. */
    static final int MAX_WAITING_WRITES = 256;

    /** Calls that wait for the end of one transaction. */
    static final int MAX_WAITING_CALLS = 1_000;

    /** How often leases are checked while a transaction is open, in milliseconds. A lease may end so much later. */
    static final long LEASE_CHECK_MILLIS = 100;

    private static final Logger LOG = Logger.of(ShardTransactions.class);

    private final HomeShard shard;
    private final TransactionState state;
    private final Clock clock;
    private final int batchLimit;
    private final int parcelLimit;
    private final SetAsideParts aside;
    private final TransactionParts parts;
    private final StreamDrains drains;
    private final Map<String, LiveTransaction> live = new LinkedHashMap<>();

    /** The decision that comes next, ahead of the applied one by what is queued. */
    private long nextDecision;

    /** Bytes of records of unfinished transactions, those that wait for a number included. */
    private long bytes;

    private boolean checking;

    public ShardTransactions(
            HomeShard shard, TransactionState state, Environment environment, ShardLimits limits, PartTarget target) {
        this.shard = shard;
        this.state = state;
        this.clock = environment.clock();
        this.batchLimit = Numbering.batchLimit(limits);
        this.parcelLimit = Numbering.parcelLimit(limits);
        this.aside = new SetAsideParts(shard, state);
        this.parts = new TransactionParts(shard, target, environment.rules(), aside);
        this.drains = new StreamDrains(
                shard, target, live.values(), id -> claimsOf(id).streams());
    }

    // ---- the life of the shard

    /** Takes up what recovery found: open transactions get a whole lease, and commits are carried through. */
    public void start() {
        nextDecision = state.nextDecision();
        for (KeptTransaction kept : state.unfinished()) {
            LiveTransaction transaction = LiveTransaction.of(kept);
            bytes += transaction.bytes;
            live.put(transaction.id, transaction);
            renew(transaction, kept.leaseMillis());
            kept.partsSetAside().forEach(part -> LOG.error("still unfinished: {}", part.why()));
        }
        state.listen(this);
        state.unfinished().stream()
                .filter(KeptTransaction::isDecided)
                .sorted(Comparator.comparingLong(KeptTransaction::decision))
                .forEach(this::decided);
        checkLater();
    }

    /** The life of the shard is over. The next life finds the durable state. */
    public void stop(StrandlineException cause) {
        drains.stop(cause);
        for (LiveTransaction transaction : live.values()) {
            transaction.writes.forEach(write -> Answers.fail(write.promise(), cause));
            StrandlineException unknown = new StrandlineException.Unknown(
                    "shard " + shard.number() + " stopped before it could confirm the end of transaction "
                            + transaction.id,
                    cause);
            transaction.waiting.forEach(promise -> Answers.fail(promise, unknown));
        }
    }

    // ---- calls

    /** See {@link io.strandline.spi.TransactionPort#begin}. */
    public Future<Void> begin(String id, long leaseMillis, String owner) {
        LiveTransaction known = live.get(id);
        TransactionStatus ended = state.finished(id);
        if (known != null || ended != null) {
            return conflict(id, known == null ? ended : known.status, "is known already");
        }
        if (live.size() >= MAX_UNFINISHED) {
            return refused(new StrandlineException.Overloaded("shard " + shard.number() + " has " + live.size()
                    + " unfinished transactions, the limit is " + MAX_UNFINISHED));
        }
        Future<Void> begun = shard.change(List.of(TransactionRecord.begun(id, leaseMillis, owner)));
        if (!begun.failed()) {
            LiveTransaction transaction = new LiveTransaction(id, owner);
            live.put(id, transaction);
            renew(transaction, leaseMillis);
            checkLater();
        }
        return begun;
    }

    /** See {@link io.strandline.spi.TransactionPort#ping}. */
    public Future<Void> ping(String id, long leaseMillis) {
        LiveTransaction transaction = live.get(id);
        if (transaction == null || !transaction.isOpen()) {
            return notOpen(id, transaction);
        }
        renew(transaction, leaseMillis);
        return shard.settled();
    }

    /** See {@link io.strandline.spi.TransactionPort#commit}. */
    public Future<TransactionStatus> commit(String id) {
        LiveTransaction transaction = live.get(id);
        if (transaction == null) {
            return state.finished(id) == TransactionStatus.COMMITTED ? status(id) : notOpen(id, null);
        }
        if (transaction.status == TransactionStatus.ABORTED) {
            return notOpen(id, transaction);
        }
        if (transaction.isOpen()) {
            if (transaction.sealed != null) {
                return refused(CatalogState.sealed(transaction.sealed));
            }
            if (transaction.isUnchecked) {
                return drains.checked(transaction).compose(checked -> commit(id));
            }
            boolean empty = transaction.events == 0;
            ControlRecord decision =
                    empty ? new Finished(id, TransactionStatus.COMMITTED) : new Decided(id, nextDecision);
            Future<Void> queued = shard.change(List.of(decision));
            if (queued.failed()) {
                return queued.mapEmpty();
            }
            nextDecision += empty ? 0 : 1;
            transaction.status = empty ? TransactionStatus.COMMITTED : TransactionStatus.COMMITTING;
            return untilFinished(transaction, queued);
        }
        StrandlineException refusal = aside.refusal(id);
        return refusal == null ? untilFinished(transaction, Future.succeededFuture()) : refused(refusal);
    }

    /** See {@link io.strandline.spi.TransactionPort#abort}. */
    public Future<TransactionStatus> abort(String id) {
        LiveTransaction transaction = live.get(id);
        if (transaction == null) {
            return state.finished(id) == TransactionStatus.ABORTED ? status(id) : notOpen(id, null);
        }
        if (transaction.isOpen()) {
            Future<Void> queued = finish(transaction, TransactionStatus.ABORTED);
            return queued.failed() ? queued.mapEmpty() : untilFinished(transaction, queued);
        }
        return transaction.status == TransactionStatus.ABORTED
                ? untilFinished(transaction, Future.succeededFuture())
                : notOpen(id, transaction);
    }

    /** See {@link io.strandline.spi.TransactionPort#status}. */
    public Future<TransactionStatus> status(String id) {
        TransactionStatus status = statusOf(id);
        return status == null ? refused(notFound(id)) : shard.settled().map(settled -> status);
    }

    /** How far a transaction is, with what is queued. Null if it is not known. */
    private @Nullable TransactionStatus statusOf(String id) {
        LiveTransaction transaction = live.get(id);
        return transaction == null ? state.finished(id) : transaction.status;
    }

    /** See {@link io.strandline.spi.TransactionPort#claimsOf}. Writes that wait for their number are among them. */
    public TransactionClaims claimsOf(String id) {
        SortedSet<StreamName> streams = new TreeSet<>();
        LiveTransaction transaction = live.get(id);
        if (transaction == null) {
            return TransactionClaims.NONE;
        }
        streams.addAll(transaction.sizes.keySet());
        transaction.writes.forEach(write -> streams.add(write.stream()));
        KeptTransaction kept = state.unfinished(id);
        if (kept != null) {
            kept.writes().forEach(write -> streams.add(write.stream()));
        }
        return new TransactionClaims(Optional.of(transaction.owner), List.copyOf(streams));
    }

    /** See {@link StreamDrains#drain}. */
    public Future<Void> drain(StreamName stream) {
        return drains.drain(stream);
    }

    /** See {@link io.strandline.spi.TransactionPort#unfinished}. */
    public Future<List<TransactionDescription>> unfinished() {
        List<TransactionDescription> all = live.values().stream()
                .filter(transaction -> transaction.isOpen() || transaction.status == TransactionStatus.COMMITTING)
                .map(transaction -> new TransactionDescription(transaction.id, transaction.status, transaction.events))
                .toList();
        return shard.settled().map(settled -> all);
    }

    /** See {@link io.strandline.spi.TransactionPort#partsSetAside}. */
    public Future<List<PartSetAside>> partsSetAside() {
        return aside.list();
    }

    /** See {@link io.strandline.spi.TransactionPort#dropPart}. */
    public Future<Void> dropPart(String id, StreamName stream) {
        TransactionStatus status = statusOf(id);
        return status == null ? refused(notFound(id)) : aside.drop(id, status, stream);
    }

    // ---- writes

    /** See {@link io.strandline.spi.TransactionPort#write}. */
    public Future<Void> write(String id, long sequence, StreamName stream, byte[] records, int events) {
        LiveTransaction transaction = live.get(id);
        if (transaction == null || !transaction.isOpen()) {
            return notOpen(id, transaction);
        }
        if (transaction.writes.size() >= MAX_WAITING_WRITES) {
            return refused(new StrandlineException.Overloaded("transaction " + id + " has " + transaction.writes.size()
                    + " writes waiting, the limit is " + MAX_WAITING_WRITES));
        }
        if (records.length > parcelLimit) {
            return refused(new StrandlineException.Invalid("write of " + records.length + " bytes for " + stream
                    + " in transaction " + id + ", the limit is " + parcelLimit));
        }
        if (bytes + records.length > MAX_BYTES) {
            return refused(new StrandlineException.Overloaded("shard " + shard.number() + " holds " + bytes
                    + " bytes of unfinished transactions, " + records.length + " more would pass the limit of "
                    + MAX_BYTES));
        }
        bytes += records.length;
        extend(transaction);
        Promise<Void> promise = Promise.promise();
        transaction.writes.add(new PendingWrite(sequence, stream, records, events, promise));
        if (transaction.writes.size() == 1) {
            takeWrites(transaction);
        }
        return promise.future();
    }

    /** Numbers what waits, up to a write whose stream the catalog must be asked for. */
    private void takeWrites(LiveTransaction transaction) {
        while (!transaction.writes.isEmpty()) {
            PendingWrite write = transaction.writes.element();
            PartSizes sizes = transaction.sizes.get(write.stream());
            if (sizes == null) {
                parts.current(write.stream()).onComplete((grant, failure) -> found(transaction, write, grant, failure));
                return;
            }
            number(transaction, write, sizes);
        }
    }

    private void found(
            LiveTransaction transaction, PendingWrite write, @Nullable WriterGrant grant, @Nullable Throwable failure) {
        if (shard.isStopped()) {
            return;
        }
        if (grant == null) {
            refuse(transaction, write, failure);
        } else if (drains.isClosed(write.stream())) {
            refuse(transaction, write, CatalogState.sealed(write.stream()));
        } else {
            KeptTransaction kept = state.unfinished(transaction.id);
            List<TransactionWrite> before = kept == null ? List.of() : kept.writes();
            PartSizes sizes = new PartSizes(grant, transaction.id, batchLimit).count(before);
            transaction.sizes.put(write.stream(), sizes);
        }
        takeWrites(transaction);
    }

    private void refuse(LiveTransaction transaction, PendingWrite write, @Nullable Throwable why) {
        transaction.writes.remove();
        bytes -= write.records().length;
        write.promise().fail(why);
    }

    private void number(LiveTransaction transaction, PendingWrite write, PartSizes sizes) {
        if (!transaction.isOpen()) {
            refuse(transaction, write, why(transaction.id, transaction.status, "takes no events"));
        } else if (write.stream().equals(transaction.sealed)) {
            refuse(transaction, write, CatalogState.sealed(write.stream()));
        } else if (write.sequence() > transaction.nextSequence) {
            refuse(
                    transaction,
                    write,
                    new StrandlineException.Unavailable("write " + write.sequence() + " of transaction "
                            + transaction.id + " came before write " + transaction.nextSequence));
        } else if (write.sequence() < transaction.nextSequence) {
            transaction.writes.remove();
            bytes -= write.records().length;
            shard.settled().onComplete(write.promise());
        } else {
            queue(transaction, write, sizes);
        }
    }

    private void queue(LiveTransaction transaction, PendingWrite write, PartSizes sizes) {
        Map<Long, Integer> added;
        try {
            added = sizes.measure(write.records(), write.events());
        } catch (StrandlineException.Invalid e) {
            refuse(transaction, write, e);
            return;
        }
        Future<Void> queued = shard.change(List.of(new Written(new TransactionWrite(
                transaction.id, write.sequence(), write.stream(), sizes.writer(), write.records(), write.events()))));
        if (queued.failed()) {
            refuse(transaction, write, queued.cause());
            return;
        }
        sizes.count(added, write.events());
        transaction.writes.remove();
        transaction.nextSequence++;
        transaction.events += write.events();
        transaction.bytes += write.records().length;
        queued.onComplete(write.promise());
    }

    // ---- what became durable

    @Override
    public void decided(KeptTransaction kept) {
        parts.append(kept)
                .onComplete(ended -> shard.execute(() -> {
                    LiveTransaction transaction = live.get(kept.id());
                    if (transaction != null && !shard.isStopped()) {
                        transaction.isAppended = true;
                        finishIfWhole(kept, transaction);
                        drains.look();
                    }
                }));
    }

    /** Ends a commit when nothing of it is on its way or set aside. */
    private void finishIfWhole(KeptTransaction kept, LiveTransaction transaction) {
        boolean isCommitting = transaction.status == TransactionStatus.COMMITTING;
        if (isCommitting && transaction.isAppended && kept.partsSetAside().isEmpty()) {
            finish(transaction, kept.dropped().isEmpty() ? TransactionStatus.COMMITTED : TransactionStatus.INCOMPLETE);
        }
    }

    private Future<Void> finish(LiveTransaction transaction, TransactionStatus status) {
        Future<Void> queued = shard.change(List.of(new Finished(transaction.id, status)));
        if (!queued.failed()) {
            transaction.status = status;
        } else if (status != TransactionStatus.ABORTED) {
            shard.after(LEASE_CHECK_MILLIS, () -> {
                if (!shard.isStopped() && transaction.status == TransactionStatus.COMMITTING) {
                    finish(transaction, status);
                }
            });
        }
        return queued;
    }

    @Override
    public void finished(String id, TransactionStatus status) {
        LiveTransaction transaction = live.remove(id);
        if (transaction != null) {
            bytes -= transaction.bytes;
            transaction.waiting.forEach(promise -> Answers.give(promise, status));
        }
        drains.look();
    }

    @Override
    public void setAside(String id, String why) {
        LiveTransaction transaction = live.get(id);
        if (transaction != null) {
            List<Promise<TransactionStatus>> waiting = List.copyOf(transaction.waiting);
            transaction.waiting.clear();
            waiting.forEach(promise -> promise.tryFail(new StrandlineException.Corrupt(why)));
        }
    }

    @Override
    public void dropped(KeptTransaction kept) {
        shard.execute(() -> {
            LiveTransaction transaction = live.get(kept.id());
            if (transaction != null && !shard.isStopped()) {
                finishIfWhole(kept, transaction);
            }
        });
    }

    private Future<TransactionStatus> untilFinished(LiveTransaction transaction, Future<Void> queued) {
        if (transaction.waiting.size() >= MAX_WAITING_CALLS) {
            return refused(new StrandlineException.Overloaded(transaction.waiting.size()
                    + " calls wait for the end of transaction " + transaction.id + ", the limit is "
                    + MAX_WAITING_CALLS));
        }
        Promise<TransactionStatus> promise = Promise.promise();
        transaction.waiting.add(promise);
        queued.onFailure(promise::tryFail);
        return promise.future();
    }

    // ---- leases

    private void renew(LiveTransaction transaction, long leaseMillis) {
        transaction.leaseNanos = TimeUnit.MILLISECONDS.toNanos(leaseMillis);
        extend(transaction);
    }

    private void extend(LiveTransaction transaction) {
        transaction.deadline = clock.monotonicNanos() + transaction.leaseNanos;
    }

    private void checkLater() {
        if (!checking && !live.isEmpty()) {
            checking = true;
            shard.after(LEASE_CHECK_MILLIS, this::check);
        }
    }

    private void check() {
        checking = false;
        if (shard.isStopped()) {
            return;
        }
        long now = clock.monotonicNanos();
        for (LiveTransaction transaction : List.copyOf(live.values())) {
            if (transaction.isOpen() && now - transaction.deadline >= 0) {
                finish(transaction, TransactionStatus.ABORTED);
            }
        }
        checkLater();
    }

    // ---- refusals

    private <T> Future<T> notOpen(String id, @Nullable LiveTransaction transaction) {
        TransactionStatus status = transaction == null ? state.finished(id) : transaction.status;
        return status == null ? refused(notFound(id)) : conflict(id, status, "is no longer open");
    }

    private StrandlineException notFound(String id) {
        return new StrandlineException.NotFound(
                "transaction " + id + " is not known to its home shard " + shard.number());
    }

    private <T> Future<T> conflict(String id, @Nullable TransactionStatus status, String what) {
        return refused(why(id, status, what));
    }

    private static StrandlineException why(String id, @Nullable TransactionStatus status, String what) {
        return new StrandlineException.Conflict("transaction " + id + " " + what + ": it is " + status);
    }

    /** A refusal rests on what is queued, and waits until that is durable. */
    private <T> Future<T> refused(StrandlineException why) {
        return shard.settled().compose(settled -> Future.failedFuture(why));
    }

    /** Checks an id and a lease that come from a caller. */
    public static void requireValid(String id, long leaseMillis) {
        Utf8.require("transaction id", id, TransactionOptions.MAX_ID_LENGTH);
        Limits.require(
                "leaseMillis of transaction " + id,
                leaseMillis,
                TransactionOptions.MIN_LEASE_MILLIS,
                TransactionOptions.MAX_LEASE_MILLIS);
    }
}
