package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.run;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.client.ClientOptions;
import io.strandline.client.operation.Right;
import io.strandline.json.JsonCodec;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.server.security.AccessRules;
import io.strandline.server.security.Identity;
import io.strandline.server.security.ResourcePattern;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What applications that run a group, a pipeline or aggregates over TCP need, as the guide lists it: neither less nor more. */
class ApplicationRightsTest extends OnServedLog {

    /** As they are in the guide, which says besides what each is for. */
    private static final String RULES = """
        user:billing  READ_UPDATE  stream:shop/orders
        user:billing  ADMIN        stream:_strandline/group-4-shop-billing
        user:billing  READ_UPDATE  stream:_strandline/groups-shop
        user:billing  READ_UPDATE  stream:_strandline/parked-4-shop-billing

        user:totals   READ_UPDATE  stream:shop/orders
        user:totals   READ_UPDATE  stream:shop/totals
        user:totals   ADMIN        stream:_strandline/checkpoints-totals*
        user:totals   READ_UPDATE  stream:_strandline/shuffle-totals--*
        user:totals   READ_UPDATE  stream:_strandline/parts-totals
        user:totals   READ_UPDATE  stream:_strandline/parked-totals

        user:bank     ADMIN        scope:bank
        """;

    private final AccessRules rules = AccessRules.parse(RULES);

    /** What was needed: resource → the right that includes the others. */
    private final Map<String, Right> used = new ConcurrentHashMap<>();

    private final Set<String> refused = new ConcurrentSkipListSet<>();

    private final Security security = Security.of(
            shown -> Future.succeededFuture(Identity.of(shown.authorization().orElse("nobody"), List.of())),
            (who, needed, resource) -> {
                String what = ResourcePattern.text(resource);
                used.merge(what, needed, (one, other) -> one.includes(other) ? one : other);
                boolean may = rules.may(who, needed, resource);
                if (!may) {
                    refused.add(needed + " " + what);
                }
                return Future.succeededFuture(may);
            },
            new SecurityOptions());

    @TempDir
    private Path directory;

    private Strandline connect(String name) {
        server = get(StrandlineServer.listen(
                serverVertx,
                ServedLog.of(local).secured(security),
                serverOptions().setPort(0)));
        createStream(2);
        return get(
                Strandline.open(vertx, "tcp://127.0.0.1:" + server.port(), new ClientOptions().setCredentials(name)));
    }

    private void append(String stream, int events) {
        run(serverVertx, () -> local.createWriter(stream, EventCodec.raw()).compose(writer -> {
            Future<?> last = Future.succeededFuture();
            for (int i = 0; i < events; i++) {
                last = writer.append("key" + i % 7, Buffer.buffer("event " + i));
            }
            return last.compose(appended -> writer.end());
        }));
    }

    @Test
    void the_guide_lists_these_rules() throws IOException {
        String guide = Files.readString(Path.of("../GUIDE.md")).replaceAll(" +", " ");
        assertThat(RULES.lines().filter(rule -> !rule.isBlank()))
                .allSatisfy(rule -> assertThat(guide).contains("\n" + rule.replaceAll(" +", " ") + " #"));
    }

    private void requireUsed(String... rights) {
        assertThat(refused).as("without a rule").isEmpty();
        assertThat(used.entrySet())
                .extracting(entry -> entry.getValue() + " " + entry.getKey())
                .containsExactlyInAnyOrder(rights);
    }

    @Test
    void a_group_needs_its_stream_and_those_that_it_keeps() {
        Strandline log = connect("billing");
        LogRevisionStore store = LogRevisionStore.open(vertx, log);
        StateSync sync = StateSync.create(vertx, store);
        GroupOptions options =
                new GroupOptions().setStreams(STREAM).setMaxAttempts(1).setPoison(PoisonPolicy.PARK);
        ReaderGroup group = run(vertx, () -> ReaderGroup.open(vertx, log, sync, "shop/billing", options));
        append(STREAM, 20);
        AtomicInteger seen = new AtomicInteger();
        run(vertx, () -> group.join("reader", EventCodec.raw())
                .onSuccess(reader -> reader.handler(event ->
                        seen.incrementAndGet() == 1 ? Future.failedFuture("poison") : Future.succeededFuture())));
        until(vertx, "all events", () -> seen.get() >= 20);
        get(group.checkpoint("monday"));
        for (int i = 0; i < 300; i++) {
            get(group.dropCheckpoint("monday"));
            get(group.checkpoint("monday"));
        }
        get(group.parked(-1, 10));
        get(group.close());
        get(sync.close());
        get(store.close());
        requireUsed(
                "READ_UPDATE stream:shop/orders",
                "ADMIN stream:_strandline/group-4-shop-billing",
                "READ_UPDATE stream:_strandline/groups-shop",
                "READ_UPDATE stream:_strandline/parked-4-shop-billing");
    }

    @Test
    void a_pipeline_needs_its_streams_and_those_that_it_keeps() {
        Strandline log = connect("totals");
        get(local.catalog().createStream("shop/totals", new StreamOptions()));
        Pipeline totals = Pipeline.named("totals", 1)
                .from(STREAM, EventCodec.raw())
                .keyBy("by-length", EventCodec.raw(), event -> String.valueOf(event.length()))
                .aggregate("total", JsonCodec.of("total", 1, Long.class), event -> 0L, (total, event) -> total + 1)
                .to("shop/totals", JsonCodec.of("total", 1, Long.class))
                .build();
        PipelineOptions options = new PipelineOptions()
                .setCheckpointDirectory(directory.toString())
                .setRetainedCheckpoints(1);
        RunningPipeline running = run(vertx, () -> totals.deploy(vertx, log, options));
        for (int i = 0; i < 3; i++) {
            append(STREAM, 20);
            get(running.awaitEnd());
            get(running.checkpoint());
        }
        get(running.close());
        requireUsed(
                "READ_UPDATE stream:shop/orders",
                "READ_UPDATE stream:shop/totals",
                "ADMIN stream:_strandline/checkpoints-totals",
                "ADMIN stream:_strandline/checkpoints-totals--by-length",
                "DESCRIBE stream:_strandline/checkpoints-totals--.v1",
                "READ_UPDATE stream:_strandline/shuffle-totals--by-length",
                "DESCRIBE stream:_strandline/parts-totals",
                "DESCRIBE stream:_strandline/parked-totals");
    }

    sealed interface Command {}

    record Deposit(long amount) implements Command {}

    sealed interface Event {}

    record Deposited(long amount) implements Event {}

    @Test
    void aggregates_need_their_stream_and_that_of_their_snapshots() {
        Strandline log = connect("bank");
        Aggregate<Command, Event, Long> account = Aggregate.named("account")
                .commands(Command.class)
                .events(Event.class)
                .initial(0L)
                .command(
                        "deposit",
                        1,
                        Deposit.class,
                        (balance, command) -> Decision.emit(new Deposited(command.amount())))
                .event("deposited", 1, Deposited.class, (balance, event) -> balance + event.amount())
                .snapshots(1, Long.class)
                .build();
        AggregateOptions options =
                new AggregateOptions().setStream("bank/accounts").setSnapshotEvents(2);
        Aggregates<Command, Long> accounts = run(vertx, () -> Aggregates.open(vertx, log, account, options));
        for (int i = 0; i < 10; i++) {
            get(accounts.execute("anna", new Deposit(1)));
        }
        get(accounts.close());
        requireUsed("ADMIN scope:bank", "ADMIN stream:bank/accounts", "ADMIN stream:bank/accounts-snapshots");
    }
}
