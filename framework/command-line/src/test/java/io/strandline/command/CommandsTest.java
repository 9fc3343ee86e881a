package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.command.setting.Waiting;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that work on a log, through a server in this JVM and on a directory. */
class CommandsTest extends OnRunningServer {

    @Test
    void streams_are_created_listed_described_scaled_sealed_and_deleted() throws IOException {
        assertThat(done("stream", "create", "shop/orders", "--partitions", "2"))
                .isEqualTo("shop/orders has 2 partitions\n");
        assertThat(done("stream", "list")).isEqualTo("shop/orders\n");
        assertThat(new JsonArray(done("stream", "list", "shop", "--json"))).containsExactly("shop/orders");
        assertThat(done("stream", "scale", "shop/orders", "--partitions=3")).contains("3 partitions");
        JsonObject described = new JsonObject(done("stream", "describe", "shop/orders", "--json"));
        assertThat(described.getJsonArray("partitions")).hasSize(3);
        assertThat(described.getInteger("scalings")).isOne();
        assertThat(done("stream", "describe", "shop/orders"))
                .contains("partition ")
                .contains("offsets 0 to 0");

        assertThat(run("stream", "seal", "shop/orders").code()).isEqualTo(ExitCode.USAGE);
        assertThat(done("stream", "seal", "shop/orders", "--yes")).isEqualTo("shop/orders is sealed\n");
        assertThat(done("stream", "describe", "shop/orders")).startsWith("shop/orders, 2 scalings, sealed\n");
        assertThat(new JsonObject(done("stream", "describe", "shop/orders", "--json")).getBoolean("sealed"))
                .isTrue();
        Ran late = run("append", "shop/orders", "--file", file("late", "one\n").toString());
        assertThat(late.code()).isEqualTo(ExitCode.FAILED);
        assertThat(late.err()).contains("Sealed: ").contains("shop/orders");

        Ran unsure = run("stream", "delete", "shop/orders");
        assertThat(unsure.code()).isEqualTo(ExitCode.USAGE);
        done("stream", "delete", "shop/orders", "--yes");
        Ran gone = run("stream", "describe", "shop/orders");
        assertThat(gone.code()).isEqualTo(ExitCode.FAILED);
        assertThat(gone.err()).startsWith("NotFound: ").contains("shop/orders").hasLineCount(1);
    }

    @Test
    void lines_are_appended_tailed_and_found_by_key() throws IOException {
        done("stream", "create", "shop/orders");
        Path lines = file("lines", "anna:one\nben:two\nanna:three\n");
        assertThat(done("append", "shop/orders", "--file", lines.toString(), "--key-separator", ":"))
                .startsWith("3 events appended, 0 of them");
        assertThat(done("tail", "shop/orders", "--from", "start", "--no-follow").lines())
                .hasSize(3)
                .element(1)
                .asString()
                .endsWith("/1 ben two");
        assertThat(done("tail", "shop/orders", "--from", "start", "--limit", "2")
                        .lines())
                .hasSize(2);
        assertThat(done("history", "shop/orders", "anna", "--backward", "--json")
                        .lines())
                .extracting(line -> new JsonObject(line).getLong("offset"))
                .containsExactly(2L, 0L);
        assertThat(done("history", "shop/orders", "nobody")).isEmpty();
        long partition = new JsonObject(done("stream", "describe", "shop/orders", "--json"))
                .getJsonArray("partitions")
                .getJsonObject(0)
                .getLong("id");
        done("stream", "truncate", "shop/orders", partition + "=2");
        assertThat(done("tail", "shop/orders", "--from=start", "--no-follow"))
                .contains("three")
                .hasLineCount(1);
    }

