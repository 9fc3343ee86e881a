package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.Transaction;
import io.strandline.TransactionDescription;
import io.strandline.TransactionOptions;
import io.strandline.TransactionStatus;
import io.strandline.WriterOptions;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.state.Numbering;
import io.strandline.log.impl.transaction.ShardTransactions;
import io.strandline.server.Doors;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions of an application on a log of files (X1 to X3). */
class TransactionTest {

    private static final String ACCOUNTS = "bank/accounts";
    private static final String LEDGER = "bank/ledger";
    private static final int MAX_EVENT_BYTES = 4096;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = Applications.newContext(vertx);
    private LogPort port;
    private Strandline log;

    @BeforeEach
    void create() {
        open();
        Applications.get(log.catalog().createScope("bank"));
        Applications.get(log.catalog().createStream(ACCOUNTS, new StreamOptions().setPartitions(4)));
        Applications.get(log.catalog().createStream(LEDGER, new StreamOptions().setPartitions(2)));
    }

    @AfterEach
    void close() {
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    private void open() {
        LogOptions options = CrashChild.options().setMaxEventBytes(MAX_EVENT_BYTES);
        port = Applications.get(Doors.through(
                vertx, at -> new FileEngine().openPort(at, "file:" + directory.resolve("data"), options)));
        log = LogPort.strandline(vertx, port);
    }

    private void reopen() {
        Applications.get(log.close());
        open();
    }

    private Transaction begin(String id) {
        return Applications.get(start(() -> log.transactions().begin(new TransactionOptions().setId(id))));
    }

    private <T> Future<T> start(Callable<Future<T>> step) {
        return Applications.start(context, step);
    }

    /** Appends in one turn, without waiting. */
    private Future<Void> append(Transaction transaction, String stream, @Nullable String key, String... events) {
        return start(() -> {
            List<Future<Void>> appended = new ArrayList<>();
            for (String event : events) {
                appended.add(transaction.append(stream, EventCodec.raw(), key, Buffer.buffer(event)));
            }
            return Future.all(appended).mapEmpty();
        });
    }

    private Future<TransactionStatus> commit(Transaction transaction) {
        return start(transaction::commit);
    }

    private List<String> events(String stream) {
        List<EventRecord<Buffer>> read = Applications.get(Applications.readAll(vertx, log, stream));
        return read.stream().map(event -> event.event().toString()).toList();
    }

    private static void assertNames(Throwable failure, Class<?> type, String... values) {
        assertThat(failure).isInstanceOf(type);
        assertThat(failure.getMessage()).contains(values);
    }

    @Test
    void x1_nothingIsVisibleBeforeTheCommitAndEverythingAfterIt() {
        Transaction transaction = begin("t1");
        Applications.get(append(transaction, ACCOUNTS, "alice", "-10", "fee"));
        Applications.get(append(transaction, LEDGER, null, "transfer"));
        assertThat(events(ACCOUNTS)).isEmpty();
        assertThat(events(LEDGER)).isEmpty();
        assertThat(Applications.get(log.transactions().unfinished()))
                .containsExactly(new TransactionDescription("t1", TransactionStatus.OPEN, 3));

        assertThat(Applications.get(commit(transaction))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(ACCOUNTS)).containsExactly("-10", "fee");
        assertThat(events(LEDGER)).containsExactly("transfer");
        assertThat(Applications.get(log.transactions().unfinished())).isEmpty();
    }

    @Test
    void x2_commitWaitsForAppendsAndMayBeRepeated() {
        Transaction transaction = begin("t1");
        Future<TransactionStatus> committed = start(() -> {
            for (int i = 0; i < 100; i++) {
                transaction.append(ACCOUNTS, EventCodec.raw(), "key" + i % 7, Buffer.buffer("event " + i));
            }
            return transaction.commit();
        });
        assertThat(Applications.get(committed)).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(Applications.get(commit(transaction))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(ACCOUNTS)).hasSize(100).doesNotHaveDuplicates();
        reopen();
        assertThat(events(ACCOUNTS)).hasSize(100);
        assertThat(Applications.get(port.transactions().commit("t1"))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(ACCOUNTS)).hasSize(100);
    }

    /** Every write comes before a split or merge that is between it and its commit, or is in flight with it. */
    @Test
    void x2_everythingIsThereOnceAndInOrderWhileTheStreamScales() {
        int keys = 20;
        for (int i = 0; i < 40; i++) {
            Transaction transaction = begin("t" + i);
            for (int key = 0; key < keys; key++) {
                Future<Void> kept = append(transaction, ACCOUNTS, "key" + key, key + ":" + i);
                if (key == keys - 1) {
                    Applications.get(kept);
                }
            }
            Future<?> scaled = i % 2 == 0 ? split() : merge();
            // Commits of one application stand in the order of their confirmations, so each waits for the one before.
            Applications.get(commit(transaction));
            Applications.get(scaled);
        }
        reopen();
        List<String> all = events(ACCOUNTS);
        assertThat(all).hasSize(40 * keys);
        for (int key = 0; key < keys; key++) {
            String prefix = key + ":";
            assertThat(all.stream().filter(event -> event.startsWith(prefix)))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 40).mapToObj(i -> prefix + i).toList());
        }
    }

    private Future<?> split() {
        return log.catalog().describe(ACCOUNTS).compose(stream -> {
            PartitionDescription first = stream.partitions().get(0);
            KeyRange keys = first.keys();
            long middle = keys.from() + Long.divideUnsigned(keys.to() - keys.from(), 2);
            return log.catalog()
                    .scale(
                            ACCOUNTS,
                            Set.of(first.id()),
                            List.of(new KeyRange(keys.from(), middle), new KeyRange(middle + 1, keys.to())));
        });
    }

    private Future<?> merge() {
        return log.catalog().describe(ACCOUNTS).compose(stream -> {
            PartitionDescription first = stream.partitions().get(0);
            PartitionDescription second = stream.partitions().get(1);
            return log.catalog()
                    .scale(
                            ACCOUNTS,
                            Set.of(first.id(), second.id()),
                            List.of(new KeyRange(
                                    first.keys().from(), second.keys().to())));
        });
    }

    @Test
    void x2_whatOneKeyGetsStandsInTheOrderOfTheCommits() {
        for (int i = 0; i < 20; i++) {
            Transaction transaction = begin("t" + i);
            append(transaction, ACCOUNTS, "alice", "event " + i);
            Applications.get(commit(transaction));
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            expected.add("event " + i);
        }
        assertThat(events(ACCOUNTS)).containsExactlyElementsOf(expected);
    }

    @Test
    void x2_anAbortLeavesNothing() {
        Transaction transaction = begin("t1");
        Applications.get(append(transaction, ACCOUNTS, "alice", "-10"));
        assertThat(Applications.get(start(transaction::abort))).isEqualTo(TransactionStatus.ABORTED);
        assertThat(Applications.get(start(transaction::abort))).isEqualTo(TransactionStatus.ABORTED);
        assertNames(Applications.failure(commit(transaction)), StrandlineException.Conflict.class, "t1", "ABORTED");
        assertThat(events(ACCOUNTS)).isEmpty();
        reopen();
        assertThat(events(ACCOUNTS)).isEmpty();
        assertThat(Applications.get(port.transactions().status("t1"))).isEqualTo(TransactionStatus.ABORTED);
    }

    @Test
    void x1_anApplicationThatCrashedFinishesItsOwn() {
        Transaction first = begin("t1");
        Applications.get(append(first, ACCOUNTS, "alice", "-10"));
        Transaction second = begin("t2");
        Applications.get(append(second, ACCOUNTS, "bob", "+10"));
        reopen();
        assertThat(Applications.get(log.transactions().unfinished()))
                .extracting(TransactionDescription::id)
                .containsExactlyInAnyOrder("t1", "t2");
        Transaction found = Applications.get(start(() -> log.transactions().find("t1")));
        assertNames(
                Applications.failure(append(found, ACCOUNTS, "alice", "more")),
                StrandlineException.Conflict.class,
                "t1");
        assertThat(Applications.get(start(found::status))).isEqualTo(TransactionStatus.OPEN);
        assertThat(Applications.get(commit(found))).isEqualTo(TransactionStatus.COMMITTED);
        Transaction other = Applications.get(start(() -> log.transactions().find("t2")));
        assertThat(Applications.get(start(other::abort))).isEqualTo(TransactionStatus.ABORTED);
        assertThat(events(ACCOUNTS)).containsExactly("-10");
    }

    @Test
    void x2_aLeaseThatIsOverAborts() {
        Transaction transaction = Applications.get(start(() ->
                log.transactions().begin(new TransactionOptions().setId("t1").setLeaseMillis(2_000))));
        Applications.get(append(transaction, ACCOUNTS, "alice", "-10"));
        AtomicReference<@Nullable TransactionStatus> seen = new AtomicReference<>();
        Applications.until(vertx, "the lease ends", () -> {
            port.transactions().status("t1").onSuccess(seen::set);
            return seen.get() == TransactionStatus.ABORTED;
        });
        assertNames(Applications.failure(commit(transaction)), StrandlineException.Conflict.class, "t1", "ABORTED");
        assertNames(
                Applications.failure(port.transactions().ping("t1", 1_000)),
                StrandlineException.Conflict.class,
                "t1",
                "ABORTED");
        assertThat(events(ACCOUNTS)).isEmpty();
    }

    @Test
    void x3_whatDoesNotFitIsInvalidAtTheWrite() {
        Transaction large = begin("large");
        Throwable tooLarge = Applications.failure(append(large, ACCOUNTS, "alice", "x".repeat(MAX_EVENT_BYTES)));
        assertNames(tooLarge, StrandlineException.Invalid.class, ACCOUNTS, "" + MAX_EVENT_BYTES);
        assertThat(Applications.failure(commit(large))).isSameAs(tooLarge);

        Transaction part = begin("part");
        int limit = MAX_EVENT_BYTES + Numbering.BATCH_ALLOWANCE_BYTES;
        String event = "x".repeat(4_000);
        Throwable refused = null;
        for (int i = 0; refused == null && i <= limit / event.length(); i++) {
            Future<Void> appended = append(part, ACCOUNTS, "alice", event);
            Applications.get(appended.otherwiseEmpty());
            refused = appended.cause();
        }
        assertThat(refused).isNotNull();
        assertNames(refused, StrandlineException.Invalid.class, "part", ACCOUNTS, "" + limit);
        assertThat(Applications.get(start(part::abort))).isEqualTo(TransactionStatus.ABORTED);
        assertThat(events(ACCOUNTS)).isEmpty();
    }

    @Test
    void x3_whatWasWrittenBeforeARestartCountsAgainstTheLimit() {
        int limit = MAX_EVENT_BYTES + Numbering.BATCH_ALLOWANCE_BYTES;
        byte[] batch = new BatchBuilder(0, 0, 1, Sequence.NONE, Sequence.of(0))
                .add("alice", new byte[4_000])
                .build();
        byte[] records = Arrays.copyOfRange(batch, Batch.HEADER_BYTES, batch.length);
        int fitting = (limit - Batch.HEADER_BYTES) / records.length;
        Applications.get(port.transactions().begin("part", 60_000));
        for (int i = 0; i < fitting; i++) {
            Applications.get(port.transactions().write("part", i, StreamName.parse(ACCOUNTS), records, 1));
        }
        reopen();
        Throwable refused = Applications.failure(
                port.transactions().write("part", fitting, StreamName.parse(ACCOUNTS), records, 1));
        assertNames(refused, StrandlineException.Invalid.class, "part", ACCOUNTS, "" + limit);
        assertThat(Applications.get(port.transactions().abort("part"))).isEqualTo(TransactionStatus.ABORTED);
    }

    @Test
    void x3_thePartForAStreamThatWasDeletedIsDropped() {
        Transaction transaction = begin("t1");
        Applications.get(append(transaction, ACCOUNTS, "alice", "-10"));
        Applications.get(append(transaction, LEDGER, "alice", "transfer"));
        Applications.get(log.catalog().deleteStream(LEDGER));
        Applications.get(log.catalog().createStream(LEDGER, new StreamOptions().setPartitions(2)));
        assertThat(Applications.get(commit(transaction))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(ACCOUNTS)).containsExactly("-10");
        // The new stream only has the name of the one that was written to.
        assertThat(events(LEDGER)).isEmpty();

        Transaction next = begin("t2");
        Applications.get(append(next, LEDGER, "alice", "transfer"));
        Applications.get(commit(next));
        assertThat(events(LEDGER)).containsExactly("transfer");
    }

    @Test
    void badInputIsRefusedWithItsValue() {
        begin("t1");
        assertNames(
                Applications.failure(start(() -> log.transactions().begin(new TransactionOptions().setId("t1")))),
                StrandlineException.Conflict.class,
                "t1",
                "OPEN");
        assertNames(
                Applications.failure(
                        start(() -> log.transactions().begin(new TransactionOptions().setLeaseMillis(-1)))),
                StrandlineException.Invalid.class,
                "-1");
        assertNames(
                Applications.failure(log.transactions().find("foreign")),
                StrandlineException.NotFound.class,
                "foreign");
        assertNames(
                Applications.failure(port.transactions().commit("foreign")),
                StrandlineException.NotFound.class,
                "foreign");
        assertNames(
                Applications.failure(append(begin("t2"), "bank/nowhere", null, "event")),
                StrandlineException.NotFound.class,
                "bank/nowhere");
        byte[] garbage = {9, 9, 9};
        assertNames(
                Applications.failure(port.transactions().write("t1", 0, StreamName.parse(ACCOUNTS), garbage, 1)),
                StrandlineException.Invalid.class,
                ACCOUNTS);
        assertNames(
                Applications.failure(port.transactions().write("t1", 7, StreamName.parse(ACCOUNTS), garbage, 1)),
                StrandlineException.Unavailable.class,
                "7",
                "0");
        assertNames(
                Applications.failure(
                        start(() -> log.createWriter(ACCOUNTS, EventCodec.raw(), new WriterOptions().setId("txn/0")))),
                StrandlineException.Invalid.class,
                "txn/0");
        assertNames(
                Applications.failure(log.catalog().retireWriter(ACCOUNTS, "txn/0")),
                StrandlineException.Invalid.class,
                "txn/0");
        assertThat(Applications.get(port.transactions().commit("t1"))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(ACCOUNTS)).isEmpty();
    }

    @Test
    void t3_aJournalThatOnlyKeepsTransactionsIsRecycled() {
        String[] events = new String[20];
        Arrays.fill(events, "x".repeat(4_000));
        int files = 0;
        for (int i = 0; i < 40; i++) {
            Transaction transaction = begin("t" + i);
            Applications.get(append(transaction, ACCOUNTS, "alice", events));
            Applications.get(start(transaction::abort));
            files = Math.max(files, journalFiles());
        }
        // 3.2 MB in two shards are 25 files of 64 KiB in each. Three are kept, one is filled, four are spares.
        // A checkpoint that comes late lets some more lie.
        assertThat(files).isBetween(2, 40);
        Applications.until(vertx, "what was filled is recycled", () -> journalFiles() < 24);
        reopen();
        assertThat(events(ACCOUNTS)).isEmpty();
        assertThat(Applications.get(port.transactions().status("t39"))).isEqualTo(TransactionStatus.ABORTED);
    }

    private int journalFiles() {
        int files = 0;
        for (int shard = 0; shard < 2; shard++) {
            Path journal = directory.resolve("data").resolve(ShardDirectories.journal(shard));
            files += Objects.requireNonNull(journal.toFile().list()).length;
        }
        return files;
    }

    @Test
    void tooManyOpenTransactionsAreOverloaded() {
        List<Future<Void>> begun = new ArrayList<>();
        int shards = 2;
        for (int i = 0; i < 2 * shards * ShardTransactions.MAX_UNFINISHED; i++) {
            begun.add(port.transactions().begin("t" + i, 60_000));
        }
        Applications.get(Future.join(begun).otherwiseEmpty());
        List<Future<Void>> refused = begun.stream().filter(Future::failed).toList();
        assertThat(begun.size() - refused.size()).isEqualTo(shards * ShardTransactions.MAX_UNFINISHED);
        assertNames(
                refused.get(0).cause(), StrandlineException.Overloaded.class, "" + ShardTransactions.MAX_UNFINISHED);
    }
}
