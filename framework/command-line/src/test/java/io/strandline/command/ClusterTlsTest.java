package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions.ClientCertificates;
import io.strandline.command.setting.ClusterOptions;
import io.strandline.command.setting.Configuration;
import io.strandline.command.setting.Waiting;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members of a cluster whose event bus is encrypted, and strangers whom they neither hear nor tell anything. */
class ClusterTlsTest {

    /** For what is not answered, however long one waits. */
    private static final DeliveryOptions BOUNDED = new DeliveryOptions().setSendTimeout(3_000);

    private static final String SECRET = "what nobody else may read";

    @TempDir
    static Path files;

    private static Authority members = new Authority(Path.of("none"));
    private static Authority strangers = new Authority(Path.of("none"));

    private final String cluster = UUID.randomUUID().toString();

    @TempDir
    Path directory;

    @BeforeAll
    static void makeKeys() throws IOException, InterruptedException {
        members = Authority.make(files, "members");
        strangers = Authority.make(files, "strangers");
    }

    private static JsonObject stores() throws IOException, GeneralSecurityException {
        return new JsonObject()
                .put("keyStoreFile", members.store().toString())
                .put("keyStorePassword", Keytool.PASSWORD)
                .put("trustFiles", new JsonArray().add(members.trust().toString()));
    }

    private ClusterMember member() throws IOException, GeneralSecurityException {
        return ClusterMember.join(new ClusterOptions(
                new JsonObject().put("port", 0).put("name", cluster).put("tls", stores())));
    }

    /** Where the event bus of a member listens, as it tells the others. */
    private static int busPort(Vertx vertx) {
        ClusterManager manager = ((VertxInternal) vertx).clusterManager();
        Promise<NodeInfo> own = Promise.promise();
        manager.getNodeInfo(manager.getNodeId(), own);
        return Waiting.of(own.future()).port();
    }

    // ---- members

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void messages_of_members_can_be_read_on_their_way_only_without_tls(boolean isEncrypted) throws Exception {
        List<String> options =
                new ArrayList<>(List.of("tcp.port=0", "rest.port=0", "cluster.port=0", "cluster.name=" + cluster));
        if (isEncrypted) {
            options.add("cluster.tls=" + stores().encode());
        }
        RunningServer server = RunningServer.start(directory, ServerParts.of(Configuration.none(Map.of()), options));
        EventBusOptions bus = (isEncrypted ? members.bus() : new EventBusOptions()).setPort(FreePort.next());
        Wire wire = new Wire(bus.getPort());
        OtherMember other = OtherMember.join(
                cluster,
                String.valueOf(server.cluster()),
                bus.setClusterPublicHost("127.0.0.1").setClusterPublicPort(wire.port()));
        try {
            call(
                    other,
                    "createStream",
                    new JsonObject()
                            .put("stream", "shop/orders")
                            .put("options", new JsonObject().put("createScope", true)));
            JsonObject event = new JsonObject().put("key", "anna").put("event", SECRET);
            call(
                    other,
                    "appendEvents",
                    new JsonObject().put("stream", "shop/orders").put("events", new JsonArray().add(event)));
            JsonObject page = call(other, "readEvents", new JsonObject().put("stream", "shop/orders"));
            assertThat(page.getJsonArray("events").getJsonObject(0).getString("event"))
                    .isEqualTo(SECRET);
            assertThat(wire.seen().contains(SECRET)).isEqualTo(!isEncrypted);
            assertThat(wire.seen().length()).isGreaterThan(100);
        } finally {
            other.close();
            server.stop();
            wire.close();
        }
    }

    private static JsonObject call(OtherMember member, String operation, JsonObject request) {
        return Waiting.of(member.vertx()
                .eventBus()
                .<JsonObject>request("strandline.log." + operation, request)
                .map(Message::body));
    }

    /** What lies between a member and those that send to it. */
    private static final class Wire {

        private final Vertx vertx = Vertx.vertx();
        private final Queue<Buffer> passed = new ConcurrentLinkedQueue<>();
        private final NetServer server =
                Waiting.of(vertx.createNetServer().connectHandler(this::accept).listen(0, "127.0.0.1"));
        private final int target;

        Wire(int target) {
            this.target = target;
        }

        int port() {
            return server.actualPort();
        }

        private void accept(NetSocket from) {
            from.pause();
            vertx.createNetClient().connect(target, "127.0.0.1").onSuccess(to -> {
                pass(to, from);
                pass(from, to);
                from.resume();
            });
        }

        private void pass(NetSocket from, NetSocket to) {
            from.handler(bytes -> {
                passed.add(bytes);
                to.write(bytes);
            });
            from.closeHandler(closed -> to.close());
        }

        String seen() {
            Buffer all = Buffer.buffer();
            passed.forEach(all::appendBuffer);
            return all.toString(StandardCharsets.ISO_8859_1);
        }

        void close() {
            Waiting.of(vertx.close());
        }
    }

    // ---- strangers

    @Test
    void who_has_no_certificate_of_the_members_is_neither_heard_nor_told_anything() throws Exception {
        ClusterMember member = member();
        List<OtherMember> others = new ArrayList<>();
        Queue<Object> heard = new ConcurrentLinkedQueue<>();
        Queue<Object> told = new ConcurrentLinkedQueue<>();
        try {
            Waiting.of(member.vertx()
                    .eventBus()
                    .consumer("here", message -> {
                        heard.add(message.body());
                        message.reply("heard");
                    })
                    .completion());
            EventBusOptions pretending = strangers.bus().setTrustAll(true).setClientAuth(ClientAuth.NONE);
            for (EventBusOptions stranger : List.of(new EventBusOptions(), pretending)) {
                OtherMember other = OtherMember.join(cluster, member.place(), stranger);
                others.add(other);
                Waiting.of(other.vertx()
                        .eventBus()
                        .consumer("lure" + others.size(), message -> told.add(message.body()))
                        .completion());
                assertRefused(other.vertx(), "here");
                assertRefused(member.vertx(), "lure" + others.size());
            }
            OtherMember trusted = OtherMember.join(cluster, member.place(), members.bus());
            others.add(trusted);
            assertThat(Waiting.of(trusted.vertx().eventBus().request("here", "a member"))
                            .body())
                    .isEqualTo("heard");
            assertThat(heard).containsExactly("a member");
            assertThat(told).isEmpty();
        } finally {
            others.forEach(OtherMember::close);
            Waiting.of(member.vertx().close());
        }
    }