    @Test
    void a_run_with_a_writer_is_repeated_without_harm() throws IOException {
        done("stream", "create", "shop/orders");
        Path lines = file("lines", "one\ntwo\n");
        String[] import7 = {
            "append", "shop/orders", "--writer", "import-7", "--key", "k", "--file", lines.toString(), "--json"
        };
        assertThat(new JsonObject(done(import7)).getInteger("duplicates")).isZero();
        file("lines", "one\ntwo\nthree\n");
        JsonObject again = new JsonObject(done(import7));
        assertThat(again.getInteger("appended")).isEqualTo(3);
        assertThat(again.getInteger("duplicates")).isEqualTo(2);
        assertThat(done("tail", "shop/orders", "--from", "start", "--no-follow"))
                .hasLineCount(3);
    }

    @Test
    void what_tail_prints_can_be_appended_again() throws IOException {
        done("stream", "create", "shop/orders");
        done("stream", "create", "shop/copy");
        Path lines = file("lines", "{\"key\":\"a\",\"event\":{\"total\":5}}\n{\"key\":\"b\",\"bytes\":\"AAH/\"}\n");
        done("append", "shop/orders", "--ndjson", "--file", lines.toString());
        String tailed = done("tail", "shop/orders", "--from", "start", "--no-follow", "--json");
        done("append", "shop/copy", "--ndjson", "--file", file("tailed", tailed).toString());
        List<JsonObject> copy = done("tail", "shop/copy", "--from", "start", "--no-follow", "--json")
                .lines()
                .map(JsonObject::new)
                .toList();
        assertThat(copy).hasSize(2);
        assertThat(copy.get(0).getJsonObject("event").getInteger("total")).isEqualTo(5);
        assertThat(copy.get(1).getString("bytes")).isEqualTo("AAH/");

        Ran broken = run(
                "append",
                "shop/orders",
                "--ndjson",
                "--file",
                file("broken", "{\"key\":1}\n").toString());
        assertThat(broken.code()).isEqualTo(ExitCode.USAGE);
        assertThat(broken.err()).contains("line 1").doesNotContain("\tat ");
    }

    /** A group that has two events of shop/orders to read. */
    private void createGroup() throws IOException {
        done("stream", "create", "shop/orders");
        done("append", "shop/orders", "--file", file("lines", "one\ntwo\n").toString());
        Vertx vertx = Vertx.vertx();
        Strandline log = Waiting.of(Strandline.open(vertx, server.address()));
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        Waiting.of(ReaderGroup.open(vertx, log, sync, "shop/billing", new GroupOptions().setStreams("shop/orders")));
        Waiting.of(vertx.close());
    }

