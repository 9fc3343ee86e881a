package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.ClientOptions;
import io.strandline.client.TlsOptions;
import io.strandline.log.MemoryEngine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way between client and server is encrypted, and each end knows the other one as it was told to. */
class TlsTest {

    private final Vertx serverVertx = Vertx.vertx();
    private final Vertx vertx = Vertx.vertx();

    @TempDir
    private Path directory;

    private Certificates certificates;
    private Certificates.KeyFiles own;
    private Strandline local;

    @BeforeEach
    void open() {
        certificates = new Certificates(directory);
        own = certificates.make("server", "CN=localhost");
        local = get(
                Strandline.open(serverVertx, "memory:", MemoryEngine.options().setShards(1)));
    }

    @AfterEach
    void close() {
        get(vertx.close());
        get(serverVertx.close());
    }

    private TlsOptions pem() {
        return new TlsOptions()
                .setCertificateFile(own.certificate().toString())
                .setKeyFile(own.key().toString())
                .setReloadMillis(10);
    }

    private StrandlineServer serve(TlsOptions tls) {
        return get(StrandlineServer.listen(
                serverVertx, local, new ServerOptions().setPort(0).setTls(tls)));
    }

    private TlsOptions trusting(Certificates.KeyFiles server) {
        return new TlsOptions().setTrustFiles(List.of(server.certificate().toString()));
    }

    private Future<Strandline> connect(StrandlineServer server, TlsOptions tls) {
        return connect("127.0.0.1", server, tls, 60_000);
    }

    private Future<Strandline> connect(String host, StrandlineServer server, TlsOptions tls, long callTimeoutMillis) {
        return Strandline.open(
                vertx,
                "tcp://" + host + ":" + server.port(),
                new ClientOptions().setCallTimeoutMillis(callTimeoutMillis).setTls(tls));
    }

    /** It tries again for the time of a call. */
    private void requireNotConnected(StrandlineServer server, TlsOptions tls) {
        assertThat(refusal(connect("127.0.0.1", server, tls, 300))).isInstanceOf(StrandlineException.Unavailable.class);
    }

    private static void requireServes(Future<Strandline> opened) {
        assertThat(get(get(opened).catalog().scopes())).isEmpty();
    }

    @Test
    void a_client_that_trusts_the_certificate_is_served() {
        StrandlineServer server = serve(pem());
        requireServes(connect(server, trusting(own)));
        requireServes(connect("localhost", server, trusting(own), 60_000));
    }

    @Test
    void pkcs12_files_serve_as_well() {
        StrandlineServer server = serve(
                new TlsOptions().setKeyStoreFile(own.store().toString()).setKeyStorePassword(Certificates.PASSWORD));
        requireServes(connect(
                server,
                new TlsOptions()
                        .setTrustStoreFile(own.store().toString())
                        .setTrustStorePassword(Certificates.PASSWORD)));
    }

    @Test
    void a_client_that_does_not_trust_the_certificate_is_not_connected() {
        StrandlineServer server = serve(pem());
        Certificates.KeyFiles other = certificates.make("other", "CN=localhost", "other");
        requireNotConnected(server, trusting(other));
        requireNotConnected(server, new TlsOptions());
        assertThat(server.connections()).isZero();
    }

    @Test
    void a_certificate_of_another_host_is_refused_unless_the_client_does_not_care() {
        Certificates.KeyFiles foreign = certificates.foreign("foreign");
        StrandlineServer server =
                serve(pem().setCertificateFile(foreign.certificate().toString())
                        .setKeyFile(foreign.key().toString()));
        requireNotConnected(server, trusting(foreign));
        requireServes(connect(server, trusting(foreign).setVerifyHost(false)));
    }

