package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.client.TlsOptions;
import io.strandline.command.setting.LogTarget.Session;
import io.strandline.command.setting.Waiting;
import io.strandline.json.JsonCodec;
import io.strandline.log.MemoryEngine;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a pipeline that runs in an application and is exposed by its REST interface, both in this JVM. */
class PipelineCommandTest {

    private static final String STREAM = "shop/orders";

    /** An order. One of BROKEN fails, and one of RANDOM counts another number each time. */
    private record Order(String item, int count) {
        static final JsonCodec<Order> CODEC = JsonCodec.of("order", 1, Order.class);
        static final String BROKEN = "broken";
        static final String RANDOM = "random";
    }

    private static final JsonCodec<Long> TOTAL = JsonCodec.of("total", 1, Long.class);

    @TempDir
    private Path directory;

    private final AtomicLong random = new AtomicLong();
    private Session session;
    private ServedLog served;
    private volatile RunningPipeline running;
    private EventWriter<Order> writer;
    private String address;

    @BeforeEach
    void runPipeline() {
        Vertx vertx = Vertx.vertx();
        Strandline log = Waiting.of(Strandline.open(vertx, "memory:", MemoryEngine.options()));
        session = new Session(vertx, vertx.getOrCreateContext(), log);
        StreamOptions stream = new StreamOptions().setCreateScope(true);
        session.call(() -> log.catalog().createStream(STREAM, stream));
        session.call(() -> log.catalog().createStream("shop/totals", stream));
        Pipeline totals = totals(1, "shop/totals");
        running = session.call(() -> totals.deploy(vertx, log, options()));
        writer = session.call(() -> log.createWriter(STREAM, Order.CODEC, new WriterOptions()));
        served = ServedLog.of(log);
        served.exposed().pipeline("totals", running, checkpoint -> totals.restore(vertx, log, options(), checkpoint)
                .onSuccess(restored -> running = restored));
        address = "http://127.0.0.1:" + listen(served, new RestOptions());
    }

    private static PipelineOptions options() {
        return new PipelineOptions().setFailurePolicy(FailurePolicy.PARK).setMaxAttempts(1);
    }

    private Pipeline totals(int version, String sink) {
        return Pipeline.named("totals", version)
                .from(STREAM, Order.CODEC)
                .keyByRoutingKey()
                .aggregate("total", TOTAL, item -> 0L, this::add)
                .to(sink, TOTAL)
                .build();
    }

    private int listen(ServedLog what, RestOptions options) {
        return session.call(() -> RestServer.listen(session.vertx(), what, options.setPort(0)))
                .port();
    }

    @AfterEach
    void close() {
        Waiting.of(session.vertx().close());
    }

    private long add(long total, Order order) {
        if (order.item().equals(Order.BROKEN)) {
            throw new IllegalStateException("broken on purpose");
        }
        return total + (order.item().equals(Order.RANDOM) ? random.incrementAndGet() : order.count());
    }

    private void append(String item) {
        session.call(() -> writer.append("anna", new Order(item, 1)));
    }

    private Ran run(String... arguments) {
        return Ran.with(Map.of("STRANDLINE_REST_SERVER", address), arguments);
    }

    private String done(String... arguments) {
        Ran ran = run(arguments);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isEqualTo(ExitCode.DONE);
        return ran.out();
    }

    @Test
    void a_pipeline_is_listed_described_paused_and_resumed() {
        assertThat(done("pipeline", "list")).isEqualTo("totals\n");
        assertThat(new JsonArray(done("pipeline", "list", "--json"))).containsExactly("totals");
        assertThat(done("pipeline", "describe", "totals")).contains("totals v1");
        assertThat(new JsonObject(done("pipeline", "describe", "totals", "--json")).getString("name"))
                .isEqualTo("totals");
        assertThat(done("pipeline", "describe", "totals", "--mermaid")).startsWith("flowchart");
        assertThat(run("pipeline", "describe", "totals", "--mermaid", "--json").code())
                .isEqualTo(ExitCode.USAGE);

        assertThat(done("pipeline", "pause", "totals")).isEqualTo("totals is paused\n");
        assertThat(new JsonObject(done("pipeline", "describe", "totals", "--json")).getString("state"))
                .isEqualTo("PAUSED");
        assertThat(done("pipeline", "resume", "totals")).isEqualTo("totals goes on\n");
        assertThat(new JsonObject(done("pipeline", "describe", "totals", "--json")).getString("state"))
                .isEqualTo("RUNNING");
    }