    @Test
    void groups_are_listed_described_and_reset() throws IOException {
        createGroup();
        assertThat(done("group", "list", "shop")).isEqualTo("shop/billing\n");
        JsonObject lag = new JsonObject(done("group", "lag", "shop/billing", "--json"));
        assertThat(lag.getInteger("total")).isEqualTo(2);
        assertThat(lag.getLong("millis")).isNotNegative();
        assertThat(lag.getJsonObject("streamsMillis").getJsonObject("shop/orders"))
                .hasSizeGreaterThan(0);
        assertThat(done("group", "lag", "shop/billing")).startsWith("total 2 events and ");
        done("group", "reset", "shop/billing", "--to", "end", "--yes");
        assertThat(done("group", "describe", "shop/billing")).startsWith("shop/billing, 0 events and 0.0 s behind");
        assertThat(done("group", "parked", "shop/billing")).isEmpty();
        assertThat(run("group", "lag", "shop/nobody").code()).isEqualTo(ExitCode.FAILED);
        assertThat(run("group", "reset", "shop/billing", "--yes").err()).contains("--to");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_reset_of_a_group_is_tried_first(boolean inDirectory) throws IOException {
        createGroup();
        if (inDirectory) {
            stopAndUseDirectory();
        }
        String[] end = {"group", "reset", "shop/billing", "--to", "end"};
        JsonObject plan = new JsonObject(done(with(end, "--dry-run", "--json")));
        assertThat(plan.getString("group")).isEqualTo("shop/billing");
        assertThat(plan.getString("reset")).isEqualTo("end");
        assertThat(plan.getBoolean("done")).isFalse();
        assertThat(plan.getInteger("skipped")).isEqualTo(2);
        assertThat(plan.getInteger("again")).isZero();
        List<JsonObject> moves =
                plan.getJsonArray("moves").stream().map(JsonObject.class::cast).toList();
        assertThat(moves).allSatisfy(move -> assertThat(move.fieldNames())
                .containsExactlyInAnyOrder("stream", "partition", "from", "to", "again", "skipped"));
        assertThat(moves.stream()
                        .mapToInt(move -> move.getInteger("to") - move.getInteger("from"))
                        .sum())
                .isEqualTo(2);
        assertThat(done(with(end, "--dry-run")))
                .startsWith("shop/billing would be set to end, 0 events again, 2 skipped\n  shop/orders ")
                .endsWith(" skipped\n");
        assertThat(done("group", "lag", "shop/billing")).startsWith("total 2 events and ");
        assertThat(done(with(end, "--yes")))
                .startsWith("shop/billing is set to end, 0 events again, 2 skipped\n  shop/orders ");
        assertThat(done("group", "lag", "shop/billing")).startsWith("total 0 events and ");
        assertThat(done("group", "reset", "shop/billing", "--to", "start", "--dry-run"))
                .startsWith("shop/billing would be set to start, 2 events again, 0 skipped\n")
                .endsWith(" again\n");
        Ran unknown = run("group", "reset", "shop/billing", "--checkpoint", "noon", "--dry-run");
        assertThat(unknown.code()).isEqualTo(ExitCode.FAILED);
        assertThat(unknown.err()).startsWith("NotFound: ").contains("noon");
    }

    private JsonArray subscribers() {
        return new JsonObject(done("stream", "describe", "shop/orders", "--json")).getJsonArray("subscribers");
    }

    /** Of a group that is there no more, for which retention would wait for ever. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_subscriber_is_forgotten(boolean inDirectory) throws IOException {
        createGroup();
        if (inDirectory) {
            stopAndUseDirectory();
        }
        String subscriber = subscribers().getJsonObject(0).getString("subscriber");
        String[] forget = {"stream", "forget", "shop/orders", subscriber};
        assertThat(run(forget).code()).isEqualTo(ExitCode.USAGE);
        JsonObject plan = new JsonObject(done(with(forget, "--dry-run", "--json")));
        assertThat(plan.getString("subscriber")).isEqualTo(subscriber);
        assertThat(plan.getLong("idleMillis")).isNotNegative();
        assertThat(plan.getJsonObject("consumed")).isNotNull();
        assertThat(plan.getBoolean("done")).isFalse();
        assertThat(done(with(forget, "--dry-run")))
                .startsWith("shop/orders would forget " + subscriber + ", idle for ");
        assertThat(subscribers()).hasSize(1);
        assertThat(done(with(forget, "--yes"))).startsWith("shop/orders has forgotten " + subscriber + ", idle for ");
        assertThat(subscribers()).isEmpty();
        for (String flag : List.of("--dry-run", "--yes")) {
            Ran again = run(with(forget, flag));
            assertThat(again.code()).isEqualTo(ExitCode.FAILED);
            assertThat(again.err()).startsWith("NotFound: ").contains(subscriber);
        }
    }

    @Test
    void a_reset_of_a_group_is_meant_or_tried() {
        String[] end = {"group", "reset", "shop/billing", "--to", "end"};
        for (Ran refused : List.of(run(end), run(with(end, "--yes", "--dry-run")))) {
            assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
            assertThat(refused.err()).contains("--yes", "--dry-run");
        }
    }

    /** In each place a flag is true, false or not named. */
    @ParameterizedTest
    @CsvSource({"'',''", "true,''", "'',true", "true,true", "false,false"})
    void a_reset_that_is_tried_is_not_made_whatever_the_environment_says(String yes, String dryRun) throws IOException {
        createGroup();
        Map<String, String> plain = environment;
        Map<String, String> flags = new HashMap<>(plain);
        Stream.of(Map.entry("STRANDLINE_YES", yes), Map.entry("STRANDLINE_DRY_RUN", dryRun))
                .filter(flag -> !flag.getValue().isEmpty())
                .forEach(flag -> flags.put(flag.getKey(), flag.getValue()));
        for (List<String> given :
                List.of(List.<String>of(), List.of("--yes"), List.of("--dry-run"), List.of("--yes", "--dry-run"))) {
            boolean isDryRun = given.contains("--dry-run") || dryRun.equals("true");
            boolean isMeant = given.contains("--yes") || yes.equals("true");
            boolean isRefused = given.size() == 2 || !(isDryRun || isMeant);
            environment = flags;
            Ran ran = run(
                    with(new String[] {"group", "reset", "shop/billing", "--to", "end"}, given.toArray(String[]::new)));
            environment = plain;
            assertThat(ran.code()).as("%s", given).isEqualTo(isRefused ? ExitCode.USAGE : ExitCode.DONE);
            if (!isRefused) {
                assertThat(ran.out())
                        .as("%s", given)
                        .contains(isDryRun ? " would be set to end, " : " is set to end, ");
            }
            boolean isMade = !isRefused && !isDryRun;
            assertThat(done("group", "lag", "shop/billing"))
                    .as("%s", given)
                    .startsWith("total " + (isMade ? 0 : 2) + " events and ");
            if (isMade) {
                done("group", "reset", "shop/billing", "--to", "start", "--yes");
            }
        }
    }

    @Test
    void all_events_are_not_removed_where_partitions_are_named() throws IOException {
        done("stream", "create", "shop/orders");
        done("append", "shop/orders", "--file", file("lines", "one\ntwo\n").toString());
        environment = Map.of("STRANDLINE_SERVER", server.address(), "STRANDLINE_ALL", "true");
        Ran both = run("stream", "truncate", "shop/orders", "0=1");
        assertThat(both.code()).isEqualTo(ExitCode.USAGE);
        assertThat(both.err()).contains("PARTITION=OFFSET or --all");
        assertThat(done("tail", "shop/orders", "--from=start", "--no-follow")).hasLineCount(2);
        done("stream", "truncate", "shop/orders", "--all");
        assertThat(done("tail", "shop/orders", "--from=start", "--no-follow")).isEmpty();
    }

    static String[] with(String[] arguments, String... more) {
        return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new);
    }

