package io.strandline.client.wire;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;

/** The bytes that come to a socket, in the buffers of Netty. The handler of a socket of Vert.x is given copies of them. */
public final class Incoming {

    private Incoming() {}

    /**
     * Gives all bytes of a socket to a taker, on the context of the socket. To be called in place of {@link NetSocket#handler}.
     *
     * @param taker may read the buffer until it returns. After the end of the socket it is given what came while the socket was
     *     paused
     */
    public static void take(NetSocket socket, Handler<Buffer> taker) {
        NetSocketInternal from = (NetSocketInternal) socket;
        from.messageHandler(message -> {
            ByteBuf bytes = (ByteBuf) message;
            try {
                taker.handle(BufferInternal.buffer(bytes.slice()));
            } finally {
                bytes.release();
            }
        });
        // Nobody else would release what waits.
        from.channelHandlerContext().channel().closeFuture().addListener(closed -> socket.resume());
    }
}
