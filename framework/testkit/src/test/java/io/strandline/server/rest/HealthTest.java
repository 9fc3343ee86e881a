package io.strandline.server.rest;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.Applications;
import io.strandline.log.CrashChild;
import io.strandline.log.HookedLogs;
import io.strandline.log.impl.journal.JournalNames;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.strandline.server.rest.Http.Response;
import io.strandline.spi.LogPort;
import io.strandline.spi.watch.ShardCondition;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.HookedDisk.Step;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator is told of a log whose shards fail and whose disk is full, at {@code /v1/health} and below it. */
class HealthTest {

    private static final String READY = "/v1/health/ready";
    private static final String HEALTH = "/v1/health";
    private static final HookedDisk.Hook NO_FAULT = (step, name, bytes) -> {};
    private static final int MAX_ROUNDS = 200;

    @TempDir
    Path directory;

    private final Vertx serverVertx = Vertx.vertx();
    private final Vertx vertx = Vertx.vertx();
    private final Context context = newContext(serverVertx);
    private volatile HookedDisk.Hook fault = NO_FAULT;

    @AfterEach
    void close() {
        fault = NO_FAULT;
        get(vertx.close());
        get(serverVertx.close());
    }

    private Strandline open() {
        Strandline log = get(HookedLogs.open(
                serverVertx,
                "file:" + directory.resolve("data"),
                CrashChild.options(),
                (step, name, bytes) -> fault.before(step, name, bytes)));
        get(log.catalog()
                .createStream(
                        "shop/orders", new StreamOptions().setPartitions(8).setCreateScope(true)));
        return log;
    }

    private Http served(Strandline log) {
        RestServer server = get(RestServer.listen(serverVertx, ServedLog.of(log), new RestOptions().setPort(0)));
        return new Http(vertx, server.port());
    }

    private EventWriter<Buffer> writer(Strandline log) {
        return Applications.writer(context, log, "shop/orders", new WriterOptions().setRetryTimeoutMillis(0));
    }

    /** Appends to all partitions. What is refused is refused. */
    private void append(EventWriter<Buffer> writer) {
        get(start(context, () -> {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                all.add(writer.append("key-" + i, Buffer.buffer("x".repeat(500))));
            }
            return Future.join(all).transform(appended -> Future.succeededFuture());
        }));
    }

    private void untilStatus(Http http, String path, int status) {
        AtomicReference<Future<Response>> asked = new AtomicReference<>(ask(http, path));
        until(vertx, path + " is answered with " + status, () -> {
            Future<Response> last = Objects.requireNonNull(asked.get());
            if (last.isComplete() && last.result().status() != status) {
                asked.set(ask(http, path));
                return false;
            }
            return last.isComplete();
        });
    }

    private static Future<Response> ask(Http http, String path) {
        return http.send(HttpMethod.GET, path, Map.of(), Buffer.buffer());
    }

    private static JsonArray checks(String... nameAndStatus) {
        JsonArray all = new JsonArray();
        for (int i = 0; i < nameAndStatus.length; i += 2) {
            all.add(new JsonObject().put("name", nameAndStatus[i]).put("status", nameAndStatus[i + 1]));
        }
        return all;
    }

    @Test
    void a_log_that_serves_is_up() {
        Http http = served(open());
        for (String path : List.of(READY, HEALTH)) {
            Response up = http.get(path);
            assertThat(up.status()).isEqualTo(200);
            assertThat(up.json())
                    .isEqualTo(new JsonObject()
                            .put("status", "up")
                            .put("checks", checks("shard-0", "up", "shard-1", "up")));
        }
    }

    @Test
    void a_full_disk_is_told_and_leaves_a_log_ready_for_who_reads() {
        Strandline log = open();
        Http http = served(log);
        EventWriter<Buffer> writer = writer(log);
        fault = (step, name, bytes) -> {
            if (step == Step.WRITE && (name.endsWith(JournalNames.UNFINISHED) || name.contains("/chunks"))) {
                throw new NoSpaceException("no space for " + name);
            }
        };
        Response told = http.get(HEALTH);
        for (int i = 0; told.status() == 200 && i < MAX_ROUNDS; i++) {
            append(writer);
            told = http.get(HEALTH);
        }
        assertThat(told.status()).isEqualTo(503);
        assertThat(told.mediaType()).isEqualTo("application/problem+json");
        assertThat(told.json().getString("code")).isEqualTo("unavailable");
        assertThat(told.json().getString("detail")).contains(": full").doesNotContain(directory.toString());
        assertThat(told.json().getJsonArray("checks").encode()).contains("\"status\":\"full\"");
        LogPort port = Objects.requireNonNull(LogPort.of(log));
        assertThat(get(port.statistics())).anyMatch(shard -> shard.isFull());

        Response ready = http.get(READY);
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.json().getJsonArray("checks").encode()).contains("\"status\":\"full\"");
        assertThat(http.get("/v1/scopes/shop/streams/orders/events?limit=1").status())
                .isEqualTo(200);

        fault = NO_FAULT;
        untilStatus(http, HEALTH, 200);
        assertThat(get(port.statistics())).noneMatch(shard -> shard.isFull());
    }

    @Test
    void a_shard_that_cannot_recover_is_told() {
        Strandline log = open();
        Http http = served(log);
        EventWriter<Buffer> writer = writer(log);
        fault = (step, name, bytes) -> {
            if (name.startsWith("shard-1/")) {
                throw new IOException(step + " of " + name + " fails");
            }
        };
        append(writer);
        untilStatus(http, READY, 503);
        untilStatus(http, HEALTH, 503);
        JsonObject told = http.get(READY).json();
        assertThat(told.getJsonArray("checks")).isEqualTo(checks("shard-0", "up", "shard-1", "recovers"));
        assertThat(told.getString("detail")).isEqualTo("shard-1: recovers");
        LogPort port = Objects.requireNonNull(LogPort.of(log));
        assertThat(get(port.statistics())).singleElement().satisfies(other -> assertThat(other.shard())
                .isZero());

        fault = NO_FAULT;
        untilStatus(http, READY, 200);
    }

    /** Between the log and who asks, so that an answer may be held back. */
    private Strandline with(Strandline log, List<Future<ShardCondition>> conditions) {
        LogPort port = Objects.requireNonNull(LogPort.of(log));
        LogPort other = (LogPort) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {LogPort.class},
                (proxy, method, arguments) ->
                        method.getName().equals("conditions") ? conditions : method.invoke(port, arguments));
        return LogPort.strandline(serverVertx, other);
    }

    @Test
    void a_shard_that_answers_nothing_in_time_is_silent_and_one_that_was_given_up_is_stopped() {
        Promise<ShardCondition> never = Promise.promise();
        Http http = served(with(open(), List.of(never.future(), Future.succeededFuture(ShardCondition.STOPPED))));
        Response told = http.get(READY);
        assertThat(told.status()).isEqualTo(503);
        assertThat(told.json().getJsonArray("checks")).isEqualTo(checks("shard-0", "silent", "shard-1", "stopped"));
        assertThat(http.get("/v1/health/live").status()).isEqualTo(200);
    }

    @Test
    void a_log_of_another_process_has_one_check() {
        StrandlineServer server = get(StrandlineServer.listen(serverVertx, open(), new ServerOptions().setPort(0)));
        Http http = served(get(Strandline.open(vertx, "tcp://127.0.0.1:" + server.port())));
        assertThat(http.get(READY).json().getJsonArray("checks")).isEqualTo(checks("log", "up"));
    }
}
