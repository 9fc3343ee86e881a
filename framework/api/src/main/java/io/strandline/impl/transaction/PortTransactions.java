package io.strandline.impl.transaction;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.Transaction;
import io.strandline.TransactionDescription;
import io.strandline.TransactionOptions;
import io.strandline.Transactions;
import io.strandline.Transactions.PartSetAside;
import io.strandline.Utf8;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The transactions of a log over a port. */
public final class PortTransactions implements Transactions {

    private static final int RANDOM_ID_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final LogCalls log;
    private final LogPort port;
    private final RetryPauses pauses;

    public PortTransactions(LogCalls log, LogPort port) {
        this.log = log;
        this.port = port;
        this.pauses = new RetryPauses(log::over, port.retryTime());
    }

    /** The log is closed: calls that wait for their repeat are answered now. */
    public void close() {
        pauses.end();
    }

    @Override
    public Future<Transaction> begin(TransactionOptions options) {
        TransactionOptions copy = new TransactionOptions(options);
        ContextInternal context = log.callerContext();
        String id = Objects.requireNonNullElseGet(copy.getId(), PortTransactions::randomId);
        return log.on(context, () -> {
                    copy.validate();
                    return begin(context, copy, id);
                })
                .map(begun -> handle(context, copy, id, null));
    }

    private static String randomId() {
        byte[] bytes = new byte[RANDOM_ID_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** A conflict after an unknown outcome may come from the earlier try. With a random id there is no doubt. */
    private Future<Void> begin(ContextInternal context, TransactionOptions options, String id) {
        AtomicBoolean doubtful = new AtomicBoolean();
        return RepeatedCall.make(
                        context,
                        "begin of transaction " + id,
                        options.getRetryTimeoutMillis(),
                        pauses,
                        () -> port.transactions()
                                .begin(id, options.getLeaseMillis())
                                .onFailure(cause ->
                                        doubtful.compareAndSet(false, cause instanceof StrandlineException.Unknown)))
                .recover(cause -> {
                    if (!(cause instanceof StrandlineException.Conflict) || !doubtful.get()) {
                        return Future.failedFuture(cause);
                    }
                    return options.getId() == null
                            ? Future.succeededFuture()
                            : Future.failedFuture(new StrandlineException.Unknown("transaction " + id
                                    + " exists, and whether this call or another one began it is not known"));
                });
    }

    @Override
    public Future<Transaction> find(String id) {
        TransactionOptions options = new TransactionOptions();
        ContextInternal context = log.callerContext();
        return log.on(context, () -> {
                    Utf8.require("transaction id", id, TransactionOptions.MAX_ID_LENGTH);
                    return RepeatedCall.make(
                            context,
                            "status of transaction " + id,
                            options.getRetryTimeoutMillis(),
                            pauses,
                            () -> port.transactions().status(id));
                })
                .map(status -> handle(
                        context,
                        options,
                        id,
                        new StrandlineException.Conflict("transaction " + id + " takes no events from who found it")));
    }

    private Transaction handle(
            ContextInternal context, TransactionOptions options, String id, @Nullable StrandlineException closed) {
        return new PortTransaction(port, context, options, id, closed, pauses);
    }

    @Override
    public Future<List<TransactionDescription>> unfinished() {
        return log.onCaller(() -> port.transactions().unfinished());
    }

    @Override
    public Future<List<PartSetAside>> partsSetAside() {
        return log.onCaller(() -> port.transactions().partsSetAside());
    }

    @Override
    public Future<Void> dropPart(String id, String stream) {
        return log.onCaller(() -> {
            Utf8.require("transaction id", id, TransactionOptions.MAX_ID_LENGTH);
            return port.transactions().dropPart(id, StreamName.parse(stream));
        });
    }
}
