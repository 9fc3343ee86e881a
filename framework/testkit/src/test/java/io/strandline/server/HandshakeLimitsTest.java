package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.strandline.Strandline;
import io.strandline.client.TlsOptions;
import io.strandline.log.MemoryEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients that do not finish their TLS handshake can cost a server, and the others. */
class HandshakeLimitsTest {

    private static final long FAR_MILLIS = 600_000;
    private static final String HERE = "127.0.0.1";
    private static final String ELSEWHERE = "127.0.0.2";

    /** A record of TLS that announces 512 bytes, and some of them. */
    private static final byte[] HALF_HELLO = {22, 3, 1, 2, 0, 1, 0, 1};

    enum Kind {
        TCP,
        REST
    }

    private record Served(int port, IntSupplier connections, Supplier<Future<Void>> close) {}

    private final Vertx serverVertx = Vertx.vertx();
    private final Vertx vertx = Vertx.vertx();
    private final List<NetClient> clients = new ArrayList<>(); // Vert.x closes a client that nobody has

    @TempDir
    private Path directory;

    private Certificates.KeyFiles own;
    private Strandline local;

    @BeforeEach
    void open() {
        own = new Certificates(directory).make("server", "CN=localhost");
        local = get(
                Strandline.open(serverVertx, "memory:", MemoryEngine.options().setShards(1)));
    }

    @AfterEach
    void close() {
        get(vertx.close());
        get(serverVertx.close());
    }

    private Served serve(Kind kind, int maxConnections, long handshakeMillis) {
        TlsOptions tls = new TlsOptions()
                .setCertificateFile(own.certificate().toString())
                .setKeyFile(own.key().toString());
        return switch (kind) {
            case TCP -> {
                StrandlineServer server = get(StrandlineServer.listen(
                        serverVertx,
                        local,
                        new ServerOptions()
                                .setPort(0)
                                .setTls(tls)
                                .setMaxConnections(maxConnections)
                                .setHelloMillis(handshakeMillis)));
                yield new Served(server.port(), server::connections, server::close);
            }
            case REST -> {
                RestServer server = get(RestServer.listen(
                        serverVertx,
                        ServedLog.of(local),
                        new RestOptions()
                                .setPort(0)
                                .setTls(tls)
                                .setMaxConnections(maxConnections)
                                .setRequestMillis(handshakeMillis)));
                yield new Served(server.port(), server::connections, server::close);
            }
        };
    }

    private static NetClientOptions from(String address) {
        return new NetClientOptions().setLocalAddress(address);
    }

    /** A client that begins a handshake and says no more. */
    private RawClient half(String address, Served server) {
        return get(RawClient.connect(vertx, server.port(), from(address))).send(HALF_HELLO);
    }

    /** A client that has finished its handshake, as far as it knows. */
    private Future<NetSocket> whole(String address, Served server) {
        NetClient client = vertx.createNetClient(
                from(address).setSsl(true).setTrustAll(true).setHostnameVerificationAlgorithm(""));
        clients.add(client);
        return client.connect(server.port(), HERE);
    }

    /** As {@link #whole}, tried again: the server learns some time later that a client has left, and until then it has no room. */
    private NetSocket wholeAtLast(String address, Served server) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            Optional<NetSocket> connected =
                    get(whole(address, server).map(Optional::of).otherwise(Optional.empty()));
            if (connected.isPresent()) {
                return connected.get();
            }
            assertThat(System.nanoTime()).as("there is room again").isLessThan(deadline);
        }
    }

    /** Linux and Windows have all of 127.0.0.0/8. */
    private static void needs(String address) {
        boolean isHere = true;
        try (ServerSocket bound = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            assertThat(bound.isBound()).isTrue();
        } catch (IOException e) {
            isHere = false;
        }
        assumeTrue(isHere, address + " is no address of this machine");
    }

    /** Vert.x would cut both after ten seconds by itself, the one that came first before the other. */
    @ParameterizedTest
    @EnumSource
    void a_handshake_that_does_not_end_in_time_is_cut(Kind kind) {
        Served patient = serve(kind, 10, FAR_MILLIS);
        RawClient stays = half(HERE, patient);
        Served hasty = serve(kind, 10, 100);
        get(half(HERE, hasty).closed());
        assertThat(stays.isClosed()).isFalse();
        wholeAtLast(HERE, hasty); // the first handshake of a JVM may take longer
    }

    @ParameterizedTest
    @EnumSource
    void handshakes_beyond_the_limit_are_cut_and_those_that_end_make_room(Kind kind) {
        needs(ELSEWHERE);
        Served server = serve(kind, 2, FAR_MILLIS);
        RawClient first = half(HERE, server);
        RawClient second = half(ELSEWHERE, server);
        get(half("127.0.0.3", server).closed());
        assertThat(first.isClosed()).isFalse();
        assertThat(second.isClosed()).isFalse();
        first.socket().close();
        wholeAtLast(HERE, server);
        until(vertx, "a client", () -> server.connections().getAsInt() == 1);
        get(whole(HERE, server));
        until(vertx, "two clients", () -> server.connections().getAsInt() == 2);
        assertThat(second.isClosed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void handshakes_that_fail_make_room(Kind kind) {
        Served server = serve(kind, 2, FAR_MILLIS);
        for (int i = 0; i < 10; i++) {
            RawClient other = get(RawClient.connect(vertx, server.port()));
            get(other.send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
                    .closed());
        }
        wholeAtLast(HERE, server);
        until(vertx, "a client", () -> server.connections().getAsInt() == 1);
    }

    /** When so many are cut, all others of the flood hold a place, or are about to be cut. */
    @ParameterizedTest
    @EnumSource
    void a_flood_of_one_address_does_not_keep_out_another(Kind kind) {
        needs(ELSEWHERE);
        int limit = 8;
        int flood = 20;
        Served server = serve(kind, limit, FAR_MILLIS);
        List<RawClient> half = new ArrayList<>();
        for (int i = 0; i < flood; i++) {
            half.add(half(ELSEWHERE, server));
        }
        until(vertx, "the flood is cut", () -> closed(half) >= flood - limit);
        get(whole(HERE, server));
        get(whole(HERE, server));
        until(vertx, "two clients", () -> server.connections().getAsInt() == 2);
        until(vertx, "the flood has its share", () -> closed(half) == flood - limit / 2);
    }

    private static long closed(List<RawClient> clients) {
        return clients.stream().filter(RawClient::isClosed).count();
    }

    @ParameterizedTest
    @EnumSource
    void a_server_that_stops_does_not_wait_for_a_handshake(Kind kind) {
        Served server = serve(kind, 10, FAR_MILLIS);
        RawClient half = half(HERE, server);
        get(whole(HERE, server));
        get(server.close().get());
        get(half.closed());
    }
}
