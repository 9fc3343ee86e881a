package io.strandline.server;

import io.strandline.StrandlineException;
import io.strandline.internal.Implementation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Lets others use a log over the event bus of Vert.x: verticles that embed nothing, members of a cluster, and clients of the TCP
 * bridge and the SockJS bridge.
 *
 * <p>Each operation has the address {@code strandline.NAME.OPERATION}, of the log's name and the name of the operation in the table, such as
 * {@code strandline.shop.appendEvents}. A request is a {@link io.vertx.core.json.JsonObject}, or nothing for a request without fields, and so is the
 * reply. An operation that TCP has takes a {@link io.vertx.core.buffer.Buffer} too, and then replies with one: 4 bytes, little-endian, with the
 * length of the head, then the head and the bulk of a frame.
 *
 * <p>A failure is a {@link io.vertx.core.eventbus.ReplyException} of the kind {@code RECIPIENT_FAILURE}. Its message is JSON: {@code
 * {"code", "message", "retryable", "happened"}}.
 *
 * <p>Credentials are in the header {@code Authorization} of each message, as in HTTP. They are asked for if the log is {@link ServedLog#secured
 * secured}. Bridges let headers of their clients through.
 *
 * <p>Requests that are sent to one address by one sender are taken in their order. So appends of one client to one stream keep their
 * order for each key.
 *
 * <p><b>Subscriptions.</b> A client registers a consumer at an address {@code strandline.NAME.to.TOKEN}, with a token of its own that nobody guesses,
 * and then sends {@code subscribe} with this address and its credit in events and bytes. It gets messages
 *
 * <pre>{@code
 * {"subscription": "…", "events": [{"partition": 1, "offset": 17, …}, …], "next": {cut}, "receipt": "…"}
 * {"subscription": "…", "end": true, "failure": {…}}
 * }</pre>
 *
 * <p>and answers the receipt of a message by {@code credit} when it has dealt with it, which gives the credit of that message and those before
 * it back. What a client has not acknowledged never exceeds its credit, whatever the queues on the way to it hold. A receipt is
 * known from its message alone, so a client that does not read gets nothing more. A subscription ends with {@code cancel}, when its address has no
 * consumer, and when neither a receipt nor a sign of life ({@code credit} without receipt) came within {@link
 * EventBusOptions#setLeaseMillis}, or a message was not acknowledged for so long. Another one goes on at {@code next}.
 *
 * <p>Methods may be called from any thread.
 */
public interface EventBusServer {

    /**
     * Serves a log. The server ends by {@link #close}, or with Vert.x, before the log does.
     *
     * <p>The future completes on the caller's context when requests are taken, in a cluster by all members that know of them by then. It fails with
     * {@link StrandlineException.Invalid} if an option is out of its bounds, or if Vert.x is clustered, so that other members reach the log, the log is
     * not {@link ServedLog#secured secured}, and {@link EventBusOptions#setInsecure} does not allow that.
     *
     * @param vertx the instance that the log was opened with
     */
    static Future<EventBusServer> serve(Vertx vertx, ServedLog served, EventBusOptions options) {
        return Implementation.of(EventBusProvider.class).serve(vertx, served, options);
    }

    /** The address of an operation. */
    String address(String operation);

    /** Subscriptions that are open. */
    int subscriptions();

    /**
     * Stops. Further requests find no address, those that have come are answered, and the consumers of subscriptions are told their end. The
     * future completes on the caller's context. Calling it again changes nothing.
     */
    Future<Void> close();
}
