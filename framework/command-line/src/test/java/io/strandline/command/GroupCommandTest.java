package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.command.setting.Waiting;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on checkpoints and parked events of a group, at a server in this JVM and on a directory. */
class GroupCommandTest extends OnRunningServer {

    private static final String STREAM = "shop/orders";
    private static final String GROUP = "shop/billing";
    private static final long LONGEST_SECONDS = 60;

    @BeforeEach
    void createStream() {
        done("stream", "create", STREAM);
    }

    private void append(String lines) throws IOException {
        Path file = Files.writeString(directory.resolve("lines"), lines);
        done("append", STREAM, "--file", file.toString(), "--key-separator", ":");
    }

    private List<String> events() {
        return done("tail", STREAM, "--from", "start", "--no-follow")
                .lines()
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .toList();
    }

    /** A group that puts each event aside. Its only reader leaves when there are some. */
    private void park(int events) {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = Waiting.of(Strandline.open(vertx, server.address()));
            StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
            GroupOptions options =
                    new GroupOptions().setStreams(STREAM).setMaxAttempts(1).setPoison(PoisonPolicy.PARK);
            ReaderGroup group = Waiting.of(ReaderGroup.open(vertx, log, sync, GROUP, options));
            Promise<Void> parked = Promise.promise();
            vertx.runOnContext(on -> {
                group.join("reader", EventCodec.raw())
                        .onFailure(parked::tryFail)
                        .onSuccess(reader -> reader.handler(event -> Future.failedFuture("poison")));
                vertx.setPeriodic(
                        20, look -> group.parked().onFailure(parked::tryFail).onSuccess(all -> {
                            if (all.size() >= events) {
                                parked.tryComplete();
                            }
                        }));
            });
            Waiting.of(parked.future().timeout(LONGEST_SECONDS, TimeUnit.SECONDS));
        } finally {
            Waiting.of(vertx.close());
        }
    }

    private void goOn(boolean inDirectory) {
        if (inDirectory) {
            stopAndUseDirectory();
        }
    }

    private List<String> parkedIds(String... more) {
        JsonArray parked =
                new JsonArray(done(CommandsTest.with(new String[] {"group", "parked", GROUP, "--json"}, more)));
        return parked.stream()
                .map(event -> ((JsonObject) event).getLong("id").toString())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void parked_events_are_listed_dropped_and_replayed(boolean inDirectory) throws IOException {
        append("anna:one\nben:two\nanna:three\nben:four\n");
        park(4);
        goOn(inDirectory);
        List<String> ids = parkedIds();
        assertThat(ids).hasSize(4);
        assertThat(parkedIds("--after", ids.get(1))).containsExactly(ids.get(2), ids.get(3));
        assertThat(done("group", "parked", GROUP))
                .contains(" ben: ")
                .contains("poison")
                .hasLineCount(4);

        assertThat(done("group", "parked", GROUP, "--drop", ids.get(0))).isEqualTo("1 dropped\n");
        assertThat(done("group", "parked", GROUP, "--replay", ids.get(1))).isEqualTo("1 replayed\n");
        assertThat(parkedIds()).containsExactly(ids.get(2), ids.get(3));
        assertThat(events()).containsExactly("one", "two", "three", "four", "two");
        assertThat(new JsonObject(done("group", "parked", GROUP, "--replay", "all", "--json")))
                .isEqualTo(new JsonObject().put("replayed", 2));
        assertThat(parkedIds()).isEmpty();
        assertThat(events()).containsExactly("one", "two", "three", "four", "two", "three", "four");
        assertThat(done("history", STREAM, "anna")).hasLineCount(3);
        assertThat(done("group", "parked", GROUP, "--replay", "all")).isEqualTo("0 replayed\n");
        assertThat(done("group", "parked", GROUP, "--replay", ids.get(1))).isEqualTo("0 replayed\n");
        assertThat(run("group", "parked", GROUP, "--replay", "some").err()).contains("some", "all");
        assertThat(run("group", "parked", GROUP, "--replay", "1", "--drop", "2").code())
                .isEqualTo(ExitCode.USAGE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_checkpoint_is_taken_and_dropped(boolean inDirectory) throws IOException {
        append("anna:one\nben:two\n");
        park(2);
        goOn(inDirectory);
        JsonObject taken = new JsonObject(done("group", "checkpoint", GROUP, "noon", "--json"));
        assertThat(taken.getString("checkpoint")).isEqualTo("noon");
        assertThat(taken.getJsonObject("cuts").getJsonObject(STREAM).fieldNames())
                .hasSize(1);
        assertThat(done("group", "describe", GROUP)).contains("noon");
        assertThat(done("group", "checkpoint", GROUP, "evening"))
                .startsWith("shop/billing has checkpoint evening\n  shop/orders {");
        Ran again = run("group", "checkpoint", GROUP, "noon");
        assertThat(again.code()).isEqualTo(ExitCode.FAILED);
        assertThat(again.err()).startsWith("Conflict: ").contains("noon");
        assertThat(run("group", "drop-checkpoint", GROUP, "noon").code()).isEqualTo(ExitCode.USAGE);
        assertThat(done("group", "drop-checkpoint", GROUP, "noon", "--yes"))
                .isEqualTo("shop/billing has no checkpoint noon any more\n");
        assertThat(done("group", "describe", GROUP)).doesNotContain("noon").contains("evening");
        Ran gone = run("group", "drop-checkpoint", GROUP, "noon", "--yes");
        assertThat(gone.code()).isEqualTo(ExitCode.FAILED);
        assertThat(gone.err()).startsWith("NotFound: ").contains("noon");
    }
}
