package io.strandline.server;

import static io.strandline.log.Applications.atSomePace;
import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.ReaderOptions;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.WriterOptions;
import io.strandline.client.ClientOptions;
import io.strandline.client.wire.Failures;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameReader;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.Welcome;
import io.strandline.client.wire.WireOutput;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A log in another process: what it does, and what it says of itself. */
class ServedLogTest extends OnServedLog {

    private static final long FAR_MILLIS = 3_000_000;

    @Test
    void what_is_appended_there_is_read_here_and_the_other_way_round() {
        createStream(4);
        Strandline remote = connect();
        Context context = newContext(vertx);
        EventWriter<Buffer> writer = writer(context, remote, new WriterOptions());
        List<Appended> appended = get(append(context, writer, 0, 5_000));
        assertThat(appended).hasSize(5_000).noneMatch(Appended::duplicate);
        assertThat(readAll(local)).containsExactlyInAnyOrderElementsOf(numbers(5_000));
        assertThat(readAll(remote)).isEqualTo(readAll(local));
        get(remote.close());
        until(vertx, "the connection is gone", () -> server.connections() == 0);
    }

    static List<Integer> numbers(int to) {
        return IntStream.range(0, to).boxed().toList();
    }

    @Test
    void a_subscription_sees_events_as_they_come() {
        createStream(4);
        Strandline remote = connect();
        AtomicInteger seen = new AtomicInteger();
        get(start(newContext(vertx), () -> remote.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())
                .onSuccess(reader -> reader.handler(event -> seen.incrementAndGet()))));
        Context context = newContext(serverVertx);
        EventWriter<Buffer> writer = writer(context, local, new WriterOptions());
        get(append(context, writer, 0, 100));
        until(vertx, "the first events", () -> seen.get() == 100);
        get(append(context, writer, 100, 300));
        until(vertx, "the next events", () -> seen.get() == 300);
    }

    @Test
    void futures_complete_on_the_callers_context() {
        createStream(1);
        Strandline remote = connect();
        Context context = newContext(vertx);
        EventWriter<Buffer> writer = writer(context, remote, new WriterOptions());
        Context ofAppend =
                get(start(context, () -> writer.append(Buffer.buffer("1")).map(appended -> Vertx.currentContext())));
        assertThat(ofAppend).isSameAs(context);
        Context ofCatalog =
                get(start(context, () -> remote.catalog().describe(STREAM).map(described -> Vertx.currentContext())));
        assertThat(ofCatalog).isSameAs(context);
    }

    @Test
    void policies_are_told_as_they_were_set_last() {
        createStream(1);
        Strandline remote = connect();
        for (Strandline log : List.of(local, remote)) {
            assertThat(get(log.catalog().policies(STREAM)))
                    .isEqualTo(new StreamPolicies(ScalingPolicy.fixed(), Retention.everything()));
            assertThat(refusal(log.catalog().policies("shop/none"))).isInstanceOf(StrandlineException.NotFound.class);
        }
        ScalingPolicy byRate = ScalingPolicy.byteRate(5_000).withPartitions(1, 4);
        get(remote.catalog().setScaling(STREAM, byRate));
        get(local.catalog().setRetention(STREAM, Retention.maxBytes(1 << 30)));
        for (Strandline log : List.of(local, remote)) {
            assertThat(get(log.catalog().policies(STREAM)))
                    .isEqualTo(new StreamPolicies(byRate, Retention.maxBytes(1 << 30)));
        }
    }

    @Test
    void failures_cross_with_their_kind_and_message() {
        createStream(1);
        Strandline remote = connect();
        for (Strandline log : List.of(local, remote)) {
            assertThat(refusal(log.catalog().describe("shop/none")))
                    .isInstanceOf(StrandlineException.NotFound.class)
                    .hasMessageContaining("shop/none");
            assertThat(refusal(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(9))))
                    .isInstanceOf(StrandlineException.Conflict.class)
                    .hasMessageContaining("partitions is 1, not 9");
            assertThat(refusal(log.catalog().createStream("_strandline/mine", new StreamOptions())))
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
    }

    @Test
    void it_promises_nothing_that_a_lock_would_have_to_prove() {
        Strandline remote = connect();
        LogPort port = Objects.requireNonNull(LogPort.of(remote));
        assertThat(port.opening()).isEqualTo(LogPort.UNKNOWN_OPENING);
        assertThat(port.sideFiles("checkpoints")).isNull();
    }

    @Test
    void a_named_writer_fences_its_predecessor_in_another_process() {
        createStream(1);
        Strandline remote = connect();
        Context there = newContext(serverVertx);
        EventWriter<Buffer> first = writer(there, local, new WriterOptions().setId("importer"));
        get(append(there, first, 0, 1));
        Context here = newContext(vertx);
        EventWriter<Buffer> second = writer(here, remote, new WriterOptions().setId("importer"));
        get(append(here, second, 1, 2));
        assertThat(failure(append(there, first, 2, 3))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(readAll(remote)).containsExactly(0, 1);
    }

    @Test
    void a_server_that_stops_and_one_that_takes_its_place_cost_no_error() {
        createStream(4);
        Strandline remote = connect();
        Context context = newContext(vertx);
        EventWriter<Buffer> writer = writer(context, remote, new WriterOptions());
        Future<List<Appended>> first = append(context, writer, 0, 20_000);
        int port = server.port();
        get(server.close());
        assertThat(server.connections()).isZero();
        Future<Boolean> created = remote.catalog().createScope("later");
        Future<List<Appended>> second = append(context, writer, 20_000, 30_000);
        server = get(listenAgain(port));
        get(first);
        get(second);
        assertThat(get(created)).isTrue();
        assertThat(readAll(local)).containsExactlyInAnyOrderElementsOf(numbers(30_000));
    }

    @Test
    void the_next_address_serves_when_one_is_gone() {
        createStream(1);
        StrandlineServer other = get(listen(0));
        Strandline remote = get(Strandline.open(
                vertx, "tcp://127.0.0.1:" + server.port() + ",127.0.0.1:" + other.port(), clientOptions()));
        assertThat(server.connections()).isEqualTo(1);
        get(server.close());
        Context context = newContext(vertx);
        get(append(context, writer(context, remote, new WriterOptions()), 0, 10));
        assertThat(other.connections()).isEqualTo(1);
        get(other.close());
    }

    /** The log of a server whose answers to one kind of call come when the test says so. */
    private Strandline holding(Future<Void> until) {
        LogPort port = Objects.requireNonNull(LogPort.of(local));
        return LogPort.strandline(serverVertx, (LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(), new Class<?>[] {LogPort.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(port, arguments);
                    return method.getName().equals("layout") ? until.compose(free -> (Future<?>) result) : result;
                }));
    }

    private void pass(long millis) {
        Promise<Void> passed = Promise.promise();
        vertx.setTimer(millis, due -> passed.complete());
        get(passed.future());
    }

    /** One call is served for longer than another may be without a connection, which waits for room until the connection is lost. */
    private void requireThatCallsGoOn(boolean isStopped) {
        createStream(1);
        atSomePace("calls that waited for room go on", 1_000, millis -> {
            Promise<Void> free = Promise.promise();
            ServerOptions one = new ServerOptions()
                    .setMaxRequestsInFlight(1)
                    .setIdleMillis(FAR_MILLIS)
                    .setDrainMillis(60_000);
            StrandlineServer busy = get(StrandlineServer.listen(serverVertx, holding(free.future()), one.setPort(0)));
            StrandlineServer next = get(listen(0));
            BadLine line = new BadLine(serverVertx, busy.port());
            get(line.listen());
            Strandline remote = get(Strandline.open(
                    vertx,
                    "tcp://127.0.0.1:" + line.port() + (isStopped ? ",127.0.0.1:" + next.port() : ""),
                    new ClientOptions().setCallTimeoutMillis(millis).setSilenceMillis(FAR_MILLIS)));
            LogPort port = Objects.requireNonNull(LogPort.of(remote));
            StreamName orders = StreamName.parse(STREAM);
            Future<StreamDescription> served = port.layout(orders);
            Future<StreamDescription> waiting = port.layout(orders);
            pass(millis + 100);
            assertThat(waiting.isComplete()).isFalse();
            Future<Void> stopped = Future.succeededFuture();
            if (isStopped) {
                stopped = busy.close();
            } else {
                line.stall();
                line.cut();
            }
            pass(300); // three looks of the client at what waits
            free.complete();
            line.resume();
            boolean isServed = get(Future.join(served, waiting)
                    .transform((answers, failure) -> Future.succeededFuture(failure == null)));
            get(remote.close());
            get(stopped);
            get(next.close());
            get(busy.close());
            return isServed;
        });
    }

    @Test
    void calls_that_waited_for_room_go_on_when_the_server_stops() {
        requireThatCallsGoOn(true);
    }

    @Test
    void calls_that_waited_for_room_go_on_when_the_connection_is_lost() {
        requireThatCallsGoOn(false);
    }

    @Test
    void nobody_there_is_unavailable_with_the_address() {
        int port = server.port();
        get(server.close());
        assertThat(refusal(Strandline.open(
                        vertx, "tcp://127.0.0.1:" + port, new ClientOptions().setCallTimeoutMillis(200))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("tcp://127.0.0.1:" + port)
                .hasMessageContaining("within 200 ms");
    }

    @Test
    void a_call_without_a_connection_fails_after_its_time() {
        Strandline remote = get(Strandline.open(
                vertx, "tcp://127.0.0.1:" + server.port(), clientOptions().setCallTimeoutMillis(300)));
        get(server.close());
        assertThat(refusal(remote.catalog().scopes())).isInstanceOf(StrandlineException.Unavailable.class);
        get(remote.close());
        assertThat(refusal(remote.catalog().scopes()))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void calls_beyond_the_limit_are_overloaded() {
        Strandline remote = get(Strandline.open(
                vertx,
                "tcp://127.0.0.1:" + server.port(),
                clientOptions().setMaxCalls(5).setCallTimeoutMillis(500)));
        get(server.close());
        List<Future<List<String>>> calls =
                IntStream.range(0, 6).mapToObj(i -> remote.catalog().scopes()).toList();
        assertThat(refusal(calls.get(5)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("5 calls");
        assertThat(refusal(calls.get(4))).isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void a_server_is_refused_where_it_would_be_open_to_others() {
        assertThat(refusal(StrandlineServer.listen(serverVertx, local, new ServerOptions().setHost("0.0.0.0"))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("0.0.0.0")
                .hasMessageContaining("insecure");
        StrandlineServer open = get(StrandlineServer.listen(
                serverVertx,
                local,
                new ServerOptions().setHost("0.0.0.0").setPort(0).setInsecure(true)));
        get(open.close());
        assertThat(refusal(StrandlineServer.listen(
                        serverVertx,
                        local,
                        new ServerOptions().setHost("127.0.0.1").setPort(70_000))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("70000");
    }

    @Test
    void what_closes_before_the_log_can_still_use_it() {
        Vertx own = Vertx.vertx();
        Strandline remote = get(Strandline.open(own, "tcp://127.0.0.1:" + server.port(), clientOptions()));
        Promise<List<String>> lastCall = Promise.promise();
        CloseOnce.with(own, CloseOnce.Stage.PROCESSING, "a last step", () -> {
            Promise<Void> later = Promise.promise();
            own.setTimer(200, due -> remote.catalog()
                    .scopes()
                    .onComplete(lastCall)
                    .<Void>mapEmpty()
                    .onComplete(later));
            return later.future();
        });
        get(own.close());
        assertThat(get(lastCall.future())).isEmpty();
    }

    @Test
    void an_opening_fails_unavailable_when_its_vertx_closes() {
        int port = server.port();
        get(server.close());
        Vertx own = Vertx.vertx();
        Future<Strandline> opening = Strandline.open(own, "tcp://127.0.0.1:" + port, clientOptions());
        get(own.close());
        assertThat(refusal(opening))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("tcp://127.0.0.1:" + port)
                .hasMessageContaining("was not opened: its Vert.x instance is closed");
        assertThat(refusal(Strandline.open(own, "tcp://127.0.0.1:" + port, clientOptions())))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void an_opening_is_answered_wherever_a_close_of_its_vertx_meets_it() {
        for (int round = 0; round < 8; round++) {
            Vertx own = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
            Future<Strandline> opening = Strandline.open(own, "tcp://127.0.0.1:" + server.port(), clientOptions());
            if (round % 2 == 0) {
                until(vertx, "a connection", () -> server.connections() > 0 || opening.isComplete());
            }
            get(own.close());
            get(opening.transform(answered -> Future.succeededFuture()));
            until(vertx, "no connection is left", () -> server.connections() == 0);
        }
    }

    @Test
    void a_frame_that_holds_no_largest_event_is_refused_with_both_numbers() {
        int small = 1 << 20;
        assertThat(refusal(StrandlineServer.listen(
                        serverVertx, local, new ServerOptions().setPort(0).setMaxFrameBytes(small))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("maxFrameBytes is " + small)
                .hasMessageContaining("needs " + (small + Frame.BESIDE_EVENT_BYTES));
        assertThat(refusal(Strandline.open(
                        vertx,
                        "tcp://127.0.0.1:" + server.port(),
                        clientOptions().setMaxFrameBytes(small))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("maxFrameBytes is " + small)
                .hasMessageContaining("needs " + (small + Frame.BESIDE_EVENT_BYTES));
    }

    @Test
    void a_largest_event_crosses_in_the_shortest_frame_that_is_permitted() {
        createStream(1);
        int largest = Objects.requireNonNull(LogPort.of(local)).maxEventBytes();
        int frame = largest + Frame.BESIDE_EVENT_BYTES;
        StrandlineServer tight = get(StrandlineServer.listen(
                serverVertx, local, new ServerOptions().setPort(0).setMaxFrameBytes(frame)));
        Strandline remote = get(Strandline.open(
                vertx, "tcp://127.0.0.1:" + tight.port(), clientOptions().setMaxFrameBytes(frame)));
        Context context = newContext(vertx);
        EventWriter<Buffer> writer = writer(context, remote, new WriterOptions());
        get(start(context, () -> writer.append("k".repeat(4_096), Buffer.buffer(new byte[largest - 5_000]))));
    }

    @Test
    void appends_with_many_long_conditions_cross() {
        createStream(1);
        Strandline remote = connect();
        Context context = newContext(vertx);
        EventWriter<Buffer> writer = writer(context, remote, new WriterOptions());
        StreamCut since = get(remote.catalog().startCut(STREAM));
        List<KeyCondition> others = IntStream.range(0, EventWriter.MAX_KEY_CONDITIONS)
                .mapToObj(i -> KeyCondition.unchanged(i + "x".repeat(4_000), since))
                .toList();
        get(start(
                context,
                () -> Future.join(IntStream.range(0, 40)
                        .mapToObj(i -> writer.appendIfUnchanged(
                                "key" + i, List.of(Buffer.buffer("1")), since, others, Headers.NONE))
                        .toList())));
    }

    /** A server of another kind: it answers every connection with this. */
    private int answering(FrameType type, WireOutput message) {
        return get(vertx.createNetServer()
                        .connectHandler(socket -> socket.handler(
                                greeting -> socket.write(Buffer.buffer(FrameWriter.bytesOf(type, 0, 0, message)))))
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    @Test
    void a_client_gives_signs_of_life_as_often_as_its_server_needs_them() {
        AtomicInteger pings = new AtomicInteger();
        WireOutput welcome = new WireOutput();
        new Welcome(1, 1, 1 << 20, 16 << 20, 100, 1 << 20, 100, 600, "").write(welcome);
        int port = get(vertx.createNetServer()
                        .connectHandler(socket -> socket.handler(new FrameReader(frame -> {
                            if (frame.type() == FrameType.HELLO) {
                                socket.write(Buffer.buffer(FrameWriter.bytesOf(FrameType.WELCOME, 0, 0, welcome)));
                            } else if (frame.type() == FrameType.PING) {
                                pings.incrementAndGet();
                            }
                        })::read))
                        .listen(0, "127.0.0.1"))
                .actualPort();
        get(Strandline.open(
                vertx,
                "tcp://127.0.0.1:" + port,
                new ClientOptions().setSilenceMillis(3_600_000).setPingMillis(600_000)));
        until(vertx, "signs of life", () -> pings.get() >= 2);
    }

    @Test
    void a_server_that_refuses_does_not_end_an_opening_that_the_next_one_grants() {
        WireOutput refusal = new WireOutput();
        Failures.write(refusal, new StrandlineException.Invalid("not\nyou\u001b[31m"));
        int refusing = answering(FrameType.FAILURE, refusal);
        String address = "tcp://127.0.0.1:" + refusing;
        Strandline remote = get(Strandline.open(vertx, address + ",127.0.0.1:" + server.port(), clientOptions()));
        assertThat(get(remote.catalog().scopes())).isEmpty();
        assertThat(refusal(Strandline.open(vertx, address + ",127.0.0.1:" + refusing, clientOptions())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessage("not you [31m");
    }

    /** Vert.x would give each of them some of the clients of both. */
    @Test
    void a_server_and_a_rest_server_of_one_instance_have_ports_of_their_own() {
        ServedLog served = ServedLog.of(local);
        RestServer rest = get(RestServer.listen(serverVertx, served, new RestOptions().setPort(0)));
        assertThat(rest.port()).isNotEqualTo(server.port());
        assertThat(refusal(RestServer.listen(serverVertx, served, new RestOptions().setPort(server.port()))))
                .isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(refusal(listen(rest.port()))).isInstanceOf(StrandlineException.Unavailable.class);
        get(rest.close());
        get(listenAgain(rest.port()).compose(StrandlineServer::close));
    }

    @Test
    void a_port_that_is_taken_is_unavailable_also_by_a_server_of_the_same_instance() {
        assertThat(refusal(listen(server.port())))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining(":" + server.port());
        assertThat(refusal(StrandlineServer.listen(vertx, local, new ServerOptions().setPort(server.port()))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining(":" + server.port());
    }
}
