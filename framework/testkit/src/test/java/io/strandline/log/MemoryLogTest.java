package io.strandline.log;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.StrandlineVerticle;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.WriterOptions;
import io.strandline.log.impl.file.MemoryDisk;
import io.strandline.log.impl.file.MemoryHome;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.spi.LogPort;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The log in memory: the whole API, restarts by name, and what it costs. */
class MemoryLogTest {

    private static final String NAME = "MemoryLogTest";
    private static final int DEPOSITS = 300;
    private static final StateModel<String, String> TEXTS =
            new StateModel<>("", (before, added) -> before + added, AccountsPipeline.TEXT, AccountsPipeline.TEXT);

    private Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        get(vertx.close());
        MemoryEngine.drop(NAME);
    }

    private Strandline open() {
        return get(Strandline.open(vertx, "memory:" + NAME));
    }

    /** What a test does for an application that ends and is started again. */
    private Strandline restart(Strandline log) {
        get(log.close());
        get(vertx.close());
        vertx = Vertx.vertx();
        return open();
    }

    private List<EventRecord<String>> read(Strandline log, String stream) {
        return get(start(newContext(vertx), () -> log.read(stream, AccountsPipeline.TEXT, new ReaderOptions())
                .compose(Applications::toEnd)));
    }

    private TransactionStatus transfer(Strandline log) {
        return get(start(newContext(vertx), () -> log.transactions().begin().compose(transaction -> transaction
                .append("bank/ledger", AccountsPipeline.TEXT, "alice", "-10")
                .compose(appended -> transaction.append("bank/ledger", AccountsPipeline.TEXT, "bob", "+10"))
                .compose(appended -> transaction.commit()))));
    }

    private RunningPipeline deploy(Strandline log) {
        return get(AccountsPipeline.pipeline(1, AccountsPipeline.STEP).deploy(vertx, log, new PipelineOptions()));
    }

    @Test
    void everything_works_and_is_there_after_a_restart() throws Exception {
        Strandline log = open();
        get(AccountsPipeline.createStreams(log));
        get(log.catalog().createStream("bank/ledger", new StreamOptions().setPartitions(3)));
        get(AccountsPipeline.deposit(vertx, log, DEPOSITS));
        assertThat(transfer(log)).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(seenByGroup(log, DEPOSITS)).isEqualTo(DEPOSITS);
        assertThat(textAfterUpdate(log, "one ")).isEqualTo("one ");
        get(deploy(log).awaitEnd());
        awaitSums(log);

        log = restart(log);
        assertThat(read(log, "bank/ledger")).extracting(EventRecord::event).containsExactlyInAnyOrder("-10", "+10");
        assertThat(textAfterUpdate(log, "two")).isEqualTo("one two");
        get(AccountsPipeline.deposit(vertx, log, 2 * DEPOSITS));
        assertThat(seenByGroup(log, DEPOSITS)).isEqualTo(DEPOSITS);
        assertThat(deploy(log).statistics().restored()).isNotNull();
        awaitSums(log);
        get(log.close());
    }

    /** Reads with the group until it is at the end. Returns how many events it had not processed before. */
    private int seenByGroup(Strandline log, int expected) {
        AtomicInteger seen = new AtomicInteger();
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        get(start(newContext(vertx), () -> ReaderGroup.open(
                        vertx, log, sync, "bank/audit", new GroupOptions().setStreams(AccountsPipeline.SOURCE))
                .compose(group -> group.join("auditor", AccountsPipeline.TEXT, new GroupReaderOptions())
                        .map(reader -> reader.handler(deposit -> {
                            seen.incrementAndGet();
                            return Future.succeededFuture();
                        }))
                        .compose(reader -> log.catalog()
                                .endCut(AccountsPipeline.SOURCE)
                                .compose(group::awaitPosition)
                                .compose(done -> reader.close()))
                        .compose(left -> group.close()))));
        get(sync.close());
        assertThat(seen).hasValue(expected);
        return seen.get();
    }

    private String textAfterUpdate(Strandline log, String added) {
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        StateSynchronizer<String, String> text = get(sync.open("bank/text", TEXTS));
        get(text.update(before -> List.of(added)));
        String state = text.value();
        get(sync.close());
        return state;
    }

    private void awaitSums(Strandline log) throws Exception {
        var expected = AccountsPipeline.expected(read(log, AccountsPipeline.SOURCE));
        int events = expected.values().stream().mapToInt(List::size).sum();
        get(start(newContext(vertx), () -> log.subscribe(
                        AccountsPipeline.SINK, AccountsPipeline.TEXT, new ReaderOptions())
                .compose(reader -> {
                    Promise<Void> all = Promise.promise();
                    AtomicInteger seen = new AtomicInteger();
                    reader.exceptionHandler(all::tryFail);
                    reader.handler(sum -> {
                        if (seen.incrementAndGet() == events) {
                            reader.close().onComplete(closed -> all.tryComplete());
                        }
                    });
                    return all.future();
                })));
        assertThat(AccountsPipeline.actual(read(log, AccountsPipeline.SINK))).isEqualTo(expected);
    }

    @Test
    void without_a_name_each_is_private_and_gone_when_it_is_closed() {
        Strandline first = get(Strandline.open(vertx, "memory:"));
        Strandline second = get(Strandline.open(vertx, "memory:"));
        get(first.catalog().createScope("shop"));
        assertThat(get(second.catalog().scopes())).isEmpty();
        get(first.close());
        Strandline third = get(Strandline.open(vertx, "memory:"));
        assertThat(get(third.catalog().scopes())).isEmpty();
        get(second.close());
        get(third.close());
    }

    @Test
    void a_name_is_open_once_and_is_forgotten_when_it_is_dropped() {
        Strandline log = open();
        get(log.catalog().createScope("shop"));
        assertThat(failure(Strandline.open(vertx, "memory:" + NAME)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("memory:" + NAME);
        assertThatThrownBy(() -> MemoryEngine.drop(NAME))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("memory:" + NAME);
        get(log.close());
        assertThat(MemoryEngine.drop(NAME)).isTrue();
        assertThat(MemoryEngine.drop(NAME)).isFalse();
        log = open();
        assertThat(get(log.catalog().scopes())).isEmpty();
        get(log.close());
    }

    @Test
    void one_name_too_many_or_too_long_is_refused() {
        int named = 0;
        StrandlineException.Overloaded refused = null;
        while (refused == null && named <= MemoryEngine.MAX_NAMED_LOGS) {
            try {
                MemoryHome.named(NAME + named).close();
                named++;
            } catch (StrandlineException.Overloaded e) {
                refused = e;
            }
        }
        assertThat(refused).hasMessageContaining(NAME + named).hasMessageContaining("1000");
        MemoryHome.named(NAME + 0).close();
        for (int i = 0; i < named; i++) {
            assertThat(MemoryEngine.drop(NAME + i)).isTrue();
        }
        assertThat(failure(Strandline.open(vertx, "memory:" + "x".repeat(256))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("256");
    }

    @Test
    void options_that_are_left_out_are_small_and_those_that_are_given_hold() {
        assertThat(shards(new StrandlineOptions())).isEqualTo(1);
        assertThat(shards(new StrandlineOptions(new JsonObject().put("shards", 3))))
                .isEqualTo(3);
        assertThat(shards(new LogOptions().setShards(2))).isEqualTo(2);
        assertThat(failure(
                        Strandline.open(vertx, "memory:", MemoryEngine.options().setShards(65))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("shards is 65");
    }

    private int shards(StrandlineOptions options) {
        Strandline log = get(Strandline.open(vertx, "memory:", options));
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream("shop/orders", new StreamOptions().setPartitions(32)));
        long shards = get(log.catalog().describe("shop/orders")).partitions().stream()
                .map(partition -> partition.shard())
                .distinct()
                .count();
        get(log.close());
        return (int) shards;
    }

    @Test
    void a_verticle_opens_it() {
        String id = get(vertx.deployVerticle(
                "java:io.strandline.StrandlineVerticle",
                new DeploymentOptions().setConfig(new JsonObject().put("address", "memory:"))));
        assertThat(get(get(StrandlineVerticle.log(vertx)).catalog().scopes())).isEmpty();
        get(vertx.undeploy(id));
    }

    @Test
    void an_empty_one_opens_at_once_and_takes_little_room() {
        long quickest = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            long begin = System.nanoTime();
            Strandline log = open();
            quickest = Math.min(quickest, System.nanoTime() - begin);
            get(log.close());
        }
        assertThat(TimeUnit.NANOSECONDS.toMillis(quickest)).isLessThan(200);
        try (MemoryHome home = MemoryHome.named(NAME)) {
            assertThat(((MemoryDisk) home.disk()).usedBytes()).isLessThan(1 << 20);
        }
    }

    @Test
    void journal_files_and_chunks_that_are_done_with_give_their_room_back() {
        Strandline log = open();
        get(log.catalog().createScope("bank"));
        get(log.catalog().createStream("bank/big", new StreamOptions()));
        String halfMebibyte = "x".repeat(1 << 19);
        get(start(newContext(vertx), () -> log.createWriter("bank/big", AccountsPipeline.TEXT, new WriterOptions())
                .compose(writer -> {
                    Future<?> all = Future.succeededFuture();
                    for (int i = 0; i < 64; i++) {
                        all = all.compose(before -> writer.append("key", halfMebibyte));
                    }
                    return all;
                })));
        get(log.catalog().deleteStream("bank/big"));
        get(log.close());
        try (MemoryHome home = MemoryHome.named(NAME)) {
            long used = ((MemoryDisk) home.disk()).usedBytes();
            assertThat(used).isLessThan(16 << 20);
        }
    }

    @Test
    void a_full_one_refuses_events_reads_frees_by_truncation_and_goes_on() {
        try (MemoryHome home = MemoryHome.unnamed(24 << 20)) {
            Strandline log =
                    get(HomeOpening.open(vertx, "memory:", () -> home, UnaryOperator.identity(), MemoryEngine.options())
                            .map(port -> LogPort.strandline(vertx, port)));
            get(log.catalog().createScope("bank"));
            get(log.catalog().createStream("bank/big", new StreamOptions()));
            String halfMebibyte = "x".repeat(1 << 19);
            Context context = newContext(vertx);
            WriterOptions options = new WriterOptions().setRetryTimeoutMillis(2_000);
            EventWriter<String> writer =
                    get(start(context, () -> log.createWriter("bank/big", AccountsPipeline.TEXT, options)));
            int appended = 0;
            Throwable refused = null;
            while (refused == null) {
                assertThat(appended).isLessThan(200);
                refused = get(start(context, () -> writer.append("key", halfMebibyte))
                        .transform(result -> Future.succeededFuture(result.cause())));
                appended += refused == null ? 1 : 0;
            }
            assertThat(refused).isInstanceOf(StrandlineException.Unavailable.class);
            assertThat(appended).isGreaterThan(10);
            assertThat(get(Applications.readAll(vertx, log, "bank/big"))).hasSizeGreaterThanOrEqualTo(appended);
            get(log.catalog().truncate("bank/big", get(log.catalog().endCut("bank/big"))));
            EventWriter<String> again =
                    get(start(context, () -> log.createWriter("bank/big", AccountsPipeline.TEXT, new WriterOptions())));
            for (int i = 0; i < 20; i++) {
                get(start(context, () -> again.append("key", halfMebibyte)));
            }
            get(log.close());
        }
    }
}
