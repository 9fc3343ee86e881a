package io.strandline.server.impl;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.wire.Frame;
import io.strandline.server.ServerOptions;
import io.strandline.server.ServerProvider;
import io.strandline.server.StrandlineServer;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;

/** Checks what a server is opened with, and opens it. */
public final class ServerOpening implements ServerProvider {

    /** For {@link java.util.ServiceLoader}. */
    public ServerOpening() {}

    @Override
    public Future<StrandlineServer> listen(Vertx vertx, Strandline log, ServerOptions options) {
        ServerOptions copy = new ServerOptions(options);
        PromiseInternal<StrandlineServer> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        try {
            copy.validate();
            LogPort port = LogPort.of(log);
            if (port == null) {
                throw new StrandlineException.Invalid("a server needs a log as Strandline.open makes it, not " + log);
            }
            long needed = (long) port.maxEventBytes() + Frame.BESIDE_EVENT_BYTES;
            if (needed > copy.getMaxFrameBytes()) {
                throw new StrandlineException.Invalid("maxFrameBytes is " + copy.getMaxFrameBytes()
                        + ", and a largest event of the log, with what crosses beside it, needs " + needed);
            }
            new TcpServer(vertx, new Dispatch(log, port, copy.getMaxReadBytes()), copy)
                    .listen()
                    .onComplete(promise);
        } catch (StrandlineException e) {
            promise.fail(e);
        }
        return promise.future();
    }
}
