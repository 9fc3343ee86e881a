package io.strandline.server.impl.bus;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.EventRequests.Cancel;
import io.strandline.client.operation.EventRequests.Credit;
import io.strandline.client.operation.EventRequests.Subscribe;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.wire.ErrorCode;
import io.strandline.client.wire.FailureJson;
import io.strandline.server.EventBusOptions;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.operation.ToldFailure;
import io.strandline.server.impl.operation.Unanswered;
import io.strandline.server.impl.security.CallOrder;
import io.strandline.server.security.Identity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests on the event bus: body → request → call → reply. Belongs to the context of the server.
 *
 * <p>What a client can cost is bounded by the number of requests, and by the bytes of each.
 */
final class BusCalls {

    /**
     * What consumers say of their subscriptions, often without asking for a reply. They do not compete with other requests: one that was refused
     * would leave its subscription without credit, and its sender would not learn of it.
     */
    private static final Set<Operation<?, ?>> SIGNS = Set.of(Operations.CREDIT, Operations.CANCEL);

    private final Dispatch dispatch;
    private final BusCallers callers;
    private final BusSubscriptions subscriptions;
    private final EventBusOptions options;
    private int inFlight;
    private int signsInFlight;
    private @Nullable Promise<Void> drained;

    BusCalls(Dispatch dispatch, BusCallers callers, BusSubscriptions subscriptions, EventBusOptions options) {
        this.dispatch = dispatch;
        this.callers = callers;
        this.subscriptions = subscriptions;
        this.options = options;
    }

    /** The reply, on the context of the server. */
    <Q, R> Future<Object> call(Operation<Q, R> operation, MultiMap headers, @Nullable Object body) {
        boolean isSign = SIGNS.contains(operation);
        int others = isSign ? signsInFlight : inFlight;
        if (others >= options.getMaxRequests()) {
            return Future.failedFuture(new StrandlineException.Overloaded(
                    others + " requests on the event bus are not answered, which is the limit"));
        }
        Context context = Vertx.currentContext();
        count(isSign, 1);
        Promise<Object> reply = Promise.promise();
        served(operation, headers, body)
                .onComplete((done, failure) -> context.runOnContext(turned -> {
                    count(isSign, -1);
                    if (failure == null) {
                        reply.complete(done);
                    } else {
                        reply.fail(failure);
                    }
                }));
        return reply.future();
    }

    private void count(boolean isSign, int more) {
        if (isSign) {
            signsInFlight += more;
        } else {
            inFlight += more;
        }
        if (isIdle() && drained != null) {
            drained.tryComplete();
        }
    }

    private boolean isIdle() {
        return inFlight == 0 && signsInFlight == 0;
    }

    private <Q, R> Future<Object> served(Operation<Q, R> operation, MultiMap headers, @Nullable Object body) {
        BusCallers.Caller caller;
        try {
            caller = callers.of(headers);
        } catch (RuntimeException e) { // logged by whoever answers
            return Future.failedFuture(e);
        }
        // Nothing is said of a request before its caller is known.
        return caller.who()
                .compose(who -> called(caller.order(), who, operation, read(operation, body)))
                .map(reply -> Unanswered.<R, Object>rendered(
                        operation,
                        reply,
                        done -> body instanceof Buffer
                                ? BinaryBody.of(operation.replyOf(done))
                                : jsonOf(operation, done)));
    }

    private static <R> Object jsonOf(Operation<?, R> operation, R reply) {
        Object json = operation.reply().toJson(reply);
        return json == null ? new JsonObject() : json;
    }

    private <Q> Q read(Operation<Q, ?> operation, @Nullable Object body) {
        if (body == null || body instanceof JsonObject) {
            return operation.request().fromJson("", body == null ? new JsonObject() : body);
        }
        if (body instanceof Buffer bytes && operation.doors().contains(Door.TCP)) {
            if (bytes.length() > options.getMaxRequestBytes()) {
                throw new StrandlineException.Invalid("a binary request of " + bytes.length() + " bytes, the limit is "
                        + options.getMaxRequestBytes());
            }
            return BinaryBody.readRequest(operation, bytes);
        }
        throw new StrandlineException.Invalid("a request of " + operation + " must be a JSON object");
    }

    private <Q, R> Future<R> called(CallOrder order, Identity who, Operation<Q, R> operation, Q request) {
        Supplier<Future<?>> own = ownCall(who, request);
        if (own == null) {
            return dispatch.call(order, who, operation, request);
        }
        @SuppressWarnings("unchecked") // the reply of an operation has the type of its row
        Supplier<Future<R>> call = () -> (Future<R>) own.get();
        return order.through(who, operation, request, call);
    }

    /** What this door does by itself, or null. */
    private <Q> @Nullable Supplier<Future<?>> ownCall(Identity who, Q request) {
        if (request instanceof Subscribe subscribe) {
            return () -> subscriptions.open(who, subscribe);
        } else if (request instanceof Credit credit) {
            return () -> subscriptions.credit(who, credit).map(Nothing.NOTHING);
        } else if (request instanceof Cancel cancel) {
            return () -> subscriptions.cancel(who, cancel).map(Nothing.NOTHING);
        }
        return null;
    }

    /** Completes when every request is answered, or after a time. */
    Future<Void> drain(Context context, long millis) {
        if (isIdle()) {
            return Future.succeededFuture();
        }
        Promise<Void> none = Promise.promise();
        drained = none;
        if (millis == 0) {
            none.tryComplete();
        } else {
            long timer = context.owner().setTimer(millis, late -> none.tryComplete());
            none.future().onComplete(done -> context.owner().cancelTimer(timer));
        }
        return none.future();
    }

    // ---- failures

    static StrandlineException crossing(Operation<?, ?> operation, Throwable failure) {
        return ToldFailure.of(failure, "operation " + operation);
    }

    /** A failure in JSON, which says whether the operation was done. */
    static JsonObject jsonOf(StrandlineException crossing, Throwable failure) {
        return failure instanceof Unanswered
                ? FailureJson.of(crossing, FailureJson.Happened.YES)
                : FailureJson.of(crossing);
    }

    static int codeOf(StrandlineException failure) {
        return ErrorCode.of(failure).number();
    }
}