    @Test
    void a_client_without_tls_is_not_served() {
        StrandlineServer server = serve(pem());
        assertThat(refusal(Strandline.open(
                        vertx, "tcp://127.0.0.1:" + server.port(), new ClientOptions().setCallTimeoutMillis(300))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("a server with TLS");
    }

    @Test
    void a_client_certificate_is_required_where_it_is_asked_for() {
        Certificates.KeyFiles billing = certificates.make("billing", "CN=billing");
        Certificates.KeyFiles other = certificates.make("other", "CN=other");
        TlsOptions required = pem().setTrustFiles(List.of(billing.certificate().toString()))
                .setClientCertificates(TlsOptions.ClientCertificates.REQUIRED);
        StrandlineServer server = serve(required);
        requireServes(connect(server, showing(billing)));
        requireNotConnected(server, trusting(own));
        requireNotConnected(server, showing(other));
        StrandlineServer optional =
                serve(new TlsOptions(required).setClientCertificates(TlsOptions.ClientCertificates.OPTIONAL));
        requireServes(connect(optional, showing(billing)));
        requireServes(connect(optional, trusting(own)));
    }

    private TlsOptions showing(Certificates.KeyFiles key) {
        return trusting(own)
                .setCertificateFile(key.certificate().toString())
                .setKeyFile(key.key().toString());
    }

    @Test
    void a_renewed_certificate_is_seen_by_the_next_connection_and_a_broken_one_is_not() throws IOException {
        StrandlineServer server = serve(pem());
        Strandline before = get(connect(server, trusting(own)));
        X509Certificate first = certificateOf(server);
        Files.writeString(own.certificate(), "no certificate");
        long looks = System.nanoTime();
        until(vertx, "some looks", () -> System.nanoTime() - looks > 100_000_000);
        assertThat(certificateOf(server)).isEqualTo(first);
        // The certificate is there, and its key is still the one before.
        Certificates.KeyFiles renewed = certificates.make("renewed", "CN=localhost", "renewed");
        Files.copy(renewed.certificate(), own.certificate(), StandardCopyOption.REPLACE_EXISTING);
        long more = System.nanoTime();
        until(vertx, "some looks", () -> System.nanoTime() - more > 100_000_000);
        assertThat(certificateOf(server)).isEqualTo(first);
        certificates.make("server", "CN=localhost", "renewed");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (certificateOf(server).equals(first)) {
            assertThat(System.nanoTime()).as("the new certificate comes").isLessThan(deadline);
        }
        requireServes(connect(server, trusting(own)));
        // A connection that is there stays.
        assertThat(get(before.catalog().scopes())).isEmpty();
    }

    private X509Certificate certificateOf(StrandlineServer server) {
        NetClient client = vertx.createNetClient();
        ClientSSLOptions trusting = new ClientSSLOptions().setTrustAll(true).setHostnameVerificationAlgorithm("");
        return get(client.connect(new ConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(server.port())
                        .setSsl(true)
                        .setSslOptions(trusting))
                .map(socket -> {
                    try {
                        return (X509Certificate) socket.sslSession().getPeerCertificates()[0];
                    } catch (javax.net.ssl.SSLPeerUnverifiedException e) {
                        throw new IllegalStateException(e);
                    } finally {
                        socket.close();
                    }
                })
                .onComplete(done -> client.close()));
    }

    @Test
    void files_that_cannot_be_used_are_invalid_at_the_start() throws IOException {
        for (TlsOptions wrong : List.of(
                new TlsOptions(),
                pem().setKeyFile(null),
                pem().setKeyFile(directory.resolve("none").toString()),
                pem().setKeyStoreFile(own.store().toString()),
                pem().setClientCertificates(TlsOptions.ClientCertificates.REQUIRED),
                pem().setReloadMillis(0))) {
            assertThat(refusal(StrandlineServer.listen(
                            serverVertx, local, new ServerOptions().setPort(0).setTls(wrong))))
                    .as(wrong.toJson().encode())
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
        Files.writeString(own.key(), "no key");
        assertThat(refusal(StrandlineServer.listen(
                        serverVertx, local, new ServerOptions().setPort(0).setTls(pem()))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(own.key().toString())
                .hasMessageContaining("PRIVATE KEY");
    }

    /** It is not tried again for the time of a call: no connection would be another one. */
    @Test
    void a_client_whose_trusted_certificates_cannot_be_used_is_told_which_file_at_once() throws IOException {
        StrandlineServer server = serve(pem());
        Path broken = Files.writeString(directory.resolve("broken.pem"), "no certificate");
        TlsOptions trusting =
                new TlsOptions().setTrustFiles(List.of(own.certificate().toString(), broken.toString()));
        assertThat(refusal(connect("127.0.0.1", server, trusting, 3_600_000)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("[" + broken + "]")
                .hasMessageContaining("CERTIFICATE");
        TlsOptions store =
                new TlsOptions().setTrustStoreFile(own.store().toString()).setTrustStorePassword("wrong");
        assertThat(refusal(connect("127.0.0.1", server, store, 3_600_000)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(own.store().toString())
                .hasMessageContaining("password");
    }

    @ParameterizedTest
    @CsvSource({"-tls1_3, true", "-tls1_2, true", "-tls1_1, false", "-tls1, false"})
    void openssl_connects_by_tls_1_2_and_1_3_alone(String version, boolean connects)
            throws IOException, InterruptedException {
        assumeTrue(hasOpenssl(), "openssl is not here");
        StrandlineServer server = serve(pem());
        Process client = new ProcessBuilder(
                        "openssl",
                        "s_client",
                        "-connect",
                        "127.0.0.1:" + server.port(),
                        version,
                        "-cipher",
                        "ALL:@SECLEVEL=0",
                        "-CAfile",
                        own.certificate().toString(),
                        "-verify_return_error",
                        "-brief")
                .redirectErrorStream(true)
                .start();
        client.getOutputStream().close();
        String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(client.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(said.contains("CONNECTION ESTABLISHED")).as(said).isEqualTo(connects);
        if (connects) {
            assertThat(said).contains("Verification: OK");
        }
    }

    private static boolean hasOpenssl() throws InterruptedException {
        try {
            Process version = new ProcessBuilder("openssl", "version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return version.waitFor(30, TimeUnit.SECONDS) && version.exitValue() == 0;
        } catch (IOException none) {
            return false;
        }
    }
}
