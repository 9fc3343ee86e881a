package io.strandline.server;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.log.MemoryEngine;
import io.strandline.server.security.Authenticator;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Subscriptions over the event bus at a log that takes long to open them. */
class BusOpeningTest {

    private static final String STREAM = "shop/orders";
    private static final long LEASE_MILLIS = 100;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = newContext(vertx);
    private final Promise<Void> opens = Promise.promise();
    private final Strandline log = get(Strandline.open(vertx, "memory:", MemoryEngine.options()));
    private volatile boolean isAnnaThere = true;

    BusOpeningTest() {
        get(log.catalog()
                .createStream(STREAM, new StreamOptions().setPartitions(1).setCreateScope(true)));
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    /** The log, which describes a stream when {@link #opens} has completed, as an opening asks it to. */
    private Strandline slow() {
        LogPort port = Objects.requireNonNull(LogPort.of(log));
        Catalog catalog = port.catalog();
        Catalog slow = answering(
                Catalog.class, catalog, "describe", described -> opens.future().compose(open -> (Future<?>) described));
        return LogPort.strandline(vertx, answering(LogPort.class, port, "catalog", same -> slow));
    }

    /** What another one does, with another answer of one of its methods. */
    private static <T> T answering(Class<T> type, T of, String name, UnaryOperator<Object> answer) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Object result = method.invoke(of, arguments);
                    return method.getName().equals(name) ? answer.apply(result) : result;
                }));
    }

    private EventBusServer serve(ServedLog served) {
        return get(EventBusServer.serve(
                vertx,
                served,
                new EventBusOptions().setLeaseMillis(LEASE_MILLIS).setDrainMillis(LEASE_MILLIS)));
    }

    private Future<JsonObject> subscribe(EventBusServer server) {
        String address = "strandline.shop.to.slow";
        get(vertx.eventBus().<JsonObject>consumer(address, message -> {}).completion());
        JsonObject request = new JsonObject()
                .put("stream", STREAM)
                .put("address", address)
                .put("events", 1)
                .put("bytes", 1_000);
        DeliveryOptions shown = new DeliveryOptions().addHeader("Authorization", "anna");
        Future<JsonObject> subscribed = start(context, () -> vertx.eventBus()
                        .<JsonObject>request(server.address("subscribe"), request, shown))
                .map(reply -> reply.body());
        until(vertx, "a subscription that is being opened", () -> server.subscriptions() == 1);
        return subscribed;
    }

    private static JsonObject refused(Future<JsonObject> call) {
        return new JsonObject(String.valueOf(failure(call).getMessage()));
    }

    /** Nobody can give a sign for a subscription whose id he does not know yet. */
    @Test
    void a_subscription_whose_opening_takes_several_leases_is_opened() {
        EventBusServer server = serve(ServedLog.of("shop", slow()));
        long began = System.nanoTime();
        Future<JsonObject> subscribed = subscribe(server);
        until(vertx, "five leases", () -> System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(5 * LEASE_MILLIS));
        opens.complete();
        assertThat(get(subscribed).getString("subscription")).isNotEmpty();
        until(vertx, "the end of silence", () -> server.subscriptions() == 0);
    }

    @Test
    void a_subscription_that_ends_while_it_is_opened_says_why() {
        Authenticator whileThere = new Authenticator() {
            @Override
            public Future<Identity> authenticate(Credentials credentials) {
                return Future.succeededFuture(Identity.of("anna", List.of()));
            }

            @Override
            public boolean isCurrent(Identity identity) {
                return isAnnaThere;
            }
        };
        Security security = Security.of(
                whileThere,
                (who, needed, resource) -> Future.succeededFuture(true),
                new SecurityOptions().setAudit(false));
        EventBusServer server = serve(ServedLog.of("shop", slow()).secured(security));
        Future<JsonObject> subscribed = subscribe(server);
        isAnnaThere = false;
        until(vertx, "its end", () -> server.subscriptions() == 0);
        opens.complete();
        assertThat(refused(subscribed).getString("code")).isEqualTo("unauthorized");
    }

    @Test
    void a_server_that_stops_opens_no_subscription() {
        EventBusServer server = serve(ServedLog.of("shop", slow()));
        Future<JsonObject> subscribed = subscribe(server);
        Future<Void> stopped = server.close();
        until(vertx, "its end", () -> server.subscriptions() == 0);
        opens.complete();
        assertThat(refused(subscribed).getString("message")).contains("the server stops");
        get(stopped);
    }
}
