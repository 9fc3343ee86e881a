package io.strandline.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.Direction;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.HistoryOptions;
import io.strandline.NewEvent;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Retention;
import io.strandline.Sequence;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineVerticle;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.WriterOptions;
import io.strandline.json.JsonCodec;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The guide's examples of opening, writing, reading, transactions, scaling and retention. */
class GuideLogTest extends GuideLog {

    // ---- what an application writes

    // GUIDE: begin main
    static Future<?> startShop(Vertx vertx, String address) {
        return vertx.deployVerticle(new StrandlineVerticle(address)) // "file:./data"
                .compose(opened -> vertx.deployVerticle(OrderVerticle::new, new DeploymentOptions().setInstances(2)));
    }
    // GUIDE: end main

    // GUIDE: begin back-pressure
    /** Appends as fast as the log takes it. Completes when all is durable, and fails if anything is not. */
    static Future<Void> appendAll(EventWriter<Order> writer, Iterator<Order> orders) {
        Promise<Void> done = Promise.promise();
        writer.drainHandler(drained -> fill(writer, orders, done));
        fill(writer, orders, done);
        return done.future();
    }

    static void fill(EventWriter<Order> writer, Iterator<Order> orders, Promise<Void> done) {
        while (orders.hasNext() && !writer.writeQueueFull()) {
            Order order = orders.next();
            writer.append(order.customer(), order).onFailure(done::tryFail);
        }
        if (!orders.hasNext()) {
            writer.flush().onSuccess(done::tryComplete);
        }
    }
    // GUIDE: end back-pressure

    // GUIDE: begin failed-appends
    /** Appends all and keeps no future. Fails if anything is not in the log. */
    static Future<Void> appendAndCount(EventWriter<Order> writer, List<Order> orders) {
        orders.forEach(order -> writer.append(order.customer(), order));
        return writer.end()
                .compose(done -> writer.failedAppends() == 0
                        ? Future.succeededFuture()
                        : Future.failedFuture(writer.firstFailure()));
    }
    // GUIDE: end failed-appends

    // GUIDE: begin import
    /** Imports a file. After any failure it is simply started again: the log drops the lines that it has. */
    static Future<Void> importFile(Strandline log, List<Order> lines) {
        WriterOptions options = new WriterOptions().setId("import-2026-11");
        return log.createWriter("shop/orders", Order.CODEC, options).compose(writer -> {
            List<Future<Appended>> appends = new ArrayList<>();
            for (int line = 0; line < lines.size(); line++) {
                Order order = lines.get(line);
                appends.add(writer.append(order.customer(), order, Sequence.of(line)));
            }
            return Future.all(appends).eventually(writer::end).mapEmpty();
        });
    }
    // GUIDE: end import

    static Future<Appended> append(EventWriter<Order> writer, Order order, String user) {
        Headers headers = Headers.of(Headers.USER, user).with("channel", "web");
        return writer.append(NewEvent.of(order.customer(), order).with(headers));
    }

    // GUIDE: begin read
    /** All orders from a time until now. */
    static Future<List<EventRecord<Order>>> ordersSince(Strandline log, long millis) {
        ReaderOptions options = new ReaderOptions().setFrom(StartPosition.time(millis));
        return log.read("shop/orders", Order.CODEC, options).compose(EventReader::toList);
    }
    // GUIDE: end read

    /** The last ten orders of a customer, the newest first. */
    static Future<List<Order>> lastOrders(Strandline log, String customer) {
        HistoryOptions options =
                new HistoryOptions().setDirection(Direction.BACKWARD).setLimit(10);
        return log.history("shop/orders", customer, Order.CODEC, options)
                .compose(reader -> reader.collect(Collectors.mapping(EventRecord::event, Collectors.toList())));
    }

    /** Hands over every order from now on, and says so if it cannot go on. */
    static Future<EventReader<Order>> follow(Strandline log, Handler<EventRecord<Order>> handler) {
        return log.subscribe("shop/orders", Order.CODEC, new ReaderOptions().setFrom(StartPosition.end()))
                .onSuccess(reader -> reader.exceptionHandler(
                                failure -> System.err.println("stopped at " + reader.position() + ": " + failure))
                        .handler(handler));
    }

    // GUIDE: begin transaction
    static Future<TransactionStatus> placeTwo(Strandline log, Order first, Order second) {
        return log.transactions().begin().compose(transaction -> {
            transaction.append("shop/orders", Order.CODEC, first.customer(), first);
            transaction.append("shop/orders", Order.CODEC, second.customer(), second);
            return transaction.commit();
        });
    }
    // GUIDE: end transaction

    // GUIDE: begin split
    /** Splits the first partition into two. */
    static Future<StreamDescription> split(Strandline log) {
        return log.catalog().describe("shop/orders").compose(stream -> {
            PartitionDescription first = stream.partitions().get(0);
            return log.catalog()
                    .scale("shop/orders", Set.of(first.id()), first.keys().halves());
        });
    }
    // GUIDE: end split

    static Future<Void> keepThirtyDays(Strandline log) {
        return log.catalog()
                .setRetention(
                        "shop/orders", Retention.maxAge(Duration.ofDays(30).toMillis()));
    }

    // ---- what it does

