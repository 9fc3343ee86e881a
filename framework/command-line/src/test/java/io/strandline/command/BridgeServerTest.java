package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.command.setting.Configuration;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with both bridges, with TLS and credentials, and clients that are none of Vert.x. */
class BridgeServerTest {

    private static final int ANSWER_MILLIS = 60_000;
    private static final int MAX_FRAME_BYTES = 1 << 20;

    @TempDir
    Path directory;

    private RunningServer server;
    private SSLContext trusting;
    private String token;
    private int bridgePort;
    private int sockjsPort;

    @BeforeEach
    void serve() throws IOException, InterruptedException, GeneralSecurityException {
        String key = file("key", "a secret that has more than thirty-two characters\n");
        String rules = file("rules", "user:anna READ_UPDATE stream:shop/*\nuser:root ADMIN *\n");
        Path store = directory.resolve("server.p12");
        Keytool.makeKey(store);
        trusting = trusting(store);
        bridgePort = FreePort.next();
        do {
            sockjsPort = FreePort.next();
        } while (sockjsPort == bridgePort);
        String[] sections = {"bridge", "sockjs"};
        JsonObject parts = new JsonObject()
                .put(
                        "security",
                        new JsonObject()
                                .put("rulesFile", rules)
                                .put("tokens", new JsonObject().put("keyFiles", List.of(key))));
        for (String section : sections) {
            parts.put(
                    section,
                    new JsonObject()
                            .put(
                                    "tls",
                                    new JsonObject()
                                            .put("keyStoreFile", store.toString())
                                            .put("keyStorePassword", Keytool.PASSWORD)));
        }
        String configuration = file("server.json", parts.encode());
        server = RunningServer.start(
                directory.resolve("data"),
                ServerParts.of(
                        Configuration.of(Map.of("STRANDLINE_CONFIG", configuration), List.of()),
                        List.of(
                                "tcp.port=0",
                                "rest.port=0",
                                "bridge.port=" + bridgePort,
                                "sockjs.port=" + sockjsPort)));
        Ran created = Ran.with(
                Map.of("STRANDLINE_CREDENTIALS", issue("root", key)),
                "stream",
                "create",
                "shop/orders",
                "--server",
                server.address());
        assertThat(created.err()).isEmpty();
        token = issue("anna", key);
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    private static String issue(String user, String key) {
        return Ran.with(Map.of(), "token", "issue", user, "--key", key, "--seconds=600")
                .out()
                .strip();
    }

    /** Trusts the certificate of a key. */
    private static SSLContext trusting(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, Keytool.PASSWORD.toCharArray());
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", keys.getCertificate(keys.aliases().nextElement()));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static JsonObject append(String authorization) {
        JsonObject event = new JsonObject().put("key", "anna").put("event", "tea");
        return new JsonObject()
                .put("type", "send")
                .put("address", "strandline.log.appendEvents")
                .put("replyAddress", "r")
                .put("headers", new JsonObject().put("Authorization", authorization))
                .put("body", new JsonObject().put("stream", "shop/orders").put("events", new JsonArray().add(event)));
    }

    private JsonObject allowed() {
        return append("Bearer " + token);
    }

    private static void requireAppended(JsonObject reply) {
        assertThat(reply.getJsonObject("body", new JsonObject()).getJsonArray("appended"))
                .as(reply.encode())
                .hasSize(1);
    }

    private static void requireRefused(JsonObject reply) {
        assertThat(reply.getString("message")).as(reply.encode()).contains("unauthorized");
    }

    // ---- the TCP bridge: a length of 4 bytes, and JSON

    private static JsonObject over(Socket socket, JsonObject message) throws IOException {
        socket.setSoTimeout(ANSWER_MILLIS);
        byte[] bytes = message.encode().getBytes(StandardCharsets.UTF_8);
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        int length = in.readInt();
        if (length < 0 || length > MAX_FRAME_BYTES) {
            throw new IOException("no frame of the bridge begins with " + length);
        }
        byte[] reply = new byte[length];
        in.readFully(reply);
        return new JsonObject(new String(reply, StandardCharsets.UTF_8));
    }

    @Test
    void a_client_of_the_tcp_bridge_needs_tls_and_credentials() throws IOException {
        assertThat(server.bridges()).contains("bridge://127.0.0.1:" + bridgePort);
        try (Socket socket = trusting.getSocketFactory().createSocket("127.0.0.1", bridgePort)) {
            requireAppended(over(socket, allowed()));
            requireRefused(over(socket, append("Bearer none")));
        }
        try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), bridgePort)) {
            // Whatever comes, as an alert of TLS, is no frame.
            assertThatThrownBy(() -> over(plain, allowed())).isInstanceOf(IOException.class);
        }
    }

    // ---- SockJS

    private JsonObject over(HttpClient client, String scheme, JsonObject message) {
        CompletableFuture<String> reply = new CompletableFuture<>();
        WebSocket socket = client.newWebSocketBuilder()
                .buildAsync(
                        URI.create(scheme + "://127.0.0.1:" + sockjsPort + "/eventbus/websocket"),
                        new WebSocket.Listener() {
                            private final StringBuilder text = new StringBuilder();

                            @Override
                            public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
                                text.append(part);
                                if (isLast) {
                                    reply.complete(text.toString());
                                }
                                return WebSocket.Listener.super.onText(from, part, isLast);
                            }

                            @Override
                            public CompletionStage<?> onBinary(WebSocket from, ByteBuffer part, boolean isLast) {
                                text.append(StandardCharsets.UTF_8.decode(part));
                                if (isLast) {
                                    reply.complete(text.toString());
                                }
                                return WebSocket.Listener.super.onBinary(from, part, isLast);
                            }
                        })
                .orTimeout(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                .join();
        try {
            socket.sendText(message.encode(), true).join();
            return new JsonObject(
                    reply.orTimeout(ANSWER_MILLIS, TimeUnit.MILLISECONDS).join());
        } finally {
            socket.abort();
        }
    }

    @Test
    void a_client_over_sockjs_needs_tls_and_credentials() {
        assertThat(server.bridges()).contains("https://127.0.0.1:" + sockjsPort + "/eventbus");
        HttpClient client = HttpClient.newBuilder().sslContext(trusting).build();
        requireAppended(over(client, "wss", allowed()));
        requireRefused(over(client, "wss", append("Bearer none")));
        assertThatThrownBy(() -> over(client, "ws", allowed())).isInstanceOf(CompletionException.class);
        HttpClient elsewhere = HttpClient.newHttpClient();
        assertThatThrownBy(() -> over(elsewhere, "wss", allowed())).isInstanceOf(CompletionException.class);
    }
}
