package io.strandline.client.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IncomingTest {

    private static final Buffer SENT = Buffer.buffer("some bytes");

    private final Vertx vertx = Vertx.vertx();

    private static <T> T get(Future<T> future) throws ExecutionException, InterruptedException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        get(vertx.close());
    }

    /** Sends to a socket that a test has prepared. Completes with the buffer of Netty that the taker was given, after it has returned. */
    private ByteBuf taken(Consumer<NetSocket> prepared, Consumer<Buffer> taker) throws Exception {
        Promise<ByteBuf> taken = Promise.promise();
        NetServer server = vertx.createNetServer().connectHandler(socket -> {
            Incoming.take(socket, chunk -> {
                ByteBuf bytes = ((BufferInternal) chunk).getByteBuf();
                vertx.runOnContext(returned -> taken.tryComplete(bytes));
                taker.accept(chunk);
            });
            prepared.accept(socket);
        });
        int port = get(server.listen(0, "127.0.0.1")).actualPort();
        NetSocket client = get(vertx.createNetClient().connect(port, "127.0.0.1"));
        client.write(SENT);
        return get(taken.future());
    }

    @Test
    void bytes_are_released_when_they_are_taken() throws Exception {
        Promise<Buffer> seen = Promise.promise();
        ByteBuf bytes = taken(socket -> {}, chunk -> seen.tryComplete(chunk.copy()));
        assertThat(get(seen.future())).isEqualTo(SENT);
        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void bytes_are_released_though_their_taker_throws() throws Exception {
        ByteBuf bytes = taken(socket -> vertx.getOrCreateContext().exceptionHandler(expected -> {}), chunk -> {
            throw new IllegalArgumentException("on purpose");
        });
        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void what_came_to_a_paused_socket_is_released_at_its_end() throws Exception {
        ByteBuf bytes = taken(
                socket -> {
                    socket.pause();
                    first(socket, new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext channel, Object message) {
                            channel.fireChannelRead(message);
                            socket.close();
                        }
                    });
                },
                chunk -> {});
        assertThat(bytes.refCnt()).isZero();
    }

    private static void first(NetSocket socket, ChannelHandler handler) {
        ((NetSocketInternal) socket).channelHandlerContext().pipeline().addFirst(handler);
    }
}
