package io.strandline.server;

import static io.strandline.log.Applications.atSomePace;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.client.ClientOptions;
import io.strandline.client.TlsOptions;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import io.strandline.client.wire.Failures;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.Hello;
import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.strandline.server.security.AccessRules;
import io.strandline.server.security.AuditEvent;
import io.strandline.server.security.Authenticator;
import io.strandline.server.security.Authorization;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.PasswordHash;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.server.security.TokenIssuer;
import io.strandline.server.security.TokenOptions;
import io.strandline.server.security.UserFile;
import io.strandline.testkit.ReplacedFile;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose callers are authenticated and do what the rules permit. */
class SecuredServerTest extends OnServedLog {

    private static final Buffer SECRET = Buffer.buffer("0123456789abcdef0123456789abcdef");
    private static final String RULES = """
        role:clerks  READ_UPDATE  scope:shop
        user:billing READ         stream:shop/*
        user:root    ADMIN        *
        """;

    @TempDir
    private Path directory;

    private Path users;
    private Path rules;
    private Path key;

    @BeforeEach
    void files() throws IOException {
        UserFile known = UserFile.parse("")
                .with("anna", List.of("clerks"), hash("secret"))
                .with("root", List.of(), hash("root"));
        users = Files.writeString(directory.resolve("users"), known.text());
        rules = Files.writeString(directory.resolve("rules"), RULES);
        key = Files.write(directory.resolve("key"), SECRET.getBytes());
        createStream(2);
    }

    private static PasswordHash hash(String password) {
        return PasswordHash.of(password.toCharArray(), 1_000);
    }

    private SecurityOptions securityOptions() {
        return new SecurityOptions()
                .setUsersFile(users.toString())
                .setRulesFile(rules.toString())
                .setCertificates(true)
                .setTokens(new TokenOptions().setKeyFiles(List.of(key.toString())))
                .setReloadMillis(10)
                .setRecheckMillis(50);
    }

    private StrandlineServer secured(ServerOptions options) {
        return secured(get(Security.open(serverVertx, securityOptions())), options);
    }

    private StrandlineServer secured(Security security, ServerOptions options) {
        return get(StrandlineServer.listen(serverVertx, ServedLog.of(local).secured(security), options.setPort(0)));
    }

    private StrandlineServer secured() {
        return secured(new ServerOptions());
    }

