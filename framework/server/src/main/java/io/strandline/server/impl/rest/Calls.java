package io.strandline.server.impl.rest;

import io.strandline.client.operation.Operation;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.security.CallOrder;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The operations of the table, for the caller of an exchange. Everything is done, and futures complete, on the connection's context. */
final class Calls {

    private final Dispatch dispatch;

    Calls(Dispatch dispatch) {
        this.dispatch = dispatch;
    }

    /** A reply as JSON. */
    static <R> JsonObject json(Operation<?, R> operation, R reply) {
        return (JsonObject) Objects.requireNonNull(operation.reply().toJson(reply), "a reply is an object");
    }

    Dispatch dispatch() {
        return dispatch;
    }

    <Q, R> Future<R> call(RoutedExchange exchange, Operation<Q, R> operation, Q request) {
        CallOrder here = dispatch.gate().inOrder(exchange.context());
        Future<R> called = exchange.here(dispatch.call(here, exchange.who(), operation, request));
        return operation.mayChange() ? called.andThen((reply, failure) -> note(exchange, reply, failure)) : called;
    }

    /** What says false has changed nothing, such as forgetting what is not there. */
    private static void note(RoutedExchange exchange, @Nullable Object reply, @Nullable Throwable failure) {
        if (failure != null || !Boolean.FALSE.equals(reply)) {
            exchange.changed(failure == null);
        }
    }

    /** The full names of the groups of a scope, for a caller who may list groups. */
    Future<List<String>> groups(RoutedExchange exchange, String scope) {
        return exchange.here(dispatch.groups(exchange.who(), scope));
    }

    /** Completes if the caller may do an operation that the route does by itself. */
    <Q> Future<Void> permit(RoutedExchange exchange, Operation<Q, ?> operation, Q request) {
        return exchange.here(dispatch.permit(exchange.who(), operation, request));
    }
}
