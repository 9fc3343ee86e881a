package io.strandline.server.impl;

import static io.strandline.client.operation.Door.TCP;

import io.strandline.StrandlineException;
import io.strandline.client.wire.Frame;
import io.strandline.server.ServedLog;
import io.strandline.server.ServerOptions;
import io.strandline.server.ServerProvider;
import io.strandline.server.StrandlineServer;
import io.strandline.server.impl.listening.Door;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.operation.DispatchBounds;
import io.strandline.server.security.Exposure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;

/** Checks what a server is opened with, and opens it. */
public final class ServerOpening implements ServerProvider {

    /** No operation over TCP opens a writer in the server. */
    private static final int MAX_WRITERS = 1;

    /** For {@link java.util.ServiceLoader}. */
    public ServerOpening() {}

    @Override
    public Future<StrandlineServer> listen(Vertx vertx, ServedLog served, ServerOptions options) {
        ServerOptions copy = new ServerOptions(options);
        PromiseInternal<StrandlineServer> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        try {
            copy.validate();
            Dispatch dispatch = new Dispatch(
                    vertx,
                    served,
                    TCP,
                    new DispatchBounds(copy.getMaxReadBytes(), copy.getMaxFrameBytes(), MAX_WRITERS));
            long needed = (long) dispatch.port().maxEventBytes() + Frame.BESIDE_EVENT_BYTES;
            if (needed > copy.getMaxFrameBytes()) {
                throw new StrandlineException.Invalid("maxFrameBytes is " + copy.getMaxFrameBytes()
                        + ", and a largest event of the log, with what crosses beside it, needs " + needed);
            }
            Exposure.require(copy.getHost(), copy.isInsecure(), copy.getTls() != null, served.security() != null);
            Door.keys(vertx, copy.getTls())
                    .compose(keys -> new TcpServer(vertx, dispatch, copy, keys.orElse(null)).listen())
                    .onComplete(promise);
        } catch (StrandlineException e) {
            promise.fail(e);
        }
        return promise.future();
    }
}
