package io.strandline.impl.transaction;

import io.strandline.EventCodec;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.Transaction;
import io.strandline.TransactionOptions;
import io.strandline.TransactionStatus;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.EventSpans;
import io.strandline.spi.LogPort;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A transaction over a port. */
final class PortTransaction implements Transaction {

    private static final int PINGS_PER_LEASE = 3;

    private final LogPort port;
    private final ContextInternal context;
    private final TransactionOptions options;
    private final String id;
    private final RetryPauses pauses;
    private final TransactionWrites writes;
    private final @Nullable EventSpans spans;

    /** Why it takes no events, or null while it does. */
    private @Nullable StrandlineException closed;

    /** Ends the pings when the verticle of the context is undeployed. */
    private final Closeable undeployed = closing -> {
        stopPinging();
        closing.succeed();
    };

    private volatile boolean ended;

    /** @param closed why it takes no events, or null if it does */
    PortTransaction(
            LogPort port,
            ContextInternal context,
            TransactionOptions options,
            String id,
            @Nullable StrandlineException closed,
            RetryPauses pauses) {
        this.port = port;
        this.context = context;
        this.options = options;
        this.id = id;
        this.closed = closed;
        this.pauses = pauses;
        this.writes = new TransactionWrites(port, context, options, id, pauses);
        this.spans = EventSpans.of(context, options.getTracingPolicy());
        if (options.isAutoPing()) {
            CloseOnce.endWithVerticle(context, undeployed);
            pingLater();
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public <E> Future<Void> append(String stream, EventCodec<E> codec, @Nullable String key, E event) {
        return append(stream, codec, key, event, Headers.NONE);
    }

    @Override
    public <E> Future<Void> append(String stream, EventCodec<E> codec, @Nullable String key, E event, Headers headers) {
        requireContext();
        if (closed != null) {
            return context.failedFuture(closed);
        }
        return spans == null
                ? writes.add(stream, codec, key, event, headers)
                : spans.append(
                        EventSpans.Appends.of(stream, "append"),
                        headers,
                        with -> writes.add(stream, codec, key, event, with));
    }

    @Override
    public Future<Void> ping() {
        return call("ping", () -> port.transactions().ping(id, options.getLeaseMillis()));
    }

    @Override
    public Future<TransactionStatus> commit() {
        requireContext();
        close("committed");
        return writes.drained().compose(drained -> {
            StrandlineException lost = writes.failure();
            return lost != null
                    ? context.failedFuture(lost)
                    : ending(call("commit", () -> port.transactions().commit(id)));
        });
    }

    @Override
    public Future<TransactionStatus> abort() {
        requireContext();
        close("aborted");
        writes.stop(new StrandlineException.Conflict("transaction " + id + " is being aborted"));
        return ending(call("abort", () -> port.transactions().abort(id)));
    }

    @Override
    public Future<TransactionStatus> status() {
        return call("status", () -> port.transactions().status(id));
    }

    private void close(String becomes) {
        if (closed == null) {
            closed = new StrandlineException.Conflict("transaction " + id + " is being " + becomes);
        }
    }

    private Future<TransactionStatus> ending(Future<TransactionStatus> call) {
        return call.onComplete((status, failure) -> {
            if (failure == null || !StrandlineException.isTransient(failure)) {
                stopPinging();
            }
        });
    }

    private <T> Future<T> call(String what, Supplier<Future<T>> call) {
        requireContext();
        return RepeatedCall.make(
                context, what + " of transaction " + id, options.getRetryTimeoutMillis(), pauses, call);
    }

    private void requireContext() {
        if (!context.inThread()) {
            throw new IllegalStateException(
                    "a transaction may be used only on the context that began or found it, not on "
                            + Thread.currentThread());
        }
    }

    // ---- the lease

    private void pingLater() {
        context.setTimer(Math.max(1, options.getLeaseMillis() / PINGS_PER_LEASE), due -> {
            if (pauses.over() != null) {
                stopPinging();
            }
            if (!ended) {
                port.transactions()
                        .ping(id, options.getLeaseMillis())
                        .onComplete((done, failure) -> context.runOnContext(turn -> pinged(failure)));
            }
        });
    }

    private void pinged(@Nullable Throwable failure) {
        if (failure == null || StrandlineException.isTransient(failure)) {
            pingLater();
        } else {
            stopPinging();
        }
    }

    private void stopPinging() {
        ended = true;
        if (options.isAutoPing()) {
            context.removeCloseHook(undeployed);
        }
    }
}
