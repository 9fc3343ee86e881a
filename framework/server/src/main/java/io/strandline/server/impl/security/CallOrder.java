package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Operation;
import io.strandline.server.security.Identity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;

/**
 * Lets the calls of one connection through in their order, also if a decision takes a while: parcels of a writer must reach the log in the
 * order in which they were sent. Belongs to the connection's context.
 */
public final class CallOrder {

    private record Waiting(Future<Void> permitted, Runnable call, Promise<?> promise) {}

    private final Gate gate;
    private final Context context;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    CallOrder(Gate gate, Context context) {
        this.gate = gate;
        this.context = context;
    }

    /** As {@link Gate#through}, after all calls that came before. */
    public <Q, R> Future<R> through(Identity who, Operation<Q, R> operation, Q request, Supplier<Future<R>> call) {
        Future<Void> permitted = gate.require(who, operation, request);
        if (waiting.isEmpty() && permitted.isComplete()) {
            return gate.call(who, operation, request, permitted, call);
        }
        Promise<R> promise = Promise.promise();
        waiting.add(new Waiting(
                permitted,
                () -> gate.call(who, operation, request, permitted, call).onComplete(promise),
                promise));
        permitted.onComplete(decided -> context.runOnContext(turned -> goOn()));
        return promise.future();
    }

    /** Whether no call waits. Then another order may take the next call. */
    public boolean isIdle() {
        return waiting.isEmpty();
    }

    private void goOn() {
        while (!waiting.isEmpty() && waiting.element().permitted.isComplete()) {
            waiting.remove().call.run();
        }
    }

    /** The connection is over. Calls that still wait for a decision are never made. */
    public void end() {
        List<Waiting> left = List.copyOf(waiting);
        waiting.clear();
        left.forEach(one -> one.promise.fail(new StrandlineException.Unavailable("the connection is over")));
    }
}
