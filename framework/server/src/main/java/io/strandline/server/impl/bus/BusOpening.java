package io.strandline.server.impl.bus;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.server.EventBusOptions;
import io.strandline.server.EventBusProvider;
import io.strandline.server.EventBusServer;
import io.strandline.server.ServedLog;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.operation.DispatchBounds;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;

/** Checks what a server on the event bus is opened with, and opens it. */
public final class BusOpening implements EventBusProvider {

    /** For {@link java.util.ServiceLoader}. */
    public BusOpening() {}

    @Override
    public Future<EventBusServer> serve(Vertx vertx, ServedLog served, EventBusOptions options) {
        EventBusOptions copy = new EventBusOptions(options);
        PromiseInternal<EventBusServer> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        try {
            copy.validate();
            if (vertx.isClustered() && !copy.isInsecure() && served.security() == null) {
                throw new StrandlineException.Invalid(
                        "log " + served.name()
                                + " would be served to every member of the cluster without authentication; give it security, or set insecure to allow it");
            }
            Dispatch dispatch = new Dispatch(
                    vertx,
                    served,
                    Door.EVENT_BUS,
                    new DispatchBounds(copy.getMaxReadBytes(), copy.getMaxRequestBytes(), copy.getMaxWriters()));
            new BusServer(vertx, dispatch, copy).open().onComplete(promise);
        } catch (StrandlineException e) {
            promise.fail(e);
        }
        return promise.future();
    }
}
