package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.command.setting.Waiting;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in a process of its own: it serves until a signal, and loses nothing. */
class ServerProcessTest {

    @TempDir
    Path directory;

    private @Nullable Process process;
    private List<String> addresses = List.of();

    @AfterEach
    void kill() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** The address over TCP. Those after it are the last of {@link #addresses}. */
    private String start(String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Xmx256m",
                StrandlineCommand.class.getName(),
                "server",
                "--data",
                directory.resolve("data").toString(),
                "--port",
                "0",
                "--rest-port",
                "0"));
        command.addAll(List.of(more));
        Process started = new ProcessBuilder(command)
                .redirectError(directory.resolve("err").toFile())
                .start();
        process = started;
        BufferedReader out =
                new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        assertThat(line).as(Files.readString(directory.resolve("err"))).startsWith("serves ");
        addresses = List.of(line.substring(line.indexOf("tcp://")).split(" and ", -1));
        return addresses.get(0);
    }

    /** Returns how long it took, in nanoseconds. */
    private long terminate() throws InterruptedException {
        Process running = Objects.requireNonNull(process);
        long begin = System.nanoTime();
        running.destroy();
        assertThat(running.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return System.nanoTime() - begin;
    }

    private String get(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(addresses.get(1) + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 204);
        return answer.body();
    }

    /** What another process of the program prints, to both of its outputs. A busy machine may have Vert.x warn of it. */
    private String inProcess(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                StrandlineCommand.class.getName()));
        command.addAll(List.of(arguments));
        Process ran = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(ran.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(ran.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said.lines()
                .filter(line -> !line.contains("BlockedThreadChecker"))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private void awaitInLog(Vertx vertx, String line) {
        Promise<Void> found = Promise.promise();
        vertx.setTimer(60_000, late -> found.tryFail("no line of the log has: " + line));
        vertx.setPeriodic(20, tick -> {
            String log = vertx.fileSystem()
                    .readFileBlocking(directory.resolve("err").toString())
                    .toString();
            if (log.contains(line)) {
                found.tryComplete();
            }
        });
        Waiting.of(found.future());
    }

    private Ran run(String server, String... arguments) {
        return Ran.with(Map.of("STRANDLINE_SERVER", server), arguments);
    }

    /** It is stopped twice, because a busy machine may take longer once. */
    @Test
    void a_signal_stops_it_within_ten_seconds_and_loses_nothing() throws IOException, InterruptedException {
        String server = start();
        assertThat(run(server, "stream", "create", "shop/orders").code()).isEqualTo(ExitCode.DONE);
        Path lines = Files.writeString(directory.resolve("lines"), "one\ntwo\n");
        assertThat(run(server, "append", "shop/orders", "--file", lines.toString())
                        .code())
                .isEqualTo(ExitCode.DONE);
        assertThat(get("/v1/metrics"))
                .contains("strandline_events_appended_events_total{shard=\"0\"}")
                .contains("jvm_memory_used_bytes");
        assertThat(get("/v1/health/ready")).isNotNull();
        assertThat(inProcess("stream", "list", "--server", server)).isEqualTo("shop/orders\n");
        long first = terminate();
        assertThat(Files.readString(directory.resolve("err")))
                .contains("stopped")
                .containsPattern("(?m)^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d)"
                        + " \\[\\S+\\] INFO io\\.strandline\\.");

        String again = start();
        assertThat(run(again, "tail", "shop/orders", "--from=start", "--no-follow")
                        .out())
                .hasLineCount(2);
        long second = terminate();
        assertThat(Math.min(first, second)).isLessThan(TimeUnit.SECONDS.toNanos(10));
        Ran verified = Ran.with(Map.of(), "verify", directory.resolve("data").toString());
        assertThat(verified.out()).contains("closed").contains("no damage found");
    }

    /** Somebody appends all the time, and somebody does not read what he asked for. */
    @Test
    void a_signal_under_load_stops_it_within_ten_seconds_and_loses_nothing() throws Exception {
        String server = start();
        assertThat(run(server, "stream", "create", "shop/orders").code()).isEqualTo(ExitCode.DONE);
        URI rest = URI.create(addresses.get(1));
        Vertx vertx = Vertx.vertx();
        try (Socket deaf = new Socket(rest.getHost(), rest.getPort())) {
            deaf.getOutputStream()
                    .write(("GET /v1/scopes/shop/streams/orders/events HTTP/1.1\r\nHost: " + rest.getHost() + ":"
                                    + rest.getPort() + "\r\nAccept: text/event-stream\r\n\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            AtomicLong appended = new AtomicLong();
            AtomicLong acknowledged = new AtomicLong();
            Promise<Void> underWay = Promise.promise();
            Strandline log = Waiting.of(Strandline.open(vertx, server));
            EventWriter<Buffer> writer = Waiting.of(log.createWriter("shop/orders", EventCodec.raw()));
            Runnable pump = () -> {
                while (!writer.writeQueueFull()) {
                    appended.incrementAndGet();
                    writer.append("anna", Buffer.buffer("x".repeat(100))).onSuccess(done -> {
                        if (acknowledged.incrementAndGet() == 20_000) {
                            underWay.complete();
                        }
                    });
                }
            };
            vertx.runOnContext(begun -> {
                writer.drainHandler(drained -> pump.run());
                pump.run();
            });
            Waiting.of(underWay.future());
            assertThat(terminate()).isLessThan(TimeUnit.SECONDS.toNanos(10));
            long atLeast = acknowledged.get();
            assertThat(Files.readString(directory.resolve("err"))).contains("stopped");
            String again = start();
            Strandline after = Waiting.of(Strandline.open(vertx, again));
            long there = Waiting.of(after.catalog().endCut("shop/orders")).offsets().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            assertThat(there).isBetween(atLeast, appended.get());
            terminate();
        } finally {
            Waiting.of(vertx.close());
        }
        Ran verified = Ran.with(Map.of(), "verify", directory.resolve("data").toString());
        assertThat(verified.out()).contains("closed").contains("no damage found");
    }

    @Test
    void a_member_of_a_cluster_stops_and_loses_nothing() throws Exception {
        String cluster = UUID.randomUUID().toString();
        Authority members = Authority.make(directory, "members");
        Path key = members.key();
        Path certificate = members.certificate();
        start(
                "--cluster-port=0",
                "--name=shop",
                "--set=cluster.name=" + cluster,
                "--set=cluster.tls.keyFile=" + key,
                "--set=cluster.tls.certificateFile=" + certificate,
                "--set=cluster.tls.trustFiles=" + members.trust(),
                "--set=cluster.tls.reloadMillis=20");
        OtherMember other =
                OtherMember.join(cluster, addresses.get(2).substring("hazelcast://".length()), members.bus());
        try {
            JsonObject stream = new JsonObject().put("stream", "shop/orders");
            Waiting.of(other.vertx()
                    .eventBus()
                    .request(
                            "strandline.shop.createStream",
                            stream.copy().put("options", new JsonObject().put("createScope", true))));
            JsonObject event = new JsonObject().put("key", "anna").put("event", "tea");
            Waiting.of(other.vertx()
                    .eventBus()
                    .request("strandline.shop.appendEvents", stream.copy().put("events", new JsonArray().add(event))));
            // A look may fall between the two files, and what the log says then does not hide what it says of both.
            Authority renewed = Authority.make(directory, "renewed");
            Files.move(renewed.key(), key, StandardCopyOption.ATOMIC_MOVE);
            awaitInLog(other.vertx(), "does not belong to its certificate");
            Files.move(renewed.certificate(), certificate, StandardCopyOption.ATOMIC_MOVE);
            awaitInLog(other.vertx(), "takes no other certificate while it runs: start the member again");
            terminate();
        } finally {
            other.close();
        }
        assertThat(Files.readString(directory.resolve("err"))).contains("stopped");
        Ran verified = Ran.with(Map.of(), "verify", directory.resolve("data").toString());
        assertThat(verified.out()).contains("closed").contains("no damage found");
        assertThat(run(start(), "tail", "shop/orders", "--from=start", "--no-follow")
                        .out())
                .hasLineCount(1);
    }
}
