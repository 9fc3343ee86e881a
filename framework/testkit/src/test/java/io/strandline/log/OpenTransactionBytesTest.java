package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Durability;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.log.impl.transaction.ShardTransactions;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What unfinished transactions may hold in their home shard, on a log of files (X1, section 11). */
class OpenTransactionBytesTest {

    private static final StreamName STREAM = StreamName.parse("bank/accounts");
    private static final long LEASE_MILLIS = 600_000;
    private static final byte[] LARGE = records(1 << 20);
    private static final byte[] SMALL = records(100);

    /** As many large writes as fit. */
    private static final int FITTING = (int) (ShardTransactions.MAX_BYTES / LARGE.length);

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private LogPort port;

    @BeforeEach
    void create() {
        open();
        Applications.get(port.catalog().createScope("bank"));
        Applications.get(port.catalog().createStream(STREAM.toString(), new StreamOptions()));
    }

    @AfterEach
    void close() {
        Applications.get(port.close());
        Applications.get(vertx.close());
    }

    private void open() {
        LogOptions options = new LogOptions().setShards(1).setJournalFileBytes(8 << 20);
        port = Applications.get(new FileEngine().openPort(vertx, "file:" + directory.resolve("data"), options));
    }

    /** One record of an event with so many bytes, less than what an event may have. */
    private static byte[] records(int bytes) {
        byte[] batch = new BatchBuilder(0, 0, 1, Sequence.NONE, new Sequence(0, 0))
                .add("alice", new byte[bytes - 100])
                .build();
        return Arrays.copyOfRange(batch, Batch.HEADER_BYTES, batch.length);
    }

    private Future<Void> write(String id, long sequence, byte[] records) {
        return port.transactions().write(id, sequence, STREAM, records, 1);
    }

    private void begin(String id) {
        Applications.get(port.transactions().begin(id, LEASE_MILLIS));
    }

    private void fill() {
        for (int i = 0; i < FITTING; i++) {
            begin("large" + i);
            Applications.get(write("large" + i, 0, LARGE));
        }
    }

    private void assertFull(Future<Void> written, long held) {
        assertThat(Applications.failure(written))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("shard 0")
                .hasMessageContaining(held + " bytes")
                .hasMessageContaining(LARGE.length + " more")
                .hasMessageContaining("limit of " + ShardTransactions.MAX_BYTES);
    }

    private long endOffset() {
        StreamDescription stream = Applications.get(port.catalog().describe(STREAM.toString()));
        return Applications.get(port.catalog().endCut(STREAM.toString()))
                .offset(stream.partitions().get(0).id());
    }

    @Test
    void whatWouldPassTheBoundIsOverloadedAndDisturbsNobody() {
        begin("small");
        fill();
        long held = (long) FITTING * LARGE.length;
        begin("late");
        assertFull(write("late", 0, LARGE), held);
        assertFull(write("large0", 1, LARGE), held);

        // What fits is taken, appends go on, and others commit.
        Applications.get(write("small", 0, SMALL));
        append();
        assertThat(Applications.get(port.transactions().commit("small"))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(Applications.get(port.transactions().status("large0"))).isEqualTo(TransactionStatus.OPEN);
        assertThat(endOffset()).isEqualTo(2);
        assertFull(write("late", 0, LARGE), held);

        assertThat(Applications.get(port.transactions().abort("large1"))).isEqualTo(TransactionStatus.ABORTED);
        Applications.get(write("late", 0, LARGE));
        assertFull(write("large0", 1, LARGE), held);
        assertThat(Applications.get(port.transactions().commit("large0"))).isEqualTo(TransactionStatus.COMMITTED);
        Applications.get(write("late", 1, SMALL));
        assertThat(Applications.get(port.transactions().commit("late"))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(endOffset()).isEqualTo(5);
    }

    @Test
    void whatIsHeldCountsBehindARestart() {
        fill();
        Applications.get(port.close());
        open();
        begin("late");
        assertFull(write("late", 0, LARGE), (long) FITTING * LARGE.length);
        assertThat(Applications.get(port.transactions().commit("large7"))).isEqualTo(TransactionStatus.COMMITTED);
        Applications.get(write("late", 0, LARGE));
        assertThat(endOffset()).isEqualTo(1);
    }

    private void append() {
        PartitionDescription partition = Applications.get(port.catalog().describe(STREAM.toString()))
                .partitions()
                .get(0);
        byte[] batch = new BatchBuilder(partition.id(), Long.MIN_VALUE | 7, 1, Sequence.NONE, Sequence.of(1))
                .add(new byte[10])
                .build();
        var reply = Applications.get(
                port.append(BatchBuilder.parcel(partition.shard(), batch).with(Durability.FORCED)));
        assertThat(reply.refusal(0)).isNull();
        ReadSlice read = Applications.get(port.read(partition, 0, 1_000));
        assertThat(read.isEmpty()).isFalse();
    }
}
