package io.strandline.client.impl;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.ClientOptions;
import io.strandline.log.MemoryEngine;
import io.strandline.server.ServedLog;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.strandline.server.security.Authenticator;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.testkit.ReplacedFile;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client whose credentials a server refuses, for a while or for good. */
class RefusedClientTest {

    private static final long REFUSED_MILLIS = 300;

    @TempDir
    private Path directory;

    private final Vertx serverVertx = Vertx.vertx();
    private final Vertx vertx = Vertx.vertx();
    private final Strandline local =
            get(Strandline.open(serverVertx, "memory:", MemoryEngine.options().setShards(1)));

    @AfterEach
    void close() {
        get(vertx.close());
        get(serverVertx.close());
    }

    /** A server and the credentials that it takes. */
    private final class Guarded implements Authenticator {

        final Set<String> valid = ConcurrentHashMap.newKeySet();
        final AtomicInteger taken = new AtomicInteger();
        final AtomicInteger refused = new AtomicInteger();
        volatile boolean endsConnections;
        final StrandlineServer server = get(StrandlineServer.listen(
                serverVertx,
                ServedLog.of(local)
                        .secured(Security.of(
                                this,
                                (who, needed, resource) -> Future.succeededFuture(true),
                                new SecurityOptions().setAudit(false).setRecheckMillis(20))),
                new ServerOptions().setPort(0)));

        @Override
        public Future<Identity> authenticate(Credentials credentials) {
            String shown = credentials.authorization().orElse("");
            if (valid.contains(shown)) {
                taken.incrementAndGet();
                return Future.succeededFuture(Identity.of(shown, List.of()));
            }
            refused.incrementAndGet();
            return Future.failedFuture(new StrandlineException.Unauthorized("not valid"));
        }

        @Override
        public boolean isCurrent(Identity identity) {
            return !endsConnections && valid.contains(identity.name());
        }

        String place() {
            return "127.0.0.1:" + server.port();
        }
    }

    private Strandline open(String places, ClientOptions options) {
        return get(new TcpEngine(REFUSED_MILLIS).open(vertx, "tcp://" + places, options));
    }

    private ClientOptions byFile(String text) throws IOException {
        Path file = ReplacedFile.write(directory.resolve("credentials"), text);
        return new ClientOptions().setCredentialsFile(file.toString());
    }

    @Test
    void a_client_whose_file_changes_before_the_server_is_served_when_the_server_follows() throws IOException {
        Guarded guarded = new Guarded();
        guarded.valid.add("old");
        Strandline log = open(guarded.place(), byFile("old").setCallTimeoutMillis(30_000));
        byFile("new");
        guarded.valid.clear();
        until(vertx, "a refusal", () -> guarded.refused.get() > 0);
        guarded.valid.add("new");
        assertThat(get(log.catalog().scopes())).isEmpty();
    }

    @Test
    void a_client_with_credentials_that_never_change_is_served_again_by_a_server_that_takes_them_again() {
        Guarded guarded = new Guarded();
        guarded.valid.add("me");
        Strandline log =
                open(guarded.place(), new ClientOptions().setCredentials("me").setCallTimeoutMillis(30_000));
        guarded.valid.clear();
        until(vertx, "a refusal", () -> guarded.refused.get() > 0);
        assertThat(refusal(log.catalog().scopes())).isInstanceOf(StrandlineException.Unauthorized.class);
        guarded.valid.add("me");
        AtomicInteger served = new AtomicInteger();
        vertx.setPeriodic(20, again -> log.catalog().scopes().onSuccess(scopes -> served.incrementAndGet()));
        until(vertx, "an answer", () -> served.get() > 0);
    }

    @Test
    void a_server_is_asked_seldom_with_what_it_has_refused() throws IOException {
        for (ClientOptions options : List.of(byFile("me"), new ClientOptions().setCredentials("me"))) {
            Guarded guarded = new Guarded();
            guarded.valid.add("me");
            Strandline log = open(guarded.place(), options);
            long began = System.nanoTime();
            guarded.valid.clear();
            until(vertx, "four refusals", () -> guarded.refused.get() >= 4);
            assertThat(System.nanoTime() - began)
                    .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(3 * REFUSED_MILLIS));
            get(log.close());
        }
    }

    /** Then the address has at most two failures of the client within the window, of ten that it may have. */
    @Test
    void a_refusal_lasts_as_long_as_servers_count_failures() {
        assertThat(Refusals.MIN_MILLIS).isGreaterThanOrEqualTo(SecurityOptions.DEFAULT_FAILURE_WINDOW_MILLIS);
    }

    @Test
    void calls_wait_for_a_server_that_has_not_refused() {
        Guarded refusing = new Guarded();
        Guarded other = new Guarded();
        other.valid.add("me");
        ClientOptions options = new ClientOptions().setCredentials("me").setCallTimeoutMillis(3_000);
        Strandline log = open(refusing.place() + "," + other.place(), options);
        get(other.server.close());
        assertThat(refusal(log.catalog().scopes())).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(refusing.refused.get()).isPositive();
    }

    /** Otherwise each connection that another server ends would cost the address a failure. */
    @Test
    void a_refusal_is_not_forgotten_when_another_server_answers() {
        Guarded refusing = new Guarded();
        Guarded other = new Guarded();
        other.valid.add("me");
        other.endsConnections = true;
        ClientOptions options = new ClientOptions().setCredentials("me");
        get(new TcpEngine().open(vertx, "tcp://" + refusing.place() + "," + other.place(), options));
        until(vertx, "five connections", () -> other.taken.get() >= 5);
        assertThat(refusing.refused.get()).isOne();
    }
}