    private static List<Order> orders(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Order("customer-" + i % 7, "tea", i))
                .toList();
    }

    private List<Order> all() {
        return run(() -> ordersSince(log, 0)).stream().map(EventRecord::event).toList();
    }

    private void append(List<Order> orders) {
        run(() -> log.createWriter(ORDERS, Order.CODEC).compose(writer -> appendAll(writer, orders.iterator())));
    }

    @Test
    void two_verticles_append_what_comes_over_the_event_bus() {
        get(startShop(vertx, "memory:"));
        JsonObject order = JsonObject.mapFrom(new Order("customer-7", "tea", 2));
        List<Long> offsets = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            offsets.add(get(vertx.eventBus().<Long>request("orders", order)).body());
        }
        assertThat(offsets).containsExactly(0L, 1L);
        Strandline opened = get(StrandlineVerticle.log(vertx));
        assertThat(run(() -> lastOrders(opened, "customer-7"))).hasSize(2);
    }

    @Test
    void the_configuration_that_the_guide_shows_opens_its_log() throws IOException {
        String guide = Files.readString(Path.of("../GUIDE.md"));
        int begin = guide.indexOf("```json\n") + "```json\n".length();
        JsonObject config = new JsonObject(guide.substring(begin, guide.indexOf("\n```", begin)));
        config.getJsonObject("strandline").put("address", "memory:");
        get(vertx.deployVerticle(ShopVerticle.class.getName(), new DeploymentOptions().setConfig(config)));
        JsonObject order = JsonObject.mapFrom(new Order("customer-7", "tea", 2));
        assertThat(get(vertx.eventBus().<Long>request("orders", order)).body()).isZero();
        Strandline opened = get(StrandlineVerticle.log(vertx));
        assertThat(get(opened.catalog().describe(ORDERS)).partitions())
                .extracting(PartitionDescription::shard)
                .contains(0, 1);
    }

    @Test
    void a_writer_takes_more_than_its_queue_holds() {
        WriterOptions small = new WriterOptions().setWriteQueueBytes(1_000);
        run(() -> log.createWriter(ORDERS, Order.CODEC, small)
                .compose(writer -> appendAll(writer, orders(1_000).iterator())));
        assertThat(all()).hasSize(1_000);
    }

    @Test
    void a_writer_tells_whether_all_is_in_the_log() {
        run(() -> log.createWriter(ORDERS, Order.CODEC).compose(writer -> appendAndCount(writer, orders(100))));
        assertThat(all()).hasSize(100);
        WriterOptions small = new WriterOptions().setWriteQueueBytes(1_000).setMaxUnacknowledgedBytes(2_000);
        String outcome = run(() -> log.createWriter(ORDERS, Order.CODEC, small)
                .compose(writer -> appendAndCount(writer, orders(100)).map("all"))
                .otherwise(Throwable::getMessage));
        assertThat(outcome).contains("are unacknowledged, the limit is 2000");
    }

    @Test
    void an_import_that_is_started_again_repeats_nothing() {
        List<Order> lines = orders(100);
        run(() -> importFile(log, lines.subList(0, 60)));
        run(() -> importFile(log, lines));
        assertThat(all()).containsExactlyInAnyOrderElementsOf(lines);
    }

    @Test
    void a_history_is_read_backward_and_headers_come_along() {
        append(orders(100));
        run(() -> log.createWriter(ORDERS, Order.CODEC)
                .compose(writer -> append(writer, new Order("customer-3", "cocoa", 1), "anna")));
        assertThat(run(() -> lastOrders(log, "customer-3")))
                .hasSize(10)
                .startsWith(new Order("customer-3", "cocoa", 1), new Order("customer-3", "tea", 94));
        EventRecord<Order> last = run(() -> log.history(ORDERS, "customer-3", Order.CODEC)
                        .compose(reader -> reader.collect(Collectors.reducing((before, after) -> after))))
                .orElseThrow();
        assertThat(last.headers().text(Headers.USER)).isEqualTo("anna");
        assertThat(last.headers().text("channel")).isEqualTo("web");
    }

    @Test
    void a_subscription_begins_at_the_end() {
        append(orders(10));
        Promise<Order> seen = Promise.promise();
        run(() -> follow(log, record -> seen.tryComplete(record.event())));
        append(List.of(new Order("customer-1", "coffee", 1)));
        assertThat(get(seen.future())).isEqualTo(new Order("customer-1", "coffee", 1));
    }

    @Test
    void a_transaction_shows_both_orders() {
        Order first = new Order("customer-1", "tea", 1);
        Order second = new Order("customer-2", "tea", 2);
        assertThat(run(() -> placeTwo(log, first, second))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(all()).containsExactlyInAnyOrder(first, second);
    }

    @Test
    void a_stream_is_split_and_its_retention_changed() {
        assertThat(run(() -> split(log)).partitions()).hasSize(5);
        run(() -> keepThirtyDays(log));
        append(orders(20));
        assertThat(all()).hasSize(20);
    }

    // ---- codecs

    /** What version 1 of the event was. */
    record PlacedBefore(String customer, int pieces) {}

    @Test
    void an_old_version_is_read_as_the_new_one() {
        get(log.catalog().createStream("shop/events", new StreamOptions()));
        EventCodec<PlacedBefore> before = JsonCodec.of("placed", 1, PlacedBefore.class);
        run(() -> log.createWriter("shop/events", before)
                .compose(writer -> writer.append("customer-1", new PlacedBefore("customer-1", 3))));
        run(() -> log.createWriter("shop/events", OrderEvent.CODEC)
                .compose(writer -> writer.append("customer-1", new OrderEvent.Shipped("post"))));
        List<OrderEvent> events = run(() -> log.history("shop/events", "customer-1", OrderEvent.CODEC)
                .compose(reader -> reader.collect(Collectors.mapping(EventRecord::event, Collectors.toList()))));
        assertThat(events)
                .containsExactly(new OrderEvent.Placed("customer-1", 3, "EUR"), new OrderEvent.Shipped("post"));
    }
}