    /** Results stay what they are, so that a script reads them. */
    @Test
    void long_work_shows_how_far_it_is() throws IOException {
        done("stream", "create", "shop/orders");
        Path lines = file("lines", "some line\n".repeat(1_000));
        Ran append = run("append", "shop/orders", "--file", lines.toString(), "--progress", "--json");
        assertThat(new JsonObject(append.out()).getInteger("appended")).isEqualTo(1_000);
        assertThat(append.err()).startsWith("append: ").contains(" of 9.8 KiB\n");
        environment = Map.of("STRANDLINE_SERVER", server.address(), "STRANDLINE_PROGRESS", "true");
        Ran bench = run("bench", "shop/orders", "--events", "2000");
        assertThat(bench.out()).contains("events/s of 100 bytes");
        assertThat(bench.err()).startsWith("append: ").contains(" of 2,000 events\n");
        server.stop();
        Ran verify = run("verify", data().toString(), "--json");
        assertThat(new JsonObject(verify.out()).getInteger("damaged")).isZero();
        assertThat(verify.err())
                .startsWith("check of the journal of shard 0: 0 B of ")
                .contains("check of the chunks of shard 1: ");
    }

    @Test
    void a_benchmark_prints_numbers() {
        done("stream", "create", "shop/orders");
        JsonObject measured = new JsonObject(done("bench", "shop/orders", "--events", "500", "--json"));
        assertThat(measured.getLong("eventsPerSecond")).isPositive();
        assertThat(done("bench", "shop/orders", "--events=10", "--in-flight=1")).contains("events/s of 100 bytes");
    }

