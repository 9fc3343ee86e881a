package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.Transaction;
import io.strandline.WriterOptions;
import io.strandline.client.operation.EventRequests;
import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.ExposedRequests;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Payload;
import io.strandline.client.wire.FrameType;
import io.strandline.impl.OpenEntries;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.OpenNames;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A door that closes gives back what it has opened in the log and in Vert.x, whatever was called through it. */
class DoorEndTest extends OnServedLog {

    private static final Optional<String> ANYBODY = Optional.of("Bearer anybody");

    enum Kind {
        TCP,
        EVENT_BUS,
        REST
    }

    /** A door, a way to it, and its end. */
    private record Opened(MatrixDoor door, Supplier<Future<Void>> close) {}

    private final ServedLog served = ServedLog.of(local)
            .secured(Security.of(
                    shown -> Future.succeededFuture(Identity.of("anybody", List.of())),
                    (who, needed, resource) -> Future.succeededFuture(true),
                    new SecurityOptions()));

    private MatrixRequests requests;
    private StreamDescription orders;
    private @Nullable RestMatrixDoor rest;

    @BeforeEach
    void fill() {
        createStream(2);
        orders = get(local.catalog().describe(STREAM));
        Context context = newContext(serverVertx);
        EventWriter<Buffer> writer = writer(context, local, new WriterOptions());
        get(append(context, writer, 0, 20)); // for reads that wait
        get(start(context, writer::end));
        Transaction transaction = get(start(context, () -> local.transactions().begin()));
        get(start(context, () -> transaction.append(STREAM, EventCodec.raw(), "a", Buffer.buffer("x"))));
        requests = new MatrixRequests(orders, transaction.id());
        keepAGroupInTheLog(context);
    }

    private void keepAGroupInTheLog(Context context) {
        LogRevisionStore store = LogRevisionStore.open(serverVertx, local);
        StateSync sync = StateSync.create(serverVertx, store);
        ReaderGroup group = get(start(
                context,
                () -> ReaderGroup.open(
                        serverVertx, local, sync, "shop/billing", new GroupOptions().setStreams(STREAM))));
        get(group.close());
        get(sync.close());
        get(store.close());
    }

    @AfterEach
    void closeRest() {
        if (rest != null) {
            rest.close();
        }
    }

    private Opened open(Kind kind) {
        return switch (kind) {
            case TCP -> {
                StrandlineServer tcp =
                        get(StrandlineServer.listen(serverVertx, served, new ServerOptions().setPort(0)));
                yield new Opened(MatrixDoor.tcp(vertx, tcp.port()), tcp::close);
            }
            case EVENT_BUS -> {
                EventBusServer bus = get(EventBusServer.serve(serverVertx, served, new EventBusOptions()));
                yield new Opened(MatrixDoor.bus(serverVertx, bus), bus::close);
            }
            case REST -> {
                RestServer http = get(RestServer.listen(serverVertx, served, new RestOptions().setPort(0)));
                RestMatrixDoor door = new RestMatrixDoor(
                        http.port(), orders.partitions().get(0).id());
                rest = door;
                yield new Opened(door, http::close);
            }
        };
    }

    private static EventRequests.AppendEvents appendOne() {
        Payload event = new Payload(new EventType("noted", 1), new byte[] {'1'});
        return new EventRequests.AppendEvents(
                StreamName.parse(STREAM), Optional.empty(), List.of(new NewEvent<>("a", event, Headers.NONE, null)));
    }

    @ParameterizedTest
    @EnumSource
    void a_door_that_closes_leaves_nothing_open(Kind kind) {
        int entries = OpenEntries.of(local);
        List<String> names = OpenNames.of(serverVertx);
        Opened opened = open(kind);
        if (opened.door.has(Operations.APPEND_EVENTS)) {
            get(opened.door.call(ANYBODY, Operations.APPEND_EVENTS, appendOne()));
        }
        get(opened.door.call(ANYBODY, ExposedOperations.GROUP_LAG, new ExposedRequests.Group("shop/billing")));
        callAll(opened.door); // with acts of an administrator, which go to the audit trail
        assertThat(OpenEntries.of(local)).as("what is open meanwhile").isGreaterThan(entries);
        get(opened.close.get());
        until(vertx, "writers and readers are closed", () -> OpenEntries.of(local) == entries);
        assertThat(OpenNames.of(serverVertx)).isEqualTo(names);
    }

    @Test
    void a_door_that_closes_takes_no_new_client() {
        StrandlineServer closing = get(StrandlineServer.listen(
                serverVertx,
                local,
                new ServerOptions().setPort(0).setEventLoops(1).setDrainMillis(600_000)));
        RawClient stays = get(RawClient.connect(vertx, closing.port())).greet();
        until(vertx, "the greeting", () -> !stays.of(FrameType.WELCOME).isEmpty());
        Future<Void> closed = closing.close();
        until(vertx, "the end is told", () -> !stays.of(FrameType.LEAVING).isEmpty());
        RawClient late = get(RawClient.connect(vertx, closing.port())).greet();
        get(late.closed());
        assertThat(late.frames).isEmpty();
        assertThat(stays.isClosed()).isFalse();
        stays.socket().close();
        get(closed);
    }

    /** Reads come first, and what ends the stream or the transaction comes last. Some have nothing to work on. */
    private void callAll(MatrixDoor door) {
        requests.all().entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<Operation<?, ?>, Object> one) ->
                                one.getKey().repeat())
                        .thenComparing(one -> one.getKey().number()))
                .filter(one -> door.has(one.getKey()))
                .forEach(one -> call(door, one.getKey(), one.getValue()));
    }

    @SuppressWarnings("unchecked") // the requests were put in by the type of their operation
    private static <Q> void call(MatrixDoor door, Operation<Q, ?> operation, Object request) {
        get(door.call(ANYBODY, operation, (Q) request).otherwiseEmpty());
    }
}