    @Test
    void a_pipeline_is_restored_from_a_checkpoint() {
        append("tea");
        session.call(running::awaitEnd);
        done("pipeline", "checkpoint", "totals", "--pin", "monday");
        append("tea");
        session.call(running::awaitEnd);
        RunningPipeline before = running;
        assertThat(run("pipeline", "restore", "totals", "friday", "--yes").err())
                .startsWith("NotFound: ")
                .contains("friday")
                .contains("monday");
        assertThat(run("pipeline", "restore", "totals", "monday").code()).isEqualTo(ExitCode.USAGE);
        assertThat(running).isSameAs(before);
        assertThat(done("pipeline", "restore", "totals", "monday", "--yes"))
                .isEqualTo("totals goes on from checkpoint monday\n");
        assertThat(running).isNotSameAs(before);
        assertThat(before.status().state()).isEqualTo(PipelineStatus.State.STOPPED);
        session.call(running::awaitEnd);
        assertThat(session.call(() -> running.state("total", "anna")).value()).isEqualTo(2L);

        served.exposed().pipeline("totals", running);
        Ran refused = run("pipeline", "restore", "totals", "monday", "--yes");
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err()).startsWith("Invalid: ").contains("Pipeline.restore");
    }

    @Test
    void a_pipeline_is_switched_to_the_version_beside_it_and_the_former_one_is_dropped() {
        append("tea");
        session.call(running::awaitEnd);
        assertThat(run("pipeline", "drop", "totals", "--yes").err())
                .startsWith("Invalid: ")
                .contains("Pipeline.drop");
        RunningPipeline beside = exposeBeside();
        assertThat(run("pipeline", "switch", "totals", "totals-2").code()).isEqualTo(ExitCode.USAGE);
        assertThat(run("pipeline", "switch", "totals", "totals", "--yes").err()).startsWith("Invalid: ");
        assertThat(run("pipeline", "switch", "totals-2", "totals", "--yes").err())
                .startsWith("Invalid: ");
        assertThat(run("pipeline", "drop", "totals").code()).isEqualTo(ExitCode.USAGE);
        assertThat(run("pipeline", "drop", "totals", "--yes").err())
                .startsWith("Conflict: ")
                .contains("RUNNING");

        assertThat(done("pipeline", "switch", "totals", "totals-2", "--yes"))
                .startsWith("totals has ended, and totals-2 goes on: version 1 to 2 at ");
        assertThat(running.status().state()).isEqualTo(PipelineStatus.State.STOPPED);
        assertThat(done("pipeline", "drop", "totals", "--yes")).isEqualTo("totals is dropped\n");
        assertThat(done("pipeline", "list")).isEqualTo("totals-2\n");
        append("tea");
        session.call(beside::awaitEnd);
        assertThat(session.call(() -> beside.state("total", "anna")).value()).isEqualTo(2L);

        session.call(beside::close);
        assertThat(run("pipeline", "drop", "totals-2", "--yes").err())
                .as("the version that is the pipeline")
                .startsWith("Conflict: ");
    }

    private RunningPipeline exposeBeside() {
        Vertx vertx = session.vertx();
        Strandline log = session.log();
        session.call(() -> log.catalog().createStream("shop/totals-2", new StreamOptions()));
        Pipeline former = totals(1, "shop/totals");
        Pipeline next = totals(2, "shop/totals-2");
        RunningPipeline beside = session.call(() -> next.runBeside(vertx, log, options(), null));
        served.exposed()
                .pipeline(
                        "totals",
                        running,
                        checkpoint -> former.restore(vertx, log, options(), checkpoint),
                        () -> former.drop(vertx, log, options()))
                .pipeline(
                        "totals-2",
                        beside,
                        checkpoint -> next.restore(vertx, log, options(), checkpoint),
                        () -> next.drop(vertx, log, options()));
        return beside;
    }

    @Test
    void checkpoints_are_pinned_listed_audited_and_unpinned() {
        append("tea");
        session.call(running::awaitEnd);
        JsonObject monday = new JsonObject(done("pipeline", "checkpoint", "totals", "--pin", "monday", "--json"));
        append("tea");
        session.call(running::awaitEnd);
        assertThat(done("pipeline", "checkpoint", "totals", "--pin=tuesday"))
                .contains(" of version 1 at 2", ": 1 keys, ", ", pinned as tuesday");
        assertThat(objects(done("pipeline", "checkpoints", "totals", "--json")))
                .extracting(checkpoint -> checkpoint.getLong("number"))
                .contains(monday.getLong("number"));
        assertThat(objects(done("pipeline", "checkpoints", "totals", "--json")))
                .filteredOn(checkpoint -> checkpoint.getJsonArray("names").equals(new JsonArray().add("monday")))
                .extracting(checkpoint -> checkpoint.getLong("takenMillis"))
                .containsExactly(monday.getLong("takenMillis"));
        assertThat(done("pipeline", "checkpoints", "totals")).contains(", pinned as monday\n", ", pinned as tuesday\n");
        assertThat(done("pipeline", "audit", "totals", "monday", "tuesday"))
                .startsWith("checkpoint monday to tuesday, ")
                .endsWith("steps: equal\n");

        append(Order.RANDOM);
        session.call(running::awaitEnd);
        done("pipeline", "checkpoint", "totals", "--pin=friday");
        Ran different = run("pipeline", "audit", "totals", "tuesday", "friday");
        assertThat(different.code()).isEqualTo(ExitCode.FAILED);
        assertThat(different.err()).isEmpty();
        assertThat(different.out()).contains("DIFFERENT").contains("STATE of ").contains(", key anna");

        Ran taken = run("pipeline", "checkpoint", "totals", "--pin=friday");
        assertThat(taken.code()).isEqualTo(ExitCode.FAILED);
        assertThat(taken.err()).startsWith("Conflict: ").contains("friday").hasLineCount(1);
        assertThat(done("pipeline", "unpin", "totals", "friday")).isEqualTo("totals keeps no friday any more\n");
        assertThat(run("pipeline", "unpin", "totals", "friday").err()).startsWith("NotFound: ");
    }

    private static List<JsonObject> objects(String array) {
        return new JsonArray(array).stream().map(JsonObject.class::cast).toList();
    }

    @Test
    void parked_events_are_listed_replayed_and_dropped() {
        append(Order.BROKEN);
        append(Order.BROKEN);
        session.call(running::awaitEnd);
        assertThat(done("pipeline", "parked", "totals"))
                .contains("anna: ")
                .contains("on purpose")
                .hasLineCount(2);
        List<JsonObject> parked = objects(done("pipeline", "parked", "totals", "--json"));
        String first = parked.get(0).getLong("id").toString();
        String second = parked.get(1).getLong("id").toString();
        assertThat(done("pipeline", "parked", "totals", "--after", first))
                .startsWith(second + " ")
                .hasLineCount(1);
        assertThat(done("pipeline", "parked", "totals", "--drop", first)).isEqualTo("1 dropped\n");
        assertThat(done("pipeline", "parked", "totals", "--replay", second)).isEqualTo("1 replayed\n");
        session.call(running::awaitEnd);
        assertThat(objects(done("pipeline", "parked", "totals", "--json")))
                .hasSize(1)
                .noneMatch(event -> second.equals(event.getLong("id").toString()));
        assertThat(run("pipeline", "parked", "totals", "--drop=1", "--replay=1").code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void a_failure_has_its_exit_code() {
        Ran nobody = run("pipeline", "describe", "nobody");
        assertThat(nobody.code()).isEqualTo(ExitCode.FAILED);
        assertThat(nobody.err()).startsWith("NotFound: ").contains("nobody").hasLineCount(1);
        Ran path = run("pipeline", "pause", "../events");
        assertThat(path.code()).isEqualTo(ExitCode.USAGE);
        assertThat(path.err()).startsWith("Invalid: ");
        assertThat(run("pipeline").code()).isEqualTo(ExitCode.USAGE);
        assertThat(run("pipeline", "list", "--timeout-seconds=0").err()).contains("--timeout-seconds is 0");
        for (String wrong : List.of("tcp://127.0.0.1:1", "http://anna:secret-1@127.0.0.1", "127.0.0.1", "http://a b")) {
            Ran refused = run("pipeline", "list", "--rest-server", wrong);
            assertThat(refused.code()).as(wrong).isEqualTo(ExitCode.USAGE);
            assertThat(refused.err()).startsWith("Invalid: --rest-server").doesNotContain("secret-1");
        }
        Ran away = run("pipeline", "pause", "totals", "--rest-server=http://127.0.0.1:1");
        assertThat(away.code()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(away.err()).startsWith("Unavailable: ").contains("127.0.0.1:1");
    }

    /** A change whose answer is lost may have been made, and a question that is not answered has changed nothing. */
    @Test
    void a_lost_answer_is_told_from_one_that_never_was() {
        String mute = other(request -> request.connection().close());
        assertThat(run("pipeline", "pause", "totals", mute).code()).isEqualTo(ExitCode.UNKNOWN);
        assertThat(run("pipeline", "list", mute).code()).isEqualTo(ExitCode.UNAVAILABLE);
        String silent = other(HttpServerRequest::pause);
        assertThat(run("pipeline", "pause", "totals", silent, "--timeout-seconds=5")
                        .code())
                .isEqualTo(ExitCode.UNKNOWN);
    }

    @Test
    void an_answer_of_a_proxy_is_judged_by_its_status() {
        String proxy = other(request -> request.response().setStatusCode(502).end("<html>\u001b[2J"));
        Ran change = run("pipeline", "pause", "totals", proxy);
        assertThat(change.code()).isEqualTo(ExitCode.UNKNOWN);
        assertThat(change.err()).contains("502").doesNotContain("html");
        assertThat(run("pipeline", "list", proxy).code()).isEqualTo(ExitCode.UNAVAILABLE);
        String odd = other(request -> request.response().end("no JSON"));
        assertThat(run("pipeline", "list", odd).code()).isEqualTo(ExitCode.UNKNOWN);
        String inDoubt = other(request -> request.response()
                .setStatusCode(503)
                .end("{\"code\":\"unavailable\",\"detail\":\"a\\nb\",\"happened\":\"unknown\"}"));
        assertThat(run("pipeline", "pause", "totals", inDoubt).code()).isEqualTo(ExitCode.UNKNOWN);
        String done = other(request -> request.response()
                .setStatusCode(403)
                .end("{\"code\":\"unauthorized\",\"detail\":\"a\",\"happened\":\"yes\"}"));
        Ran unanswered = run("pipeline", "pause", "totals", done);
        assertThat(unanswered.code()).isEqualTo(ExitCode.UNKNOWN);
        assertThat(unanswered.err()).contains("it was done, and its answer is missing: a");
        Ran question = run("pipeline", "list", inDoubt);
        assertThat(question.code()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(question.err()).startsWith("Unavailable: a b").hasLineCount(1);
        String elsewhere = other(request -> request.response()
                .setStatusCode(302)
                .putHeader("Location", address + request.uri())
                .end());
        assertThat(run("pipeline", "list", elsewhere).code()).isEqualTo(ExitCode.USAGE);
    }

    /** The option for a server that is none of Strandline. */
    private String other(Handler<HttpServerRequest> requests) {
        return "--rest-server=http://127.0.0.1:"
                + Waiting.of(session.vertx()
                                .createHttpServer()
                                .requestHandler(requests)
                                .listen(0, "127.0.0.1"))
                        .actualPort();
    }

    @Test
    void a_server_with_security_knows_the_caller() throws IOException {
        file("password", "secret-1");
        Ran.with(Map.of(), "user", "add", "anna", "--users", path("users"), "--password-file", path("password"));
        Ran.with(Map.of(), "user", "add", "ben", "--users", path("users"), "--password-file", path("password"));
        String rules = file("rules", "user:anna OPERATE pipeline:totals\nuser:ben READ pipeline:totals\n");
        Security security = session.call(() -> Security.open(
                session.vertx(),
                new SecurityOptions().setUsersFile(path("users")).setRulesFile(rules)));
        address = "http://127.0.0.1:" + listen(served.secured(security), new RestOptions());

        assertThat(pause(Map.of("STRANDLINE_CREDENTIALS", "anna:secret-1"))).isEqualTo(ExitCode.DONE);
        assertThat(pause(Map.of("STRANDLINE_CREDENTIALS", "ben:secret-1"))).isEqualTo(ExitCode.NOT_ALLOWED);
        assertThat(pause(Map.of("STRANDLINE_CREDENTIALS", "anna:wrong"))).isEqualTo(ExitCode.NOT_ALLOWED);
        assertThat(pause(Map.of())).isEqualTo(ExitCode.NOT_ALLOWED);
        assertThat(pause(Map.of(), "--credentials-file", file("shown", "anna:secret-1\n")))
                .isEqualTo(ExitCode.DONE);
        String stale = "client.credentialsFile=" + file("stale", "Bearer none");
        assertThat(pause(Map.of(), "--set", stale)).isEqualTo(ExitCode.NOT_ALLOWED);
        assertThat(pause(Map.of(), "--set", stale, "--credentials-file", path("shown")))
                .as("the argument comes before the section")
                .isEqualTo(ExitCode.DONE);
    }

    private int pause(Map<String, String> environment, String... more) {
        String[] arguments = {"pipeline", "pause", "totals", "--rest-server", address};
        String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return Ran.with(environment, all).code();
    }

    @Test
    void the_certificate_of_a_server_must_be_trusted() throws IOException, InterruptedException {
        TlsOptions tls = new TlsOptions().setKeyStoreFile(key()).setKeyStorePassword(Keytool.PASSWORD);
        address = "https://localhost:" + listen(served, new RestOptions().setTls(tls));
        Ran distrusted = run("pipeline", "list");
        assertThat(distrusted.code()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(distrusted.out()).isEmpty();
        JsonObject trust =
                new JsonObject().put("trustStoreFile", path("trust.p12")).put("trustStorePassword", Keytool.PASSWORD);
        assertThat(done("pipeline", "list", "--set", "client.tls=" + trust.encode()))
                .isEqualTo("totals\n");
    }

    /** A key for localhost, whose certificate {@code trust.p12} trusts. */
    private String key() throws IOException, InterruptedException {
        Path key = directory.resolve("key.p12");
        Keytool.makeKey(key);
        Keytool.trust(key, directory.resolve("trust.p12"));
        return key.toString();
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }
}
