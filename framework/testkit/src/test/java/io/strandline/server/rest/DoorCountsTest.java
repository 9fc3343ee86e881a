package io.strandline.server.rest;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.server.EventBusOptions;
import io.strandline.server.EventBusServer;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.watch.DoorStatistics;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What doors count for those who watch a log, and that they count down what is gone. */
class DoorCountsTest {

    private static final String FOLLOW = "GET " + ServedShop.AT
            + "/events?follow=true HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";

    private final ServedShop shop = new ServedShop(new RestOptions().setMaxOpenStreams(1));

    @AfterEach
    void close() {
        shop.close();
    }

    private void untilCounted(Door door, String what, Predicate<DoorStatistics> counted) {
        until(shop.vertx, what, () -> counted.test(shop.served.counts(door).statistics()));
    }

    @Test
    void connections_and_waits_over_tcp() {
        shop.createStream(1);
        StrandlineServer server = get(StrandlineServer.listen(
                shop.serverVertx, shop.served, new ServerOptions().setPort(0).setMaxConnections(1)));
        Strandline client = get(Strandline.open(shop.vertx, "tcp://127.0.0.1:" + server.port()));
        get(start(
                newContext(shop.vertx), () -> client.subscribe(ServedShop.STREAM, EventCodec.raw(), new ReaderOptions())
                        .onSuccess(reader -> reader.handler(event -> {}))));
        untilCounted(
                Door.TCP,
                "a client that waits",
                of -> of.connections() == 1 && of.streams() == 1 && of.overloaded() == 0);
        get(RawHttp.connect(shop.vertx, server.port()).closed());
        untilCounted(Door.TCP, "one too many", of -> of.connections() == 1 && of.overloaded() == 1);
        get(client.close());
        untilCounted(Door.TCP, "nobody", of -> of.connections() == 0 && of.streams() == 0 && of.overloaded() == 1);
    }

    @Test
    void streams_that_stay_open_over_rest() {
        shop.createStream(1);
        RawHttp follows = RawHttp.connect(shop.vertx, shop.server.port()).send(FOLLOW);
        untilCounted(Door.REST, "an open stream", of -> of.connections() == 1 && of.streams() == 1);
        RawHttp other = RawHttp.connect(shop.vertx, shop.server.port()).send(FOLLOW);
        untilCounted(
                Door.REST, "one too many", of -> of.connections() == 2 && of.overloaded() == 1 && of.streams() == 1);
        follows.close();
        other.close();
        untilCounted(Door.REST, "nobody", of -> of.connections() == 0 && of.streams() == 0 && of.overloaded() == 1);
    }

    @Test
    void callers_without_valid_credentials() {
        Security security = Security.of(
                shown -> Future.failedFuture(new StrandlineException.Unauthorized("not valid")),
                (who, needed, resource) -> Future.succeededFuture(true),
                new SecurityOptions().setAudit(false));
        RestServer secured =
                get(RestServer.listen(shop.serverVertx, shop.served.secured(security), new RestOptions().setPort(0)));
        assertThat(new Http(shop.vertx, secured.port()).get("/v1/scopes").status())
                .isEqualTo(401);
        assertThat(shop.served.doors())
                .singleElement()
                .satisfies(of -> assertThat(of.door()).isEqualTo("rest"))
                .satisfies(of -> assertThat(of.refused()).isOne());
    }

    @Test
    void subscriptions_of_the_event_bus() {
        shop.createStream(1);
        get(EventBusServer.serve(shop.serverVertx, shop.served, new EventBusOptions().setMaxSubscriptions(1)));
        JsonObject subscribe = new JsonObject()
                .put("stream", ServedShop.STREAM)
                .put("address", "strandline.shop.to.me")
                .put("events", 10)
                .put("bytes", 10_000);
        shop.serverVertx.eventBus().consumer("strandline.shop.to.me", message -> {});
        String id = get(call("subscribe", subscribe)).getString("subscription");
        untilCounted(Door.EVENT_BUS, "a subscription", of -> of.streams() == 1 && of.overloaded() == 0);
        assertThat(failure(call("subscribe", subscribe))).isNotNull();
        untilCounted(Door.EVENT_BUS, "one too many", of -> of.streams() == 1 && of.overloaded() == 1);
        get(call("cancel", new JsonObject().put("stream", ServedShop.STREAM).put("subscription", id)));
        untilCounted(Door.EVENT_BUS, "nobody", of -> of.streams() == 0);
        assertThat(shop.served.doors()).extracting(DoorStatistics::door).containsExactly("bus", "rest");
    }

    private Future<JsonObject> call(String operation, JsonObject request) {
        return shop.serverVertx
                .eventBus()
                .<JsonObject>request("strandline.shop." + operation, request)
                .map(reply -> reply.body());
    }
}