    private static void assertRefused(Vertx vertx, String address) {
        assertThatThrownBy(() -> Waiting.of(vertx.eventBus().request(address, SECRET, BOUNDED)))
                .satisfies(failure -> assertThat(failure)
                        .isInstanceOfAny(
                                ReplyException.class, IllegalStateException.class)); // the latter wraps a handshake's
    }

    @Test
    void a_connection_without_a_certificate_of_the_members_is_refused_in_the_handshake() throws Exception {
        ClusterMember member = member();
        try {
            int port = busPort(member.vertx());
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                assertThat(answer(port, version, members.signed())).as(version).isEqualTo(-1);
                for (KeyStore key : Stream.of(strangers.signed(), empty()).toList()) {
                    assertThatThrownBy(() -> answer(port, version, key))
                            .as(version)
                            .isInstanceOf(IOException.class);
                }
            }
        } finally {
            Waiting.of(member.vertx().close());
        }
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        KeyStore none = KeyStore.getInstance("PKCS12");
        none.load(null, null);
        return none;
    }

    /** What is answered to somebody who says nothing. A failure if it is not let in. */
    private static int answer(int port, String version, KeyStore key) throws IOException, GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(key, Keytool.PASSWORD.toCharArray());
        KeyStore trusted = empty();
        trusted.setCertificateEntry("member", members.signed().getCertificate("member"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(60_000);
            socket.setEnabledProtocols(new String[] {version});
            socket.startHandshake();
            socket.shutdownOutput();
            return socket.getInputStream().read();
        }
    }

    // ---- options

    private static @Nullable ClusterOptions configured(Map<String, String> environment, String... set) {
        return ServerParts.of(Configuration.none(environment), List.of(set)).cluster();
    }

    @Test
    void members_show_certificates_however_it_is_configured() throws Exception {
        String set = "cluster.tls.keyStoreFile=" + members.store();
        String trust = "cluster.tls.trustFiles=" + members.trust();
        Path file = Files.writeString(
                directory.resolve("server.json"),
                new JsonObject()
                        .put("cluster", new JsonObject().put("port", 0).put("tls", stores()))
                        .encode());
        for (ClusterOptions options : Stream.of(
                        configured(Map.of(), "cluster.port=0", set, trust),
                        configured(Map.of("STRANDLINE_CLUSTER_PORT", "0", "STRANDLINE_CLUSTER_TLS", stores().encode())),
                        ServerParts.of(
                                        Configuration.of(Map.of("STRANDLINE_CONFIG", file.toString()), List.of()),
                                        List.of())
                                .cluster())
                .toList()) {
            assertThat(options.getTls()).isNotNull();
            assertThat(options.getTls().getClientCertificates()).isEqualTo(ClientCertificates.REQUIRED);
            assertThat(options.getTls().getKeyStoreFile())
                    .isEqualTo(members.store().toString());
            assertThat(new ClusterOptions(options).toJson()).isEqualTo(options.toJson());
        }
        assertThat(new ClusterOptions(new ClusterOptions()).getTls()).isNull();
    }

    @Test
    void members_that_could_not_tell_each_other_from_strangers_are_refused() throws Exception {
        String key = "cluster.tls.keyStoreFile=" + members.store();
        String trust = "cluster.tls.trustFiles=" + members.trust();
        assertThatThrownBy(() -> configured(Map.of(), "cluster.port=0", trust))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("keyFile and keyStoreFile are null");
        assertThatThrownBy(() -> configured(Map.of(), "cluster.port=0", key))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("clientCertificates is required, which needs trustFiles");
        for (String less : List.of("none", "optional")) {
            assertThatThrownBy(() -> configured(
                            Map.of(), "cluster.port=0", key, trust, "cluster.tls.clientCertificates=" + less))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("clientCertificates of a member is " + less + ", it must be required");
        }
    }

    @Test
    void files_that_cannot_be_used_are_named() throws Exception {
        String missing = directory.resolve("missing.p12").toString();
        String broken = Files.writeString(directory.resolve("broken.pem"), "no certificate")
                .toString();
        for (Map.Entry<String, JsonObject> wrong : Map.of(
                        missing, stores().put("keyStoreFile", missing),
                        broken, stores().put("trustFiles", new JsonArray().add(broken)))
                .entrySet()) {
            JsonObject json = new JsonObject().put("port", 0).put("tls", wrong.getValue());
            assertThatThrownBy(() -> ClusterMember.join(new ClusterOptions(json)))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(wrong.getKey());
        }
    }

    @Test
    void hazelcast_stays_open_so_other_machines_need_leave() throws Exception {
        ClusterOptions options = new ClusterOptions(
                new JsonObject().put("port", 0).put("host", "192.0.2.1").put("tls", stores()));
        assertThatThrownBy(() -> ClusterMember.join(options))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("cluster.host is 192.0.2.1")
                .hasMessageContaining("Hazelcast neither encrypts nor authenticates")
                .hasMessageContaining("set insecure");
    }
}
