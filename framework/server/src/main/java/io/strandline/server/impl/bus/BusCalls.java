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
import io.strandline.client.wire.Failures;
import io.strandline.server.EventBusOptions;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.security.Identity;
import io.strandline.spi.Logger;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Requests on the event bus: body → request → call → reply. Belongs to the context of the server.
 *
 * <p>What a client can cost is bounded by the number of requests, and by the bytes of each.
 */
final class BusCalls {

    private static final Logger LOG = Logger.of(BusCalls.class);

    private final Dispatch dispatch;
    private final BusSubscriptions subscriptions;
    private final EventBusOptions options;
    private int inFlight;
    private @Nullable Promise<Void> drained;

    BusCalls(Dispatch dispatch, BusSubscriptions subscriptions, EventBusOptions options) {
        this.dispatch = dispatch;
        this.subscriptions = subscriptions;
        this.options = options;
    }

    /** The reply, on the context of the server. */
    <Q, R> Future<Object> call(Operation<Q, R> operation, @Nullable Object body) {
        if (inFlight >= options.getMaxRequests()) {
            return Future.failedFuture(new StrandlineException.Overloaded(
                    inFlight + " requests on the event bus are not answered, which is the limit"));
        }
        Context context = Vertx.currentContext();
        inFlight++;
        Promise<Object> reply = Promise.promise();
        served(operation, body)
                .onComplete((done, failure) -> context.runOnContext(turned -> {
                    inFlight--;
                    if (inFlight == 0 && drained != null) {
                        drained.tryComplete();
                    }
                    if (failure == null) {
                        reply.complete(done);
                    } else {
                        reply.fail(failure);
                    }
                }));
        return reply.future();
    }

    private <Q, R> Future<Object> served(Operation<Q, R> operation, @Nullable Object body) {
        Q request;
        try {
            request = read(operation, body);
        } catch (RuntimeException e) { // said to the client, or logged
            return Future.failedFuture(e);
        }
        return called(Identity.ANONYMOUS, operation, request)
                .map(reply ->
                        body instanceof Buffer ? BinaryBody.of(operation.replyOf(reply)) : jsonOf(operation, reply));
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

    @SuppressWarnings("unchecked") // the reply of an operation has the type of its row
    private <Q, R> Future<R> called(Identity who, Operation<Q, R> operation, Q request) {
        if (request instanceof Subscribe subscribe) {
            return (Future<R>) dispatch.permit(who, Operations.SUBSCRIBE, subscribe)
                    .compose(permitted -> subscriptions.open(who, subscribe));
        } else if (request instanceof Credit credit) {
            return (Future<R>) dispatch.permit(who, Operations.CREDIT, credit)
                    .compose(permitted -> subscriptions.credit(who, credit))
                    .map(Nothing.NOTHING);
        } else if (request instanceof Cancel cancel) {
            return (Future<R>) dispatch.permit(who, Operations.CANCEL, cancel)
                    .compose(permitted -> subscriptions.cancel(who, cancel))
                    .map(Nothing.NOTHING);
        }
        return dispatch.call(who, operation, request);
    }

    /** Completes when every request is answered, or after a time. */
    Future<Void> drain(Context context, long millis) {
        if (inFlight == 0) {
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
        if (!(failure instanceof StrandlineException)) {
            LOG.error("operation {} of a client failed", operation, failure);
        }
        return Failures.crossing(failure, "operation " + operation);
    }

    static int codeOf(StrandlineException failure) {
        return ErrorCode.of(failure).number();
    }
}