    private static String basic(String nameAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(nameAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    private String token(String name, int seconds) {
        return "Bearer "
                + TokenIssuer.of(vertx, new TokenOptions(), SECRET).issue(name, List.of(), Optional.empty(), seconds);
    }

    private Future<Strandline> open(StrandlineServer at, ClientOptions options) {
        return Strandline.open(
                vertx,
                "tcp://127.0.0.1:" + at.port(),
                options.setCallTimeoutMillis(3_000).setPingMillis(50));
    }

    private Future<Strandline> open(StrandlineServer at, String credentials) {
        return open(at, new ClientOptions().setCredentials(credentials));
    }

    // ---- who calls

    @Test
    void a_caller_does_what_its_role_permits_and_nothing_else() {
        StrandlineServer secured = secured();
        Strandline anna = get(open(secured, basic("anna:secret")));
        Context context = newContext(vertx);
        get(append(context, writer(context, anna, new WriterOptions()), 0, 100));
        assertThat(readAll(anna)).hasSize(100);
        assertThat(refusal(anna.catalog().deleteStream(STREAM)))
                .isInstanceOf(StrandlineException.Unauthorized.class)
                .hasMessageContaining("anna may not do deleteStream")
                .hasMessageContaining("ADMIN on stream:shop/orders");
        assertThat(refusal(anna.catalog().createScope("bank"))).isInstanceOf(StrandlineException.Unauthorized.class);
        assertThat(refusal(anna.catalog().describe("_strandline/audit")))
                .isInstanceOf(StrandlineException.Unauthorized.class);
        assertThat(get(get(open(secured, basic("root:root"))).catalog().createScope("bank")))
                .isTrue();
    }

    @Test
    void an_opening_with_credentials_that_are_not_valid_fails_with_one_message() {
        StrandlineServer secured = secured();
        for (String wrong : List.of(basic("anna:wrong"), basic("nobody:secret"), "Bearer x.y.z", "Digest x", "Basic")) {
            assertThat(refusal(open(secured, wrong)))
                    .as(wrong)
                    .isInstanceOf(StrandlineException.Unauthorized.class)
                    .hasMessage("the credentials are not valid");
        }
        assertThat(refusal(open(secured, new ClientOptions()))).isInstanceOf(StrandlineException.Unauthorized.class);
    }

    @Test
    void an_address_that_fails_too_often_is_not_heard_for_a_while_not_even_with_valid_credentials() {
        Security security = get(
                Security.open(serverVertx, securityOptions().setMaxFailures(3).setFailureWindowMillis(3_600_000)));
        StrandlineServer secured = secured(security, new ServerOptions());
        for (int i = 0; i < 3; i++) {
            assertThat(refusal(open(secured, basic("anna:" + i)))).isInstanceOf(StrandlineException.Unauthorized.class);
        }
        RawClient client = hello(secured, basic("anna:secret"));
        get(client.closed());
        assertThat(failureOf(client))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageMatching("(?s).*heard again in 3[56]\\d\\d s.*"); // of the hour since the first failure
    }

    @Test
    void a_certificate_is_an_identity() {
        Certificates certificates = new Certificates(directory);
        Certificates.KeyFiles own = certificates.make("server", "CN=localhost");
        Certificates.KeyFiles billing = certificates.make("billing", "CN=billing");
        StrandlineServer secured = secured(new ServerOptions()
                .setTls(new TlsOptions()
                        .setKeyFile(own.key().toString())
                        .setCertificateFile(own.certificate().toString())
                        .setTrustFiles(List.of(billing.certificate().toString()))
                        .setClientCertificates(TlsOptions.ClientCertificates.OPTIONAL)));
        TlsOptions trusting =
                new TlsOptions().setTrustFiles(List.of(own.certificate().toString()));
        Strandline log = get(open(
                secured,
                new ClientOptions()
                        .setTls(new TlsOptions(trusting)
                                .setKeyFile(billing.key().toString())
                                .setCertificateFile(billing.certificate().toString()))));
        assertThat(get(log.catalog().describe(STREAM)).partitions()).hasSize(2);
        assertThat(refusal(log.catalog().retireWriter(STREAM, "x")))
                .isInstanceOf(StrandlineException.Unauthorized.class)
                .hasMessageContaining("billing may not");
        assertThat(refusal(open(secured, new ClientOptions().setTls(trusting))))
                .isInstanceOf(StrandlineException.Unauthorized.class);
    }

    @Test
    void listening_for_other_machines_needs_tls_and_security() {
        Certificates.KeyFiles own = new Certificates(directory).make("server", "CN=localhost");
        TlsOptions tls = new TlsOptions()
                .setKeyFile(own.key().toString())
                .setCertificateFile(own.certificate().toString());
        Security security = get(Security.open(serverVertx, securityOptions()));
        ServedLog open = ServedLog.of(local);
        ServedLog secured = open.secured(security);
        assertThat(refusal(StrandlineServer.listen(serverVertx, secured, everywhere())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("without tls;");
        assertThat(refusal(
                        StrandlineServer.listen(serverVertx, open, everywhere().setTls(tls))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("without security;");
        assertThat(get(StrandlineServer.listen(
                                serverVertx, secured, everywhere().setTls(tls)))
                        .port())
                .isPositive();
    }

    private static ServerOptions everywhere() {
        return new ServerOptions().setHost("0.0.0.0").setPort(0);
    }

    // ---- what ends

    private RawClient hello(StrandlineServer at, String credentials) {
        WireOutput out = new WireOutput();
        new Hello(1, 1, RawClient.session(), 1, 1 << 24, "raw", credentials.getBytes(StandardCharsets.UTF_8))
                .write(out);
        return get(RawClient.connect(vertx, at.port())).send(FrameWriter.bytesOf(FrameType.HELLO, 0, 0, out));
    }

    private static StrandlineException failureOf(RawClient client) {
        return Failures.read(new WireInput(client.of(FrameType.FAILURE).get(0)), false)
                .failure();
    }

    @Test
    void a_connection_ends_when_its_credentials_expire() {
        StrandlineServer secured = secured();
        atSomePace("a token that has not expired when it is shown", 1_000, millis -> {
            RawClient client = hello(secured, token("anna", (int) millis / 1_000));
            get(client.closed());
            assertThat(failureOf(client)).isInstanceOf(StrandlineException.Unauthorized.class);
            if (client.of(FrameType.WELCOME).isEmpty()) {
                return false;
            }
            assertThat(failureOf(client)).hasMessageContaining("expired");
            return true;
        });
    }

    @Test
    void a_client_goes_on_with_a_token_that_is_renewed_in_its_file() {
        StrandlineServer secured = secured();
        atSomePace("a token that has not expired when it is shown", 1_000, millis -> {
            String first = token("root", (int) millis / 1_000);
            long issued = System.nanoTime();
            Path file = write("token", first + "\n");
            Future<Strandline> opened = open(secured, new ClientOptions().setCredentialsFile(file.toString()));
            get(opened.transform(done -> Future.succeededFuture()));
            write("token", token("root", 600));
            if (opened.failed()) {
                assertThat(opened.cause()).isInstanceOf(StrandlineException.Unauthorized.class);
                return false;
            }
            // A token counts whole seconds.
            until(
                    vertx,
                    "the end of the first token",
                    () -> System.nanoTime() - issued > TimeUnit.MILLISECONDS.toNanos(millis + 1_000));
            assertThat(get(opened.result().catalog().scopes())).containsExactly("shop");
            return true;
        });
    }

    private Path write(String name, String text) {
        try {
            return ReplacedFile.write(directory.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_user_who_is_removed_is_not_served_any_more() throws IOException {
        StrandlineServer secured = secured();
        RawClient client = hello(secured, basic("anna:secret"));
        until(vertx, "the greeting", () -> client.of(FrameType.WELCOME).size() == 1);
        removeAnna();
        get(client.closed());
        assertThat(failureOf(client)).isInstanceOf(StrandlineException.Unauthorized.class);
    }

    /** Anna's credentials are refused once. Three refusals would close the address to everybody. */
    @Test
    void a_client_does_not_show_again_what_was_refused() throws IOException {
        StrandlineServer secured = secured(
                get(Security.open(
                        serverVertx, securityOptions().setMaxFailures(3).setFailureWindowMillis(3_600_000))),
                new ServerOptions());
        Strandline anna = get(open(secured, basic("anna:secret")));
        Promise<Throwable> ended = Promise.promise();
        get(start(newContext(vertx), () -> anna.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())
                .map(reader -> reader.exceptionHandler(ended::tryComplete).handler(event -> {}))));
        removeAnna();
        assertThat(get(ended.future()))
                .isInstanceOf(StrandlineException.Unauthorized.class)
                .hasMessageContaining("not valid");
        for (int i = 0; i < 10; i++) {
            assertThat(refusal(anna.catalog().scopes())).isInstanceOf(StrandlineException.Unauthorized.class);
        }
        Context context = newContext(vertx);
        assertThat(refusal(start(context, () -> anna.createWriter(STREAM, EventCodec.raw(), new WriterOptions()))))
                .isInstanceOf(StrandlineException.Unauthorized.class);
        assertThat(get(get(open(secured, basic("root:root"))).catalog().scopes()))
                .containsExactly("shop");
    }

    @Test
    void a_client_shows_what_its_file_has_after_a_refusal() throws IOException {
        StrandlineServer secured = secured(
                get(Security.open(
                        serverVertx, securityOptions().setMaxFailures(3).setFailureWindowMillis(3_600_000))),
                new ServerOptions());
        Path file = write("credentials", basic("anna:secret"));
        Strandline log = get(open(secured, new ClientOptions().setCredentialsFile(file.toString())));
        Promise<Throwable> ended = Promise.promise();
        get(start(newContext(vertx), () -> log.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())
                .map(reader -> reader.exceptionHandler(ended::tryComplete).handler(event -> {}))));
        removeAnna();
        assertThat(get(ended.future())).isInstanceOf(StrandlineException.Unauthorized.class);
        // The connection may live a moment longer than the user. The next one is refused.
        StrandlineException why = refusal(log.catalog().scopes());
        while (!"the credentials are not valid".equals(why.getMessage())) {
            why = refusal(log.catalog().scopes());
        }
        assertThat(why).isInstanceOf(StrandlineException.Unauthorized.class);
        write("credentials", basic("root:root"));
        assertThat(get(log.catalog().scopes())).containsExactly("shop");
    }

    private void removeAnna() throws IOException {
        ReplacedFile.write(
                users, UserFile.parse(Files.readString(users)).without("anna").text());
    }

    @Test
    void rules_that_change_hold_at_once_and_broken_ones_do_not() throws IOException {
        StrandlineServer secured = secured();
        Strandline anna = get(open(secured, basic("anna:secret")));
        assertThat(get(anna.catalog().streams("shop"))).hasSize(1);
        ReplacedFile.write(rules, "role:clerks READ nonsense");
        long broken = System.nanoTime();
        until(vertx, "some looks", () -> System.nanoTime() - broken > 100_000_000);
        assertThat(get(anna.catalog().streams("shop"))).hasSize(1);
        ReplacedFile.write(rules, "role:clerks DESCRIBE stream:shop/*");
        AtomicInteger refused = new AtomicInteger();
        vertx.setPeriodic(20, again -> anna.catalog().streams("shop").onFailure(why -> {
            if (why instanceof StrandlineException.Unauthorized) {
                refused.incrementAndGet();
            }
        }));
        until(vertx, "a refusal", () -> refused.get() > 0);
        assertThat(get(anna.catalog().describe(STREAM)).partitions()).hasSize(2);
    }

    @Test
    void a_read_that_waits_gets_no_event_after_the_right_is_gone() throws IOException {
        StrandlineServer secured = secured();
        Strandline billing = get(open(secured, token("billing", 600)));
        List<EventRecord<Buffer>> seen = new CopyOnWriteArrayList<>();
        Promise<Throwable> ended = Promise.promise();
        get(start(newContext(vertx), () -> billing.subscribe(
                        STREAM, EventCodec.raw(), new ReaderOptions().setFrom(StartPosition.start()))
                .map(reader -> reader.exceptionHandler(ended::tryComplete).handler(seen::add))));
        Context context = newContext(serverVertx);
        get(append(context, writer(context, local, new WriterOptions()), 0, 10));
        until(vertx, "events", () -> seen.size() == 10);
        ReplacedFile.write(rules, "user:root ADMIN *");
        Strandline anna = get(open(secured, basic("anna:secret")));
        AtomicInteger refusals = new AtomicInteger();
        vertx.setPeriodic(20, again -> anna.catalog().describe(STREAM).onFailure(why -> refusals.incrementAndGet()));
        until(vertx, "the new rules", () -> refusals.get() > 0);
        get(append(context, writer(context, local, new WriterOptions()), 10, 20));
        assertThat(get(ended.future())).isInstanceOf(StrandlineException.Unauthorized.class);
        assertThat(seen).hasSize(10);
    }

    // ---- providers of an application

    private static final Authenticator BY_NAME =
            shown -> Future.succeededFuture(Identity.of(shown.authorization().orElse("nobody"), List.of()));

    private static final Authorization ALL = (who, needed, resource) -> Future.succeededFuture(true);

    @SuppressWarnings("NullAway") // what an application may do
    private static final Authenticator NULL = shown -> null;

    @Test
    void providers_that_throw_or_fail_let_nobody_through() {
        Authorization throwing = (who, needed, resource) -> {
            throw new IllegalStateException("secret");
        };
        StrandlineServer secured = secured(Security.of(BY_NAME, throwing, new SecurityOptions()), new ServerOptions());
        assertThat(refusal(get(open(secured, "me")).catalog().describe(STREAM)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageNotContaining("secret");
        Authenticator broken = shown -> {
            throw new IllegalStateException("secret");
        };
        for (Authenticator none : List.of(broken, NULL)) {
            StrandlineServer closed = secured(Security.of(none, ALL, new SecurityOptions()), new ServerOptions());
            RawClient client = hello(closed, "me");
            get(client.closed());
            assertThat(failureOf(client))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("who calls")
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void a_client_is_served_by_an_authenticator_that_has_thrown_once() {
        AtomicInteger asked = new AtomicInteger();
        Authenticator shaky = shown -> {
            if (asked.incrementAndGet() == 1) {
                throw new IllegalStateException("the database is away");
            }
            return BY_NAME.authenticate(shown);
        };
        StrandlineServer secured = secured(
                Security.of(shaky, ALL, new SecurityOptions().setMaxFailures(1).setFailureWindowMillis(3_600_000)),
                new ServerOptions());
        assertThat(get(get(open(secured, "me")).catalog().scopes())).containsExactly("shop");
    }

    // ---- the audit trail

    private List<EventRecord<AuditEvent>> trail() {
        return get(start(
                newContext(serverVertx), () -> local.read(AuditEvent.STREAM, AuditEvent.CODEC, new ReaderOptions())
                        .compose(reader -> {
                            Promise<List<EventRecord<AuditEvent>>> read = Promise.promise();
                            List<EventRecord<AuditEvent>> events = new ArrayList<>();
                            reader.exceptionHandler(read::tryFail);
                            reader.endHandler(end -> read.tryComplete(events));
                            reader.handler(events::add);
                            return read.future();
                        })));
    }

    @Test
    void refusals_and_administrative_acts_are_in_the_audit_trail() {
        StrandlineServer secured = secured();
        refusal(open(secured, basic("anna:wrong")));
        Strandline anna = get(open(secured, basic("anna:secret")));
        refusal(anna.catalog().deleteStream(STREAM));
        Strandline root = get(open(secured, basic("root:root")));
        get(root.catalog().createScope("bank"));
        refusal(root.catalog().deleteScope("shop"));
        get(root.catalog().scopes()); // is none
        AtomicInteger entries = new AtomicInteger();
        serverVertx.setPeriodic(20, look -> local.catalog()
                .endCut(AuditEvent.STREAM)
                .onSuccess(cut -> entries.set(
                        cut.offsets().values().stream().mapToInt(Long::intValue).sum())));
        until(vertx, "the entries", () -> entries.get() >= 4);
        List<AuditEvent> trail = trail().stream().map(EventRecord::event).toList();
        assertThat(trail)
                .containsExactly(
                        new AuditEvent(
                                "anonymous",
                                "tcp 127.0.0.1",
                                "authenticate",
                                List.of(),
                                "refused",
                                "the credentials are not valid",
                                "anna",
                                0),
                        new AuditEvent(
                                "anna",
                                "tcp 127.0.0.1",
                                "deleteStream",
                                List.of("stream:shop/orders"),
                                "refused",
                                "anna may not do deleteStream, which needs ADMIN on stream:shop/orders",
                                "",
                                0),
                        new AuditEvent(
                                "root", "tcp 127.0.0.1", "createScope", List.of("scope:bank"), "done", "", "", 0),
                        new AuditEvent(
                                "root",
                                "tcp 127.0.0.1",
                                "deleteScope",
                                List.of("scope:shop"),
                                "failed",
                                trail.get(3).because(),
                                "",
                                0));
        assertThat(trail().get(1).key()).isEqualTo("anna");
    }

    // ---- the rules and a partition of somebody else

    @Test
    void a_partition_is_read_and_written_by_the_right_on_its_own_stream() {
        get(local.catalog().createStream("shop/bills", new StreamOptions()));
        Authorization rules = new Authorization() {
            private final AccessRules of = AccessRules.parse("* READ_UPDATE stream:shop/orders");

            @Override
            public Future<Boolean> may(Identity who, Right needed, Resource resource) {
                return Future.succeededFuture(of.may(who, needed, resource));
            }
        };
        StrandlineServer secured = secured(Security.of(BY_NAME, rules, new SecurityOptions()), new ServerOptions());
        RawClient client = hello(secured, "me");
        until(vertx, "the greeting", () -> client.of(FrameType.WELCOME).size() == 1);
        var bills = get(local.catalog().describe("shop/bills")).partitions().get(0);
        var orders = get(local.catalog().describe(STREAM)).partitions().get(0);
        client.call(Operations.READ_EVENTS, 1, new Requests.Read(bills, 0, 1_000));
        client.call(Operations.READ_EVENTS, 2, new Requests.Read(orders, 0, 1_000));
        client.call(Operations.AWAIT_EVENTS, 3, new Requests.Read(bills, 0, 1_000));
        until(vertx, "the answers", () -> client.of(FrameType.FAILURE).size() == 2);
        assertThat(failureOf(client))
                .isInstanceOf(StrandlineException.Unauthorized.class)
                .hasMessageContaining("partition:" + bills.id())
                .hasMessageNotContaining("bills");
        until(vertx, "the reply", () -> client.of(FrameType.REPLY).size() == 1);
        assertThat(client.of(FrameType.REPLY).get(0).id()).isEqualTo(2);
    }

    @Test
    void nothing_secret_is_in_the_text_of_credentials() {
        assertThat(new Credentials(Optional.of("Bearer secret"), Optional.empty(), "10.0.0.7", Door.TCP).toString())
                .doesNotContain("secret");
    }
}
