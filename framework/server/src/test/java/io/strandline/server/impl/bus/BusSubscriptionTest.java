package io.strandline.server.impl.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.client.operation.Payload;
import io.strandline.server.security.Identity;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A receipt that was lost on the way. */
class BusSubscriptionTest {

    private static final String ADDRESS = "strandline.shop.to.here";
    private static final StreamName STREAM = StreamName.parse("shop/orders");
    private static final long LEASE_MILLIS = 10_000;
    private static final long DEADLINE_SECONDS = 60;

    private final Vertx vertx = Vertx.vertx();
    private final LinkedBlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
    private final BusSubscription subscription = new BusSubscription(
            vertx, new BusSubscription.Consumer(Identity.ANONYMOUS, STREAM, ADDRESS), 10, 1_000, over -> {});
    private final long began = System.nanoTime();

    BusSubscriptionTest() throws InterruptedException {
        CountDownLatch registered = new CountDownLatch(1);
        vertx.eventBus()
                .<JsonObject>consumer(ADDRESS, message -> messages.add(message.body()))
                .completion()
                .onComplete(done -> registered.countDown());
        assertThat(registered.await(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @AfterEach
    void close() throws InterruptedException {
        CountDownLatch closed = new CountDownLatch(1);
        vertx.close().onComplete(done -> closed.countDown());
        assertThat(closed.await(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    private JsonObject next() throws InterruptedException {
        JsonObject message = messages.poll(DEADLINE_SECONDS, TimeUnit.SECONDS);
        assertThat(message).as("a message").isNotNull();
        return message == null ? new JsonObject() : message;
    }

    private void sendEvent(long offset) {
        Payload event = new Payload(new EventType("noted", 1), "1".getBytes(StandardCharsets.UTF_8));
        subscription.events(
                List.of(new EventRecord<>(1, offset, 0, "a", event.type(), event)),
                100,
                StreamCut.of(STREAM, 1, offset + 1));
    }

    private void remindAfter(long millis) {
        subscription.remind(began + TimeUnit.MILLISECONDS.toNanos(millis), LEASE_MILLIS);
    }

    @Test
    void a_receipt_that_does_not_come_is_asked_for_once_and_before_the_lease_is_over() throws InterruptedException {
        remindAfter(LEASE_MILLIS);
        sendEvent(0);
        sendEvent(1);
        next();
        JsonObject second = next();
        remindAfter(LEASE_MILLIS / 2 - 1_000);
        remindAfter(LEASE_MILLIS - 1);
        remindAfter(LEASE_MILLIS - 1);
        sendEvent(2);
        JsonObject reminder = next();
        assertThat(reminder.getJsonArray("events")).isEmpty();
        assertThat(reminder.getJsonObject("next")).isEqualTo(second.getJsonObject("next"));
        assertThat(next().getJsonArray("events")).hasSize(1);
        // It stands for those before it.
        subscription.received(reminder.getString("receipt"));
        remindAfter(2 * LEASE_MILLIS);
        assertThat(next().getJsonArray("events")).isEmpty();
        assertThat(messages).isEmpty();
    }
}
