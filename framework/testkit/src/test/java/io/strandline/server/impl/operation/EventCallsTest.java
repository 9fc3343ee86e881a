package io.strandline.server.impl.operation;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.run;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.EventRequests.EventPage;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Payload;
import io.strandline.json.JsonCodec;
import io.strandline.log.MemoryEngine;
import io.strandline.server.ServedLog;
import io.strandline.server.security.Identity;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The operations on events in JSON, as every door calls them. */
class EventCallsTest {

    record Ordered(int amount) {}

    private static final String STREAM = "shop/orders";

    private final Vertx vertx = Vertx.vertx();
    private final Strandline log =
            get(Strandline.open(vertx, "memory:", MemoryEngine.options().setShards(2)));
    private final Context context = newContext(vertx);
    private Dispatch dispatch = dispatch(3);

    EventCallsTest() {
        get(log.catalog()
                .createStream(STREAM, new StreamOptions().setPartitions(2).setCreateScope(true)));
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private Dispatch dispatch(int maxWriters) {
        return new Dispatch(vertx, ServedLog.of(log), Door.TCP, new DispatchBounds(1 << 20, 1 << 20, maxWriters));
    }

    private <Q, R> Future<R> begin(Operation<Q, R> operation, JsonObject request) {
        return begin(context, dispatch, operation, request);
    }

    private static <Q, R> Future<R> begin(Context at, Dispatch door, Operation<Q, R> operation, JsonObject request) {
        return start(
                at,
                () -> door.call(
                        Identity.ANONYMOUS, operation, operation.request().fromJson("", request)));
    }

    private <Q, R> R call(Operation<Q, R> operation, JsonObject request) {
        return get(begin(operation, request));
    }

    private static JsonObject of(String stream) {
        return new JsonObject().put("stream", stream);
    }

    private static JsonObject event(String key, Object event) {
        return new JsonObject().put("key", key).put("event", event);
    }

    private static JsonObject appendOf(int from, int to) {
        JsonArray events = new JsonArray();
        IntStream.range(from, to).forEach(i -> events.add(event("k" + i % 3, i)));
        return of(STREAM).put("events", events);
    }

    private static JsonObject numbered(String writer, int from, int to) {
        JsonObject request = appendOf(from, to).put("writer", writer);
        JsonArray events = request.getJsonArray("events");
        IntStream.range(from, to).forEach(i -> events.getJsonObject(i - from).put("sequence", i));
        return request;
    }

    private static int numberOf(EventRecord<Payload> event) {
        return Integer.parseInt(new String(event.event().bytes(), StandardCharsets.UTF_8));
    }

    private List<Integer> all() {
        List<Integer> numbers = new ArrayList<>();
        JsonObject request = of(STREAM).put("maxEvents", 7);
        EventPage page;
        do {
            page = call(Operations.READ_PAGE, request);
            assertThat(page.events()).hasSizeLessThanOrEqualTo(7);
            page.events().forEach(event -> numbers.add(numberOf(event)));
            request.put("from", page.next().toJson());
        } while (!page.isEnd());
        return numbers;
    }

    @Test
    void pages_hold_what_was_appended_each_event_once_and_each_key_in_order() {
        List<Future<List<Appended>>> appends = new ArrayList<>();
        for (int i = 0; i < 100; i += 10) {
            appends.add(begin(Operations.APPEND_EVENTS, appendOf(i, i + 10)));
        }
        appends.forEach(append -> assertThat(get(append)).hasSize(10).noneMatch(Appended::duplicate));
        List<Integer> read = all();
        assertThat(read)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 100).boxed().toList());
        for (int key = 0; key < 3; key++) {
            int of = key;
            assertThat(read.stream().filter(i -> i % 3 == of)).isSorted();
        }
        assertThat(call(Operations.READ_PAGE, of(STREAM).put("from", "end")).events())
                .isEmpty();
        assertThat(call(Operations.READ_PAGE, of(STREAM).put("maxBytes", 1)).events())
                .hasSize(1);
    }

    @Test
    void a_codec_of_an_application_reads_them() {
        JsonObject ordered = event("k", new JsonObject().put("amount", 5))
                .put("type", "ordered")
                .put("version", 1);
        call(Operations.APPEND_EVENTS, of(STREAM).put("events", new JsonArray().add(ordered)));
        List<EventRecord<Ordered>> read = run(vertx, () -> log.read(STREAM, JsonCodec.of("ordered", 1, Ordered.class))
                .compose(reader -> reader.toList()));
        assertThat(read).extracting(EventRecord::event).containsExactly(new Ordered(5));
    }

    @Test
    void a_request_that_is_sent_again_appends_nothing() {
        assertThat(call(Operations.APPEND_EVENTS, numbered("w", 0, 10))).noneMatch(Appended::duplicate);
        assertThat(call(Operations.APPEND_EVENTS, numbered("w", 0, 10))).allMatch(Appended::duplicate);
        assertThat(call(Operations.APPEND_EVENTS, numbered("w", 5, 12)).stream().filter(Appended::duplicate))
                .hasSize(5);
        dispatch = dispatch(3); // as after a restart, or at another server
        assertThat(call(Operations.APPEND_EVENTS, numbered("w", 0, 14)).stream().filter(Appended::duplicate))
                .hasSize(12);
        assertThat(all()).hasSize(14);
    }

    @Test
    void two_servers_may_take_turns_with_one_writer() {
        LogPort port = Objects.requireNonNull(LogPort.of(log));
        Strandline elsewhere = LogPort.strandline(
                vertx,
                LogPort.class.cast(Proxy.newProxyInstance(
                        LogPort.class.getClassLoader(),
                        new Class<?>[] {LogPort.class},
                        (proxy, method, arguments) -> method.invoke(port, arguments))));
        Dispatch other =
                new Dispatch(vertx, ServedLog.of(elsewhere), Door.TCP, new DispatchBounds(1 << 20, 1 << 20, 3));
        for (int i = 0; i < 6; i++) {
            JsonObject request = numbered("w", i * 5, i * 5 + 5);
            get(begin(context, i % 2 == 0 ? dispatch : other, Operations.APPEND_EVENTS, request));
        }
        assertThat(all()).hasSize(30);
    }

    /** As {@code begin}, and a request that begins after the return is a later one. */
    private static Future<List<Appended>> append(Context at, Dispatch door, JsonObject request) {
        Promise<Void> taken = Promise.promise();
        Future<List<Appended>> appended = start(at, () -> {
            Future<List<Appended>> called = door.call(
                    Identity.ANONYMOUS,
                    Operations.APPEND_EVENTS,
                    Operations.APPEND_EVENTS.request().fromJson("", request));
            taken.complete();
            return called;
        });
        get(taken.future());
        return appended;
    }

    /** Nothing fails, nothing is taken for a repeat. All that was sent is there. */
    private void requireAll(List<Future<List<Appended>>> appends, int events) {
        appends.forEach(append -> assertThat(get(append)).noneMatch(Appended::duplicate));
        assertThat(all()).hasSize(events).doesNotHaveDuplicates();
    }

    /** Its writer makes room for that of another id in between. */
    @Test
    void requests_of_a_writer_that_are_sent_without_waiting_are_all_stored_though_no_writer_is_kept() {
        dispatch = dispatch(1);
        List<Future<List<Appended>>> appends = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            appends.add(begin(Operations.APPEND_EVENTS, numbered("w" + i % 2, i * 20, i * 20 + 20)));
        }
        requireAll(appends, 800);
    }

    @Test
    void requests_of_a_writer_that_come_on_several_event_loops_are_all_stored() {
        List<Context> loops = List.of(context, newContext(vertx), newContext(vertx));
        List<Future<List<Appended>>> appends = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            appends.add(append(loops.get(i % 3), dispatch, numbered("w", i * 20, i * 20 + 20)));
        }
        requireAll(appends, 800);
    }

    /** One of them is closed meanwhile. It has the writer. */
    @Test
    void requests_of_a_writer_that_come_at_several_doors_are_all_stored() {
        List<Dispatch> doors = List.of(dispatch, dispatch(3));
        Context other = newContext(vertx);
        List<Future<List<Appended>>> appends = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            if (i == 20) {
                start(context, dispatch::close);
            }
            int door = i < 20 ? i % 2 : 1;
            appends.add(append(door == 0 ? context : other, doors.get(door), numbered("w", i * 20, i * 20 + 20)));
        }
        dispatch = doors.get(1);
        requireAll(appends, 800);
    }

    @Test
    void more_writers_than_are_kept_open_append_all_the_same() {
        for (int i = 0; i < 20; i++) {
            call(Operations.APPEND_EVENTS, numbered("w" + i % 7, i * 2, i * 2 + 2));
        }
        assertThat(all()).hasSize(40);
    }

    @Test
    void a_stream_that_was_created_again_is_appended_to() {
        call(Operations.APPEND_EVENTS, appendOf(0, 3));
        get(log.catalog().deleteStream(STREAM));
        assertThat(refusal(begin(Operations.APPEND_EVENTS, appendOf(3, 6))))
                .isInstanceOf(StrandlineException.NotFound.class);
        get(log.catalog().createStream(STREAM, new StreamOptions()));
        call(Operations.APPEND_EVENTS, appendOf(6, 9));
        get(log.catalog().deleteStream(STREAM));
        get(log.catalog().createStream(STREAM, new StreamOptions()));
        call(Operations.APPEND_EVENTS, appendOf(9, 12));
        assertThat(all()).containsExactly(9, 10, 11);
    }

    @Test
    void an_invalid_event_keeps_the_others_out() {
        JsonObject large = appendOf(0, 3);
        large.getJsonArray("events").add(event("k", "x".repeat(1 << 20)));
        assertThat(refusal(begin(Operations.APPEND_EVENTS, large)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("events");
        JsonObject falling = numbered("w", 0, 3);
        falling.getJsonArray("events").getJsonObject(2).put("sequence", 1);
        assertThat(refusal(begin(Operations.APPEND_EVENTS, falling)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("events[2].sequence");
        JsonObject without = appendOf(0, 3).put("writer", "w");
        assertThat(refusal(begin(Operations.APPEND_EVENTS, without))).isInstanceOf(StrandlineException.Invalid.class);
        JsonObject anonymous = numbered("w", 0, 3);
        anonymous.remove("writer");
        assertThat(refusal(begin(Operations.APPEND_EVENTS, anonymous))).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(refusal(begin(Operations.APPEND_EVENTS, numbered("txn/1", 0, 3))))
                .isInstanceOf(StrandlineException.Invalid.class);
        JsonObject longKey = of(STREAM).put("events", new JsonArray().add(event("k".repeat(5_000), 1)));
        assertThat(refusal(begin(Operations.APPEND_EVENTS, longKey))).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(all()).isEmpty();
    }

    @Test
    void conditions_hold() {
        JsonArray one = new JsonArray().add(new JsonObject().put("event", 1));
        JsonObject batch = of(STREAM).put("key", "k").put("events", one.copy().add(new JsonObject().put("event", 2)));
        Appended first = call(Operations.APPEND_BATCH, batch);
        JsonObject at = of(STREAM).put("key", "k").put("events", one);
        assertThat(refusal(begin(Operations.APPEND_IF, at.copy().put("expectedOffset", first.offset()))))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(call(Operations.APPEND_IF, at.copy().put("expectedOffset", first.offset() + 2))
                        .offset())
                .isEqualTo(first.offset() + 2);
        EventPage known = call(Operations.KEY_HISTORY, of(STREAM).put("key", "k"));
        assertThat(known.events()).extracting(EventCallsTest::numberOf).containsExactly(1, 2, 1);
        assertThat(known.isEnd()).isTrue();
        JsonObject unchanged = at.copy().put("since", known.next().toJson());
        call(Operations.APPEND_IF_UNCHANGED, unchanged);
        assertThat(refusal(begin(Operations.APPEND_IF_UNCHANGED, unchanged)))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(refusal(begin(Operations.APPEND_BATCH, of(STREAM).put("events", new JsonArray()))))
                .isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void the_history_of_a_key_has_pages_in_both_directions() {
        call(Operations.APPEND_EVENTS, appendOf(0, 30));
        JsonObject request = of(STREAM).put("key", "k0").put("maxEvents", 4);
        EventPage newest = call(Operations.KEY_HISTORY, request.copy().put("direction", "backward"));
        assertThat(newest.events()).extracting(EventCallsTest::numberOf).containsExactly(27, 24, 21, 18);
        assertThat(newest.isEnd()).isFalse();
        EventPage second = call(Operations.KEY_HISTORY, request.copy().put("fromVersion", 5));
        assertThat(second.events()).extracting(EventCallsTest::numberOf).containsExactly(12, 15, 18, 21);
    }

    @Test
    void events_of_a_transaction_come_with_its_commit() {
        JsonObject lease = new JsonObject().put("transaction", "t1").put("leaseMillis", 30_000);
        call(Operations.BEGIN, lease);
        JsonObject first = appendOf(0, 5).put("transaction", "t1").put("sequence", 0);
        first.getJsonArray("events")
                .getJsonObject(0)
                .put("headers", new JsonObject().put("user", "anna"))
                .put("type", "ordered");
        call(Operations.WRITE_EVENTS, first);
        call(Operations.WRITE_EVENTS, first); // again, as after a lost answer
        call(Operations.WRITE_EVENTS, appendOf(5, 9).put("transaction", "t1").put("sequence", 1));
        assertThat(all()).isEmpty();
        call(Operations.COMMIT, new JsonObject().put("transaction", "t1"));
        assertThat(all())
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 9).boxed().toList());
        EventRecord<Payload> ordered = call(Operations.KEY_HISTORY, of(STREAM).put("key", "k0"))
                .events()
                .get(0);
        assertThat(ordered.type().name()).isEqualTo("ordered");
        assertThat(ordered.headers().text("user")).isEqualTo("anna");
    }

    @Test
    void a_page_past_the_end_and_one_of_no_stream_are_refused() {
        JsonObject past = new JsonObject().put("stream", STREAM).put("offsets", new JsonObject().put("1", 1_000));
        assertThat(refusal(begin(Operations.READ_PAGE, of(STREAM).put("from", past))))
                .isInstanceOf(StrandlineException.class);
        assertThat(refusal(begin(Operations.READ_PAGE, of("shop/none"))))
                .isInstanceOf(StrandlineException.NotFound.class);
    }
}
