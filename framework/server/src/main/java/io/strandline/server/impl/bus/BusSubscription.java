package io.strandline.server.impl.bus;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.client.operation.JsonEvents;
import io.strandline.client.operation.Payload;
import io.strandline.client.wire.FailureJson;
import io.strandline.server.impl.operation.ToldFailure;
import io.strandline.server.impl.subscription.Subscription;
import io.strandline.server.security.Identity;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageProducer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One subscription: the messages that its consumer has not acknowledged, and what is left of its credit. Belongs to the context of the
 * server.
 *
 * <p>A receipt is a random number, so a client that did not read a message cannot acknowledge it.
 */
final class BusSubscription implements Subscription.Sink {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int RANDOM_BYTES = 16;

    /** Who has it, what it is of, and where its events go. */
    record Consumer(Identity who, StreamName stream, String address) {}

    /** A message that was not acknowledged. */
    private record Sent(String receipt, int events, long bytes, long nanos) {}

    private final String id = random();
    private final Consumer consumer;
    private final int windowEvents;
    private final int windowBytes;
    private final java.util.function.Consumer<BusSubscription> onOver;
    private final MessageProducer<Object> producer;
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private @Nullable Subscription subscription;
    private Runnable closing = () -> {};
    private @Nullable StreamCut sentUpTo;
    private @Nullable StrandlineException whyEnded;
    private long heardNanos;

    BusSubscription(
            Vertx vertx,
            Consumer consumer,
            int windowEvents,
            int windowBytes,
            java.util.function.Consumer<BusSubscription> onOver) {
        this.consumer = consumer;
        this.windowEvents = windowEvents;
        this.windowBytes = windowBytes;
        this.onOver = onOver;
        this.producer = vertx.eventBus().sender(consumer.address());
    }

    private static String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    String id() {
        return id;
    }

    Consumer consumer() {
        return consumer;
    }

    int windowBytes() {
        return windowBytes;
    }

    /**
     * Sends from now on.
     *
     * @param onClose called when it is over
     */
    void begin(Subscription opened, Runnable onClose) {
        subscription = opened;
        closing = onClose;
        heardNanos = System.nanoTime();
        opened.grant(windowEvents, windowBytes);
    }

    // ---- to the consumer

    @Override
    public void events(List<EventRecord<Payload>> events, long bytes, StreamCut next) {
        send(events, bytes, next, System.nanoTime());
    }

    private void send(List<EventRecord<Payload>> events, long bytes, StreamCut next, long nanos) {
        Sent message = new Sent(random(), events.size(), bytes, nanos);
        sentUpTo = next;
        sent.add(message);
        JsonArray records = new JsonArray();
        events.forEach(event -> records.add(JsonEvents.toJson(event)));
        send(new JsonObject()
                .put("subscription", id)
                .put("events", records)
                .put("next", next.toJson())
                .put("receipt", message.receipt));
    }

    private void send(JsonObject message) {
        producer.write(message).onFailure(noConsumer -> {
            onOver.accept(this);
            close();
        });
    }

    @Override
    public void ended(@Nullable Throwable failure) {
        closing.run();
        onOver.accept(this);
        sendEnd(failure == null ? null : ToldFailure.of(failure, "a subscription of " + consumer.stream()));
    }

    /** Tells the consumer that nothing more comes. */
    void sendEnd(@Nullable StrandlineException failure) {
        whyEnded = failure;
        JsonObject message = new JsonObject().put("subscription", id).put("end", true);
        producer.write(failure == null ? message : message.put("failure", FailureJson.of(failure)));
    }

    /** What {@link #sendEnd} has told the consumer. Null before that, and if it was no failure. */
    @Nullable
    StrandlineException whyEnded() {
        return whyEnded;
    }

    /**
     * Sends a message without events if one waits for its receipt for half a lease: the receipt may have been lost on the way, and nobody would
     * say so. The receipt of this one gives back the credit of both. There is one at a time.
     */
    void remind(long nowNanos, long leaseMillis) {
        Sent oldest = sent.peekFirst();
        Sent newest = sent.peekLast();
        StreamCut next = sentUpTo;
        if (oldest != null
                && newest != null
                && next != null
                && newest.events > 0
                && nowNanos - oldest.nanos >= TimeUnit.MILLISECONDS.toNanos(leaseMillis) / 2) {
            send(List.of(), 0, next, nowNanos);
        }
    }

    // ---- from the consumer

    /**
     * Takes a sign of the consumer.
     *
     * @param receipt that of the newest message that it has dealt with. One that is not known, as of a message acknowledged already, is a
     *     sign of life alone
     */
    void received(@Nullable String receipt) {
        heardNanos = System.nanoTime();
        if (receipt == null || sent.stream().noneMatch(message -> message.receipt.equals(receipt))) {
            return;
        }
        long events = 0;
        long bytes = 0;
        for (Sent message = sent.poll(); message != null; message = sent.poll()) {
            events += message.events;
            bytes += message.bytes;
            if (message.receipt.equals(receipt)) {
                break;
            }
        }
        if (subscription != null) {
            subscription.grant(events, bytes);
        }
    }

    /**
     * True if the consumer gave no sign for so long, or has a message for so long that it did not acknowledge. The lease counts from {@link
     * #begin}: the consumer cannot give a sign before it knows the subscription.
     */
    boolean isLate(long nowNanos, long leaseMillis) {
        if (subscription == null) {
            return false;
        }
        long lease = TimeUnit.MILLISECONDS.toNanos(leaseMillis);
        Sent oldest = sent.peek();
        return nowNanos - heardNanos >= lease || (oldest != null && nowNanos - oldest.nanos >= lease);
    }

    Future<Void> close() {
        closing.run();
        Subscription open = subscription;
        return open == null ? Future.succeededFuture() : open.close();
    }
}
