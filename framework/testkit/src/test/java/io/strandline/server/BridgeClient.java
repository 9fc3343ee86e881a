package io.strandline.server;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client of the TCP bridge of Vert.x, by its documented protocol: 4 bytes with the length of a JSON message, big-endian, and the
 * message.
 */
final class BridgeClient {

    private final NetSocket socket;
    private final Map<String, Promise<JsonObject>> replies = new ConcurrentHashMap<>();
    private final Map<String, Handler<JsonObject>> handlers = new ConcurrentHashMap<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final Promise<Void> closed = Promise.promise();
    private Handler<JsonObject> errors = message -> {};
    private boolean isHead = true;

    private BridgeClient(NetClient client, NetSocket socket) {
        this.socket = socket;
        socket.closeHandler(gone -> {
            closed.tryComplete();
            replies.values().forEach(waiting -> waiting.tryFail("the connection is over"));
            client.close(); // and so referred to: Vert.x closes a client that nobody has
        });
        RecordParser parser = RecordParser.newFixed(Integer.BYTES);
        parser.handler(bytes -> {
            if (isHead) {
                parser.fixedSizeMode(bytes.getInt(0));
            } else {
                parser.fixedSizeMode(Integer.BYTES);
                take(new JsonObject(bytes));
            }
            isHead = !isHead;
        });
        socket.handler(parser);
    }

    static Future<BridgeClient> connect(Vertx vertx, int port) {
        return connect(vertx, port, new NetClientOptions());
    }

    /** As {@link #connect(Vertx, int)}, as the options say, such as with TLS. */
    static Future<BridgeClient> connect(Vertx vertx, int port, NetClientOptions options) {
        NetClient client = vertx.createNetClient(options);
        return client.connect(port, "127.0.0.1").map(socket -> new BridgeClient(client, socket));
    }

    private void take(JsonObject message) {
        String address = message.getString("address", "");
        Promise<JsonObject> reply = replies.remove(address);
        if (reply != null && message.containsKey("failureCode")) {
            reply.fail(message.getString("message"));
        } else if (reply != null) {
            reply.complete(message.getJsonObject("body"));
        } else if ("err".equals(message.getString("type"))) {
            errors.handle(message);
        } else if (handlers.containsKey(address)) {
            handlers.get(address).handle(message.getJsonObject("body"));
        }
    }

    private void write(JsonObject message) {
        Buffer bytes = message.toBuffer();
        socket.write(Buffer.buffer().appendInt(bytes.length()).appendBuffer(bytes));
    }

    /** Sends without an answer. */
    void send(String address, JsonObject body) {
        write(new JsonObject().put("type", "send").put("address", address).put("body", body));
    }

    Future<JsonObject> call(String address, JsonObject body) {
        return call(address, new JsonObject(), body);
    }

    /** @param headers those of the message, such as {@code Authorization} */
    Future<JsonObject> call(String address, JsonObject headers, JsonObject body) {
        String replyAddress = "reply-" + calls.incrementAndGet();
        Promise<JsonObject> reply = Promise.promise();
        replies.put(replyAddress, reply);
        write(new JsonObject()
                .put("type", "send")
                .put("address", address)
                .put("replyAddress", replyAddress)
                .put("headers", headers)
                .put("body", body));
        return reply.future();
    }

    /** Hears of what the bridge refuses. */
    void onError(Handler<JsonObject> handler) {
        errors = handler;
    }

    /** Completes when the server has cut the connection. */
    Future<Void> closed() {
        return closed.future();
    }

    void register(String address, Handler<JsonObject> handler) {
        handlers.put(address, handler);
        write(new JsonObject().put("type", "register").put("address", address));
    }

    /** Reads nothing any more, so that what is sent stays at the server. */
    void stopReading() {
        socket.pause();
    }

    Future<Void> close() {
        return socket.close();
    }
}
