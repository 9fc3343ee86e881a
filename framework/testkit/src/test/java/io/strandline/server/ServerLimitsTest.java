package io.strandline.server;

import static io.strandline.log.Applications.atSomePace;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Durability;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.ExposedRequests.ResetGroup;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.client.wire.Failures;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.Hello;
import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ReadSlice;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one client can cost a server, and what ends its connection. */
class ServerLimitsTest extends OnServedLog {

    private static final long FAR_MILLIS = 3_000_000;
    private static final int LARGE_BYTES = 60_000;

    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicInteger waits = new AtomicInteger();
    private final List<RawClient> clients = new ArrayList<>();

    private StrandlineServer limited(ServerOptions options) {
        LogPort port = LogPort.of(local);
        LogPort counting = (LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(), new Class<?>[] {LogPort.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("layout")) {
                        throw new OutOfMemoryError("no room for what " + arguments[0] + " needs");
                    }
                    Object result = method.invoke(port, arguments);
                    switch (method.getName()) {
                        case "read" -> ((Future<?>) result).onSuccess(slice -> count((ReadSlice) slice));
                        case "awaitEvents" -> {
                            waits.incrementAndGet();
                            ((Future<?>) result).onComplete(done -> waits.decrementAndGet());
                        }
                        default -> {}
                    }
                    return result;
                });
        return get(StrandlineServer.listen(serverVertx, LogPort.strandline(serverVertx, counting), options.setPort(0)));
    }

    private void count(ReadSlice slice) {
        slice.segments().forEach(segment -> bytesRead.addAndGet(segment.to() - segment.from()));
    }

    private RawClient client(StrandlineServer at) {
        RawClient client = get(RawClient.connect(vertx, at.port()));
        clients.add(client);
        return client;
    }

    @AfterEach
    void closeClients() {
        clients.forEach(client -> get(client.socket().close().otherwiseEmpty()));
    }

    private RawClient greeted(StrandlineServer at) {
        RawClient client = client(at).greet();
        until(vertx, "the greeting", () -> !client.of(FrameType.WELCOME).isEmpty());
        return client;
    }

    private static StrandlineException failureOf(Frame frame) {
        return Failures.read(new WireInput(frame), true).failure();
    }

    private PartitionDescription filledPartition(int events) {
        createStream(1);
        Context context = newContext(serverVertx);
        get(append(context, writer(context, local, new WriterOptions()), 0, events));
        return get(local.catalog().describe(STREAM)).partitions().get(0);
    }

    /** A partition with so many events of {@value #LARGE_BYTES} bytes, each in a batch of its own. */
    private PartitionDescription largeEvents(int events) {
        createStream(1);
        Context context = newContext(serverVertx);
        EventWriter<Buffer> writer = writer(context, local, new WriterOptions());
        for (int i = 0; i < events; i++) {
            get(start(context, () -> writer.append(Buffer.buffer(new byte[LARGE_BYTES]))));
        }
        return get(local.catalog().describe(STREAM)).partitions().get(0);
    }

    @Test
    void a_client_that_never_reads_costs_a_bounded_number_of_bytes() {
        PartitionDescription partition = largeEvents(1);
        int replyBytes = 256 << 10;
        int readBytes = 64 << 10;
        StrandlineServer limited = limited(new ServerOptions()
                .setMaxReplyBytes(replyBytes)
                .setMaxReadBytes(readBytes)
                .setMaxRequestsInFlight(10_000)
                .setIdleMillis(FAR_MILLIS)
                .setStallMillis(FAR_MILLIS));
        RawClient greedy = greeted(limited);
        greedy.socket().pause();
        int requests = 1_000;
        for (int i = 0; i < requests; i++) {
            greedy.call(Operations.READ_EVENTS, i + 1, new Requests.Read(partition, 0, 1 << 20));
        }
        // Another client goes on meanwhile, and the greedy one has more than enough time.
        RawClient other = greeted(limited);
        for (int i = 0; i < 200; i++) {
            int answered = i + 1;
            other.call(Operations.SCOPES, answered, Nothing.NOTHING);
            until(
                    vertx,
                    "an answer for the other",
                    () -> other.of(FrameType.REPLY).size() == answered);
        }
        long socketBuffers = 24 << 20; // what the kernel takes off the server's hands, on both sides
        assertThat(bytesRead.get())
                .isLessThan(replyBytes + readBytes + socketBuffers)
                .isPositive();

        greedy.socket().resume();
        until(vertx, "all answers", () -> greedy.of(FrameType.REPLY).size() == requests);
        assertThat(greedy.of(FrameType.FAILURE)).isEmpty();
        assertThat(bytesRead.get()).isGreaterThan(socketBuffers + replyBytes);
    }

    /** A client that asked for more than the buffers of both sockets take, and reads none of it. */
    private RawClient greedy(StrandlineServer at) {
        PartitionDescription partition = largeEvents(1);
        RawClient greedy = greeted(at);
        greedy.socket().pause();
        for (int i = 0; i < 1_000; i++) {
            greedy.call(Operations.READ_EVENTS, i + 1, new Requests.Read(partition, 0, 1 << 20));
        }
        return greedy;
    }

    /** What is sent tells a client that reads nothing that its connection is gone. */
    private void requireCut(RawClient client) {
        byte[] ping = FrameWriter.bytesOf(FrameType.PING, 0, 1, new WireOutput());
        long drip = vertx.setPeriodic(20, more -> client.send(ping));
        get(client.closed());
        vertx.cancelTimer(drip);
    }

    @Test
    void a_client_that_reads_nothing_for_too_long_is_cut() {
        StrandlineServer limited = limited(new ServerOptions()
                .setMaxReplyBytes(64 << 10)
                .setIdleMillis(FAR_MILLIS)
                .setStallMillis(300));
        requireCut(greedy(limited));
        until(vertx, "the end of the connection", () -> limited.connections() == 0);
    }

    /** The replies are written together, and take eight times as long as a client may stall, 51 s at the last pace. */
    @Test
    void a_client_that_reads_slowly_stays() {
        PartitionDescription partition = largeEvents(40);
        long bytes = 30 << 20;
        atSomePace("a client that reads slowly", 200, stallMillis -> {
            StrandlineServer limited = limited(new ServerOptions()
                    .setMaxReplyBytes(64 << 20)
                    .setMaxReadBytes(64 << 20)
                    .setIdleMillis(FAR_MILLIS)
                    .setStallMillis(stallMillis));
            RawClient slow = greeted(limited);
            AtomicLong taken = slow.readAt(vertx, bytes / (8 * stallMillis));
            for (int i = 1; i <= 20; i++) { // of about 2 MiB
                slow.call(Operations.READ_EVENTS, i, new Requests.Read(partition, 0, 64 << 20));
            }
            until(vertx, "the replies", () -> slow.isClosed() || taken.get() >= bytes);
            boolean stays = !slow.isClosed();
            get(slow.socket().close().otherwiseEmpty());
            get(limited.close());
            return stays;
        });
    }

    @Test
    void a_client_that_is_refused_and_reads_nothing_is_cut() {
        StrandlineServer limited = limited(new ServerOptions()
                .setMaxReplyBytes(256 << 20) // so it is read, though nothing leaves
                .setIdleMillis(FAR_MILLIS)
                .setStallMillis(1_000));
        RawClient greedy = greedy(limited);
        greedy.greet(); // a second time, and so it is refused
        requireCut(greedy);
        until(vertx, "the end of the connection", () -> limited.connections() == 0);
    }

    @Test
    void a_server_that_stops_does_not_wait_for_a_client_that_reads_nothing() {
        StrandlineServer limited = limited(new ServerOptions()
                .setIdleMillis(FAR_MILLIS)
                .setStallMillis(FAR_MILLIS)
                .setDrainMillis(300));
        RawClient greedy = greedy(limited);
        until(vertx, "replies", () -> bytesRead.get() > ServerOptions.DEFAULT_MAX_REPLY_BYTES);
        get(limited.close());
        assertThat(limited.connections()).isZero();
        requireCut(greedy);
    }

    @Test
    void requests_beyond_the_limit_in_flight_are_answered_later() {
        StrandlineServer limited = limited(new ServerOptions().setMaxRequestsInFlight(1));
        RawClient client = greeted(limited);
        for (int i = 0; i < 100; i++) {
            client.call(Operations.SCOPES, i + 1, Nothing.NOTHING);
        }
        until(vertx, "all answers", () -> client.of(FrameType.REPLY).size() == 100);
    }

    @Test
    void waits_beyond_the_limit_are_overloaded_and_end_with_their_connection() {
        PartitionDescription partition = filledPartition(1);
        StrandlineServer limited = limited(new ServerOptions().setMaxWaits(2));
        RawClient client = greeted(limited);
        for (int i = 1; i <= 3; i++) {
            client.call(Operations.AWAIT_EVENTS, i, new Requests.Read(partition, 1, 1_000));
        }
        until(vertx, "the refusal", () -> !client.of(FrameType.FAILURE).isEmpty());
        assertThat(failureOf(client.of(FrameType.FAILURE).get(0)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("limit is 2");
        assertThat(waits.get()).isEqualTo(2);
        client.socket().close();
        until(vertx, "no wait", () -> waits.get() == 0);
    }

    @Test
    void a_reset_that_does_not_say_where_to_is_refused() {
        createStream(1);
        Context context = newContext(serverVertx);
        StateSync sync = StateSync.create(serverVertx, LogRevisionStore.open(serverVertx, local));
        ReaderGroup group = get(start(
                context,
                () -> ReaderGroup.open(
                        serverVertx, local, sync, "shop/billing", new GroupOptions().setStreams(STREAM))));
        get(group.close());
        RawClient client = greeted(limited(new ServerOptions()));
        client.call(
                ExposedOperations.RESET_GROUP,
                1,
                new ResetGroup("shop/billing", Optional.empty(), List.of(), Optional.empty(), false));
        until(vertx, "the refusal", () -> !client.of(FrameType.FAILURE).isEmpty());
        assertThat(failureOf(client.of(FrameType.FAILURE).get(0)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("it must be one of them");
    }

    @Test
    void two_waits_of_one_id_end_the_connection() {
        PartitionDescription partition = filledPartition(1);
        RawClient client = greeted(server);
        client.call(Operations.AWAIT_EVENTS, 7, new Requests.Read(partition, 1, 1_000));
        client.call(Operations.AWAIT_EVENTS, 7, new Requests.Read(partition, 1, 1_000));
        get(client.closed());
    }

    @Test
    void a_client_that_does_not_greet_is_cut() {
        StrandlineServer limited = limited(new ServerOptions().setHelloMillis(100));
        get(client(limited).closed());
    }

    @Test
    void a_half_sent_frame_is_cut_though_its_bytes_go_on_coming() {
        StrandlineServer limited = limited(new ServerOptions().setFrameMillis(300));
        RawClient client = greeted(limited);
        byte[] frame = RawClient.request(Operations.CREATE_SCOPE, 1, "x".repeat(100_000));
        client.send(Arrays.copyOf(frame, 50));
        long drip = vertx.setPeriodic(20, more -> client.send(new byte[] {'x'}));
        get(client.closed());
        vertx.cancelTimer(drip);
        until(vertx, "the end", () -> limited.connections() == 0);
    }

    /** The one that pings was there first, so it would be cut first. */
    @Test
    void a_silent_client_is_cut_and_one_that_pings_is_not() {
        byte[] ping = pingFrame();
        atSomePace("a client that pings lives on", 500, idleMillis -> {
            StrandlineServer limited = limited(new ServerOptions().setIdleMillis(idleMillis));
            RawClient pinging = greeted(limited);
            long pings = vertx.setPeriodic(20, due -> pinging.send(ping));
            RawClient silent = greeted(limited);
            get(silent.closed());
            boolean lives = !pinging.isClosed();
            vertx.cancelTimer(pings);
            if (lives) {
                until(vertx, "the silent one is counted out", () -> limited.connections() <= 1);
            }
            get(limited.close());
            return lives;
        });
    }

    private static byte[] pingFrame() {
        FrameWriter frames = new FrameWriter();
        frames.add(FrameType.PING, 1);
        return frames.take().getBytes();
    }

    @Test
    void a_client_too_many_is_told_so() {
        StrandlineServer limited = limited(new ServerOptions().setMaxConnections(1));
        RawClient first = greeted(limited);
        RawClient second = client(limited).greet();
        get(second.closed());
        assertThat(second.of(FrameType.FAILURE)).hasSize(1);
        assertThat(failureOf(second.of(FrameType.FAILURE).get(0))).isInstanceOf(StrandlineException.Overloaded.class);
        assertThat(first.isClosed()).isFalse();
    }

    @Test
    void nothing_is_answered_before_the_greeting() {
        RawClient client = client(server).call(Operations.SCOPES, 1, Nothing.NOTHING);
        get(client.closed());
        assertThat(client.of(FrameType.REPLY)).isEmpty();
    }

    @Test
    void the_newest_connection_of_a_session_ends_the_one_before_it() {
        Hello.Session session = RawClient.session();
        RawClient first = client(server).send(RawClient.hello(session, 1));
        until(vertx, "the greeting", () -> !first.of(FrameType.WELCOME).isEmpty());
        RawClient third = client(server).send(RawClient.hello(session, 3));
        until(vertx, "the greeting", () -> !third.of(FrameType.WELCOME).isEmpty());
        get(first.closed());
        RawClient second = client(server).send(RawClient.hello(session, 2));
        get(second.closed());
        assertThat(second.of(FrameType.WELCOME)).isEmpty();
        assertThat(third.isClosed()).isFalse();
    }

    private static final StreamName ORDERS = StreamName.parse(STREAM);

    private static Requests.Scale sealing(int partitions) {
        return new Requests.Scale(ORDERS, Collections.nCopies(partitions, 200L), List.of(KeyRange.ALL));
    }

    private static Requests.Append conditions(int batches, KeyCheck[]... others) {
        return new Requests.Append(
                0,
                1,
                Durability.FORCED,
                new Requests.Conditions(new long[batches], others.length == 0 ? null : others),
                new Requests.Bulk(new byte[100], 100, false));
    }

    @Test
    void a_head_that_is_too_long_ends_its_connection_before_it_comes() {
        RawClient client = greeted(server);
        byte[] frame = RawClient.request(Operations.SCALE, 1, sealing(Frame.MAX_REQUEST_HEAD_BYTES / 2));
        client.send(Arrays.copyOf(frame, Frame.HEADER_BYTES));
        get(client.closed());
        assertThat(failureOf(client.of(FrameType.FAILURE).get(0)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the limit is " + Frame.MAX_REQUEST_HEAD_BYTES);
    }

    @Test
    void a_list_that_is_too_long_is_invalid_with_its_number_and_the_limit() {
        RawClient client = greeted(server);
        KeyCheck[] checks = new KeyCheck[17];
        Arrays.fill(checks, new KeyCheck(new byte[0], null, 0));
        client.call(Operations.SCALE, 1, sealing(10_001));
        client.call(Operations.COMMIT_CONSUMED, 2, new Requests.Consumed(ORDERS, "one", cut(100_001)));
        client.call(Operations.APPEND, 3, conditions(65_537));
        client.call(Operations.APPEND, 4, conditions(1, checks));
        until(vertx, "the refusals", () -> client.of(FrameType.FAILURE).size() == 4);
        List<String> limits = List.of(
                "10001, the limit is 10000",
                "100001, the limit is 100000",
                "65537, the limit is 65536",
                "17, the limit is 16");
        for (int i = 0; i < limits.size(); i++) {
            int id = i + 1;
            Frame failure = client.of(FrameType.FAILURE).stream()
                    .filter(frame -> frame.id() == id)
                    .findAny()
                    .orElseThrow();
            assertThat(failureOf(failure))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(limits.get(i));
        }
        assertThat(client.isClosed()).isFalse();
    }

    private static StreamCut cut(int partitions) {
        SortedMap<Long, Long> offsets = new TreeMap<>();
        for (long i = 0; i < partitions; i++) {
            offsets.put(i, i);
        }
        return new StreamCut(ORDERS, offsets);
    }

    @Test
    void a_cut_of_ten_thousand_partitions_fits() {
        SortedMap<Long, Long> offsets = new TreeMap<>();
        for (long i = 0; i < 10_000; i++) {
            offsets.put(Long.MAX_VALUE - i, Long.MAX_VALUE);
        }
        RawClient client = greeted(server);
        client.call(
                Operations.COMMIT_CONSUMED, 1, new Requests.Consumed(ORDERS, "one", new StreamCut(ORDERS, offsets)));
        until(vertx, "the answer", () -> !client.of(FrameType.FAILURE).isEmpty());
        assertThat(failureOf(client.of(FrameType.FAILURE).get(0))).isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void what_is_thrown_while_a_request_is_served_ends_its_connection_alone() {
        StrandlineServer limited = limited(new ServerOptions());
        RawClient client = greeted(limited);
        RawClient other = greeted(limited);
        client.call(Operations.LAYOUT, 1, ORDERS);
        get(client.closed());
        other.call(Operations.SCOPES, 1, Nothing.NOTHING);
        until(vertx, "an answer for the other", () -> other.of(FrameType.REPLY).size() == 1);
    }

    @Test
    void a_request_that_is_too_long_is_invalid_before_it_is_sent() {
        Strandline remote = connect();
        assertThat(refusal(remote.catalog().createScope("x".repeat(Frame.MAX_REQUEST_HEAD_BYTES))))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(refusal(Objects.requireNonNull(LogPort.of(remote)).append(conditionsOfAParcel())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the limit is " + Frame.MAX_REQUEST_HEAD_BYTES);
        until(vertx, "its connection is still there", () -> server.connections() == 1);
    }

    private static Parcel conditionsOfAParcel() {
        byte[] batches = new byte[100];
        long[] conditions = new long[Frame.MAX_REQUEST_HEAD_BYTES];
        return new Parcel(0, batches, 100, 1, Durability.FORCED, Parcel.Origin.ANYBODY, false, conditions, null);
    }

    @Test
    void a_frame_that_is_too_long_ends_its_connection_alone() {
        StrandlineServer limited = limited(new ServerOptions().setMaxFrameBytes(2 << 20));
        RawClient client = greeted(limited);
        RawClient other = greeted(limited);
        client.send(RawClient.request(Operations.CREATE_SCOPE, 1, "x".repeat(3 << 20)));
        get(client.closed());
        other.call(Operations.SCOPES, 1, Nothing.NOTHING);
        until(vertx, "an answer for the other", () -> other.of(FrameType.REPLY).size() == 1);
    }
}
