package io.strandline.impl;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.spi.TransactionPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Transactions in memory, with faults for the next calls. */
final class FakeTransactions implements TransactionPort {

    /** What happens to a call. */
    enum Fault {
        NONE,
        UNAVAILABLE,
        /** It is done, and the answer is lost. */
        UNKNOWN_DONE,
        UNKNOWN_NOT_DONE,
        INVALID,
        /** It is not done, and no answer comes. */
        SILENT
    }

    /** A write as it was taken. */
    record Written(long sequence, StreamName stream, int events) {}

    /** Faults of the next calls, in their order. */
    final Queue<Fault> faults = new ConcurrentLinkedQueue<>();

    /** Every call, by its name. */
    final List<String> calls = new CopyOnWriteArrayList<>();

    final Map<String, TransactionStatus> statuses = new ConcurrentHashMap<>();
    final Map<String, List<Written>> writes = new ConcurrentHashMap<>();

    private <T> Future<T> call(String name, Supplier<T> action) {
        calls.add(name);
        Fault fault = faults.poll();
        if (fault == Fault.SILENT) {
            return Promise.<T>promise().future();
        }
        try {
            if (fault == Fault.UNAVAILABLE) {
                throw new StrandlineException.Unavailable("shard recovers");
            } else if (fault == Fault.UNKNOWN_NOT_DONE) {
                throw new StrandlineException.Unknown("connection lost");
            } else if (fault == Fault.INVALID) {
                throw new StrandlineException.Invalid("refused");
            }
            T result = action.get();
            if (fault == Fault.UNKNOWN_DONE) {
                throw new StrandlineException.Unknown("connection lost");
            }
            return result == null ? Future.succeededFuture() : Future.succeededFuture(result);
        } catch (StrandlineException e) {
            return Future.failedFuture(e);
        }
    }

    @Override
    public Future<Void> begin(String id, long leaseMillis) {
        return this.<Void>call("begin", () -> {
            if (statuses.putIfAbsent(id, TransactionStatus.OPEN) != null) {
                throw new StrandlineException.Conflict("transaction " + id + " is known");
            }
            return nothing();
        });
    }

    @SuppressWarnings("NullAway") // a future of nothing
    private static Void nothing() {
        return null;
    }

    @Override
    public Future<Void> write(String id, long sequence, StreamName stream, byte[] records, int events) {
        return this.<Void>call("write", () -> {
            List<Written> kept = writes.computeIfAbsent(id, any -> new ArrayList<>());
            if (sequence > kept.size()) {
                throw new StrandlineException.Unavailable("write " + sequence + " came before " + kept.size());
            }
            if (sequence == kept.size()) {
                kept.add(new Written(sequence, stream, events));
            }
            return nothing();
        });
    }

    @Override
    public Future<Void> ping(String id, long leaseMillis) {
        return this.<Void>call("ping", () -> {
            requireOpen(id);
            return nothing();
        });
    }

    private void requireOpen(String id) {
        if (statuses.get(id) != TransactionStatus.OPEN) {
            throw new StrandlineException.Conflict("transaction " + id + " is " + statuses.get(id));
        }
    }

    @Override
    public Future<TransactionStatus> commit(String id) {
        return call("commit", () -> end(id, TransactionStatus.COMMITTED));
    }

    @Override
    public Future<TransactionStatus> abort(String id) {
        return call("abort", () -> end(id, TransactionStatus.ABORTED));
    }

    private TransactionStatus end(String id, TransactionStatus as) {
        if (statuses.get(id) != as) {
            requireOpen(id);
            statuses.put(id, as);
        }
        return as;
    }

    @Override
    public Future<TransactionStatus> status(String id) {
        return call("status", () -> {
            @Nullable TransactionStatus status = statuses.get(id);
            if (status == null) {
                throw new StrandlineException.NotFound("transaction " + id);
            }
            return status;
        });
    }

    @Override
    public Future<List<TransactionDescription>> unfinished() {
        return call("unfinished", List::of);
    }

    @Override
    public Future<List<PartSetAside>> partsSetAside() {
        return call("partsSetAside", List::of);
    }

    @Override
    public Future<Void> dropPart(String id, StreamName stream) {
        return this.<Void>call("dropPart", () -> nothing());
    }
}
