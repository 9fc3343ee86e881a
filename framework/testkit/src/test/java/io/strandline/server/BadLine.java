package io.strandline.server;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;

/**
 * A line between a client and a server that is cut, that stalls, and that delays. What a stalled line holds comes later, also when
 * the client has given it up. Everything runs on one context.
 */
final class BadLine {

    private final Vertx vertx;
    private final Context context;
    private final int target;
    private final Set<Pipe> pipes = new HashSet<>();
    /** For all connections, and referred to: Vert.x closes a client that nobody has. */
    private final NetClient servers;

    private long delayMillis;
    private boolean isStalled;
    private int port;

    BadLine(Vertx vertx, int target) {
        this.vertx = vertx;
        this.servers = vertx.createNetClient();
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.target = target;
    }

    Future<Void> listen() {
        Promise<Void> listening = Promise.promise();
        context.runOnContext(begun -> vertx.createNetServer()
                .connectHandler(this::accept)
                .listen(0, "127.0.0.1")
                .onSuccess(server -> port = server.actualPort())
                .<Void>mapEmpty()
                .onComplete(listening));
        return listening.future();
    }

    int port() {
        return port;
    }

    private void accept(NetSocket client) {
        client.pause();
        servers.connect(target, "127.0.0.1").onComplete(connected -> {
            if (connected.failed()) {
                client.close();
                return;
            }
            NetSocket server = connected.result();
            new Pipe(client, server).begin();
            new Pipe(server, client).begin();
            client.resume();
        });
    }

    /** Cuts all connections. What is on its way is lost. */
    void cut() {
        context.runOnContext(now -> List.copyOf(pipes).forEach(Pipe::cut));
    }

    /** Nothing moves until {@link #resume}. */
    void stall() {
        context.runOnContext(now -> isStalled = true);
    }

    void resume() {
        context.runOnContext(now -> {
            isStalled = false;
            List.copyOf(pipes).forEach(Pipe::forward);
        });
    }

    /** Everything takes so much longer, in milliseconds. */
    void delay(long millis) {
        context.runOnContext(now -> delayMillis = millis);
    }

    /** One direction of one connection. */
    private final class Pipe {

        private final NetSocket from;
        private final NetSocket to;
        private final Queue<Buffer> held = new ArrayDeque<>();
        private boolean isEnding;

        Pipe(NetSocket from, NetSocket to) {
            this.from = from;
            this.to = to;
        }

        void begin() {
            pipes.add(this);
            from.exceptionHandler(reset -> {});
            from.handler(bytes -> {
                held.add(bytes);
                long later = delayMillis;
                if (later > 0) {
                    vertx.setTimer(later, due -> forward());
                } else {
                    forward();
                }
            });
            from.closeHandler(closed -> {
                isEnding = true;
                forward();
            });
        }

        void forward() {
            if (isStalled) {
                return;
            }
            for (Buffer next = held.poll(); next != null; next = held.poll()) {
                to.write(next);
            }
            if (isEnding) {
                pipes.remove(this);
                to.close();
            }
        }

        void cut() {
            pipes.remove(this);
            held.clear();
            from.close();
            to.close();
        }
    }
}