    @Test
    void a_log_that_is_in_use_or_away_is_unavailable() {
        Ran used = Ran.with(Map.of(), "stream", "list", "--directory", data().toString());
        assertThat(used.code()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(used.err()).startsWith("Unavailable: ").contains("in use");
        assertThat(run("verify", data().toString()).code()).isEqualTo(ExitCode.UNAVAILABLE);
        Ran away = Ran.with(
                Map.of(), "stream", "list", "--server=tcp://127.0.0.1:1", "--set", "client.callTimeoutMillis=200");
        assertThat(away.code()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(Ran.with(
                                Map.of(),
                                "stream",
                                "list",
                                "--directory",
                                directory.resolve("nothing").toString())
                        .code())
                .isEqualTo(ExitCode.FAILED);
        assertThat(directory.resolve("nothing")).doesNotExist();
    }

    private static void assertWrong(String told, String... arguments) {
        Ran ran = Ran.with(Map.of(), arguments);
        assertThat(ran.err()).contains(told).doesNotContain("Exception");
        assertThat(ran.code()).as(told).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void every_kind_of_wrong_argument_ends_with_2() {
        String unused = directory.resolve("unused").toString();
        assertWrong("99999", "server", "--data", unused, "--port", "99999");
        assertWrong("tailByte", "server", "--data", unused, "--set", "log.tailByte=5");
        assertWrong("--insecure", "server", "--data", unused, "--host", "0.0.0.0");
        assertWrong("nowhere.pem", "server", "--data", unused, "--set", "tcp.tls.keyFile=nowhere.pem");
        assertWrong("yesterday", "tail", "shop/orders", "--from", "yesterday");
        assertWrong("yesterday", "restore", unused, unused, "--until", "yesterday");
        assertWrong(
                "there is no such file", "stream", "list", "--server", server.address(), "--credentials-file", unused);
        assertWrong("--partitions is 0", "stream", "scale", "shop/orders", "--partitions", "0");
        assertWrong("nothing to change", "stream", "update", "shop/orders");
        assertThat(directory.resolve("unused")).doesNotExist();
    }

    @Test
    void a_server_whose_port_is_taken_makes_no_data_directory() {
        String taken = server.address().replaceAll(".*:", "");
        Path unused = directory.resolve("unused");
        Ran ran = Ran.with(Map.of(), "server", "--data", unused.toString(), "--port", taken, "--no-rest");
        assertThat(ran.err()).contains(taken);
        assertThat(ran.code()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(unused).doesNotExist();
    }

    @Test
    void two_doors_at_one_port_are_refused_before_a_data_directory_is_made() {
        String unused = directory.resolve("unused").toString();
        assertWrong("rest.port is 18090", "server", "--data", unused, "--port", "18090", "--rest-port", "18090");
        assertThat(directory.resolve("unused")).doesNotExist();
    }

    @Test
    void policies_of_a_stream_are_changed_one_by_one() {
        done("stream", "create", "shop/orders", "--event-rate", "10", "--min-partitions", "2", "--partitions", "2");
        assertThat(done("stream", "update", "shop/orders", "--max-bytes", "1000"))
                .contains("\"minPartitions\":2", "\"target\":10", "\"maxBytes\":1000");
        done("stream", "update", "shop/orders", "--event-rate", "0", "--max-age-millis", "5000");
        assertThat(done("stream", "describe", "shop/orders"))
                .contains("FIXED", "\"minPartitions\":2", "\"maxBytes\":1000", "\"maxAgeMillis\":5000");
    }

    @Test
    void wrong_arguments_are_told_with_the_usage() {
        assertThat(run().code()).isEqualTo(ExitCode.USAGE);
        assertThat(run("stream").err()).contains("A command is missing").contains("Usage: strandline stream");
        assertThat(run("stream", "create", "a/b", "--partitions=many").code()).isEqualTo(ExitCode.USAGE);
        assertThat(run("--help").out()).contains("Exit codes:");
        assertThat(run("--version").out()).startsWith("strandline ");
        assertThat(run("generate-completion").out()).contains("complete").contains("strandline");
    }
}
