package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.Durability;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.Transaction;
import io.strandline.TransactionOptions;
import io.strandline.TransactionStatus;
import io.strandline.WriterOptions;
import io.strandline.server.Doors;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Claims as applications make them, on a log of files (E3, X3). */
class ClaimOnLogTest {

    private static final String ACCOUNTS = "bank/accounts";
    private static final String LEDGER = "bank/ledger";
    private static final StreamOptions EXCLUSIVE = new StreamOptions().setExclusive(true);

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
        Applications.get(log.catalog().createStream(ACCOUNTS, EXCLUSIVE));
        Applications.get(log.catalog().createStream(LEDGER, new StreamOptions()));
    }

    @AfterEach
    void close() {
        Applications.get(log.close());
        Applications.get(vertx.close());
    }

    private void open() {
        port = Applications.get(Doors.through(
                vertx, at -> new FileEngine().openPort(at, "file:" + directory.resolve("data"), CrashChild.options())));
        log = LogPort.strandline(vertx, port);
    }

    private long partition() {
        return Applications.get(log.catalog().describe(ACCOUNTS))
                .partitions()
                .get(0)
                .id();
    }

    private EventWriter<Buffer> claim() {
        return Applications.writer(context, log, ACCOUNTS, new WriterOptions().setClaim(partition()));
    }

    private Future<Appended> append(EventWriter<Buffer> writer, String event) {
        return Applications.start(context, () -> writer.append("key", Buffer.buffer(event)));
    }

    private List<String> events(String stream) {
        List<EventRecord<Buffer>> read = Applications.get(Applications.readAll(vertx, log, stream));
        return read.stream().map(record -> record.event().toString()).toList();
    }

    @Test
    void e3_theNextClaimantTakesOver() {
        EventWriter<Buffer> old = claim();
        Applications.get(append(old, "one"));
        EventWriter<Buffer> next = claim();
        Future<Appended> late = append(old, "late");
        Applications.get(append(next, "two"));
        assertThat(Applications.failure(late)).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(events(ACCOUNTS)).containsExactly("one", "two");
        Applications.get(log.close());
        open();
        Applications.get(append(claim(), "three"));
        assertThat(events(ACCOUNTS)).containsExactly("one", "two", "three");
    }

    @Test
    void e3_aSealedPartitionEndsItsClaimantAndItsSuccessorIsClaimed() {
        EventWriter<Buffer> writer = claim();
        Applications.get(append(writer, "one"));
        List<KeyRange> halves = KeyRange.equalRanges(2);
        StreamDescription split = Applications.get(log.catalog().scale(ACCOUNTS, Set.of(partition()), halves));
        assertThat(Applications.failure(append(writer, "late"))).isInstanceOf(StrandlineException.Sealed.class);
        Set<Long> both =
                Set.of(split.partitions().get(0).id(), split.partitions().get(1).id());
        Applications.get(log.catalog().scale(ACCOUNTS, both, List.of(KeyRange.ALL)));
        Applications.get(append(claim(), "two"));
        assertThat(events(ACCOUNTS)).containsExactly("one", "two");
    }

    @Test
    void e3_aBarrierIsRefusedAsSoonAsAnotherClaimIsDurable() {
        EventWriter<Buffer> old = claim();
        Applications.get(append(old, "one"));
        Applications.get(Applications.start(context, old::barrier));
        // A claim at the port is one of another process: no writer here hears of it.
        Applications.get(port.claim(StreamName.parse(ACCOUNTS), partition(), WriterOptions.NEW_GENERATION));
        assertThat(Applications.failure(Applications.start(context, old::barrier)))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("partition " + partition());
        EventWriter<Buffer> next = claim();
        Applications.get(Applications.start(context, next::barrier));
        Applications.get(log.catalog().scale(ACCOUNTS, Set.of(partition()), KeyRange.equalRanges(2)));
        assertThat(Applications.failure(Applications.start(context, next::barrier)))
                .isInstanceOf(StrandlineException.Sealed.class);
    }

    @Test
    void e3_whatWasAppendedBeforeABarrierIsDurableAfterIt() {
        EventWriter<Buffer> writer = Applications.writer(
                context,
                log,
                ACCOUNTS,
                new WriterOptions().setClaim(partition()).setDurability(Durability.OS));
        Applications.get(Applications.start(context, () -> {
            writer.append("key", Buffer.buffer("one"));
            return writer.barrier();
        }));
        assertThat(events(ACCOUNTS)).containsExactly("one");
    }

    @Test
    void e3_writersWithoutAClaimAreRefused() {
        for (WriterOptions options : List.of(new WriterOptions(), new WriterOptions().setId("importer"))) {
            Throwable refused = Applications.failure(
                    Applications.start(context, () -> log.createWriter(ACCOUNTS, EventCodec.raw(), options)));
            assertThat(refused)
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(ACCOUNTS)
                    .hasMessageContaining("exclusive");
        }
        Throwable refused = Applications.failure(Applications.start(
                context, () -> log.createWriter(LEDGER, EventCodec.raw(), new WriterOptions().setClaim(1L))));
        assertThat(refused).isInstanceOf(StrandlineException.Invalid.class).hasMessageContaining("not exclusive");
    }

    @Test
    void x3_aTransactionIsRefusedAtWrite() {
        Transaction transaction = Applications.get(
                Applications.start(context, () -> log.transactions().begin(new TransactionOptions().setId("t"))));
        Applications.get(Applications.start(
                context, () -> transaction.append(LEDGER, EventCodec.raw(), "key", Buffer.buffer("with it"))));
        Throwable refused = Applications.failure(Applications.start(
                context, () -> transaction.append(ACCOUNTS, EventCodec.raw(), "key", Buffer.buffer("no"))));
        assertThat(refused)
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(ACCOUNTS)
                .hasMessageContaining("exclusive");
        assertThat(Applications.failure(Applications.start(context, transaction::commit)))
                .as("a transaction that lacks a write")
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(events(LEDGER)).isEmpty();
        assertThat(events(ACCOUNTS)).isEmpty();
    }

    @Test
    void x3_aStreamMadeAnewAsExclusiveTakesNoPartOfTheOldOne() {
        Transaction transaction = Applications.get(
                Applications.start(context, () -> log.transactions().begin(new TransactionOptions().setId("t"))));
        Applications.get(Applications.start(
                context, () -> transaction.append(LEDGER, EventCodec.raw(), "key", Buffer.buffer("old"))));
        Applications.get(log.catalog().deleteStream(LEDGER));
        Applications.get(log.catalog().createStream(LEDGER, EXCLUSIVE));
        assertThat(Applications.get(Applications.start(context, transaction::commit)))
                .isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(LEDGER)).isEmpty();
    }
}
