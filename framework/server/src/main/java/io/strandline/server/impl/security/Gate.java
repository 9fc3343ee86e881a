package io.strandline.server.impl.security;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Operation;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.spi.LogPort;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one gate of all doors of a log: callers are authenticated here, and each request is let through or refused. Without security it stands
 * open. Callable from any thread.
 *
 * <p>A request goes: what it is about → the streams of its partitions and of its transaction → the caller's right on each → the call. What was
 * refused, and what an administrator did, goes to the audit trail.
 */
public final class Gate {

    private static final Future<Void> OPEN = Future.succeededFuture();

    private final @Nullable Guard guard;

    private Gate(@Nullable Guard guard) {
        this.guard = guard;
    }

    /** A gate of a log. It ends by {@link #close}, or with the log. */
    public static Gate of(Vertx vertx, Strandline log, LogPort port, @Nullable Security security, DoorCounts counts) {
        return new Gate(security == null ? null : new Guard(vertx, log, port, security, counts));
    }

    /** True if callers are authenticated and rights are checked. */
    public boolean isGuarded() {
        return guard != null;
    }

    /**
     * Finds out who calls, see {@link Admission#admit}. Without security everybody is anonymous.
     */
    public Future<Identity> admit(Credentials credentials) {
        return guard == null
                ? Future.succeededFuture(Identity.ANONYMOUS)
                : guard.admission().admit(credentials);
    }

    /** Seconds after which an address that has failed too often is heard again. 0 if it is heard now. */
    public long retryAfterSeconds(String address) {
        return guard == null ? 0 : guard.admission().retryAfterSeconds(address);
    }

    /**
     * Why a caller is not to be served any more, as because its credentials have expired. Null if it is. Cheap, and to be asked from time to
     * time for connections that stay.
     */
    public StrandlineException.@Nullable Unauthorized expiry(Identity who) {
        return guard == null ? null : guard.expiry(who);
    }

    /** Completes if the caller may do it. Fails with Unauthorized, and notes it, if not. For what a door does by itself. */
    public <Q> Future<Void> require(Identity who, Operation<Q, ?> operation, Q request) {
        return guard == null ? OPEN : guard.require(who, operation, request);
    }

    /**
     * Makes the call of an operation if the caller may, and notes what an administrator did. Calls that come one after the other may be made in
     * another order: see {@link #inOrder}.
     *
     * @param call on this thread, or on any other if the decision takes a while
     */
    public <Q, R> Future<R> through(Identity who, Operation<Q, R> operation, Q request, Supplier<Future<R>> call) {
        return call(who, operation, request, require(who, operation, request), call);
    }

    /** The same, for what was decided already. */
    <Q, R> Future<R> call(
            Identity who, Operation<Q, R> operation, Q request, Future<Void> permitted, Supplier<Future<R>> call) {
        if (guard == null) {
            return call.get();
        }
        Future<R> called = permitted.succeeded() ? call.get() : permitted.compose(let -> call.get());
        return guard.noted(who, operation, request, called, permitted);
    }

    /** Gives back what it has opened in the log. What it notes later is in the audit trail all the same. */
    public Future<Void> close() {
        return guard == null ? OPEN : guard.close();
    }

    /** Lets calls through as {@link #through}, in their order. For one connection, on its context. */
    public CallOrder inOrder(Context context) {
        return new CallOrder(this, context);
    }

    /**
     * Decides again and again whether a caller may go on with what it was let through for, such as a subscription: when rules have changed, and
     * at latest every {@link io.strandline.server.security.SecurityOptions#getRecheckMillis}.
     *
     * @param lost called once, on any thread, if it may not
     * @return ends it, and may be called at any time
     */
    public <Q> Runnable keep(Identity who, Operation<Q, ?> operation, Q request, Consumer<StrandlineException> lost) {
        return guard == null ? () -> {} : guard.standing().keep(() -> guard.check(who, operation, request), lost);
    }
}
