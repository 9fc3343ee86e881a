package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.internal.KeyHash;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.transaction.StreamParts;
import io.strandline.spi.Batch;
import io.strandline.spi.TransactionPort;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.Flaw;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Which of several decided parts is set aside, and which are for a stream that is not there any more (X2, X3). */
class RefusedPartTest {

    private static final StreamName STREAM = StreamName.parse("bank/accounts");
    private static final long LEASE_MILLIS = 600_000;
    private static final int LARGE = (1 << 20) - 100;
    private static final int SMALL = 10;

    /** Longer than a part is tried. */
    private static final long REFUSED_MILLIS = 30_000;

    private final LogOptions options = new LogOptions().setJournalFileBytes(1 << 20);

    private String transaction = "";

    private SimulatedLog log(int shards, Flaw flaw) {
        SimulatedLog log = new SimulatedLog(1, options, shards, flaw);
        log.createStream(STREAM.toString(), new StreamOptions().setPartitions(shards));
        return log;
    }

    /** Parts of large events that were written before are refused from now on. */
    private void refuseLarge(SimulatedLog log) {
        options.setMaxEventBytes(1_000);
        log.reopen();
    }

    private static TransactionPort calls(SimulatedLog log) {
        return log.port().transactions();
    }

    private static StreamDescription stream(SimulatedLog log) {
        return log.get(log.catalog().describe(STREAM.toString()));
    }

    private static void begin(SimulatedLog log, String id) {
        log.get(calls(log).begin(id, LEASE_MILLIS));
    }

    private static void write(
            SimulatedLog log, String id, long sequence, PartitionDescription partition, int payloadBytes) {
        byte[] batch = new BatchBuilder(0, 0, 1, Sequence.NONE, new Sequence(0, 0))
                .add(keyOf(partition), new byte[payloadBytes])
                .build();
        byte[] records = Arrays.copyOfRange(batch, Batch.HEADER_BYTES, batch.length);
        log.get(calls(log).write(id, sequence, STREAM, records, 1));
    }

    private static String keyOf(PartitionDescription partition) {
        int i = 0;
        while (true) {
            byte[] key = ("key" + i).getBytes(StandardCharsets.UTF_8);
            if (partition.keys().contains(KeyHash.of(key, 0, key.length))) {
                return "key" + i;
            }
            i++;
        }
    }

    private static void transaction(SimulatedLog log, String id, int payloadBytes) {
        begin(log, id);
        write(log, id, 0, stream(log).partitions().get(0), payloadBytes);
    }

    private static long events(SimulatedLog log) {
        StreamDescription stream = stream(log);
        long events = 0;
        for (int partition = 0; partition < stream.partitions().size(); partition++) {
            events += log.end(stream, partition);
        }
        return events;
    }

    private static void assertSetAside(Throwable failure, String id) {
        assertThat(failure)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("part of transaction " + id + ",")
                .hasMessageContaining("refused " + StreamParts.MAX_REFUSALS + " times");
    }

    /** Parts of one round are refused together, and then each is tried alone. */
    @Test
    void x2_thePartThatIsRefusedIsSetAsideAndNoneBeforeOrAfterIt() {
        SimulatedLog log = log(1, Flaw.LIMITS_DECISIONS);
        transaction(log, "first", SMALL);
        transaction(log, "small", SMALL);
        transaction(log, "large", LARGE);
        transaction(log, "larger", LARGE);
        transaction(log, "last", SMALL);
        refuseLarge(log);
        Future<TransactionStatus> first = calls(log).commit("first");
        Future<TransactionStatus> small = calls(log).commit("small");
        Future<TransactionStatus> large = calls(log).commit("large");
        Future<TransactionStatus> larger = calls(log).commit("larger");
        Future<TransactionStatus> last = calls(log).commit("last");
        assertThat(log.get(first)).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(log.get(small)).isEqualTo(TransactionStatus.COMMITTED);
        assertSetAside(log.failure(large), "large");
        assertSetAside(log.failure(larger), "larger");
        assertThat(log.get(last)).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(log)).isEqualTo(3);
        assertThat(log.get(calls(log).partsSetAside()))
                .extracting(PartSetAside::transaction)
                .containsExactlyInAnyOrder("large", "larger");
        log.close();
    }

    /** Whether the home shard of the refused part has no room. */
    private static void block(SimulatedLog log, boolean isBlocked) {
        log.ask(1, life -> {
            life.blockedForSpace(isBlocked);
            return isBlocked;
        });
    }

    /** A log of two shards, in which a part for shard 0 is refused of a commit whose home is shard 1. */
    private SimulatedLog logWithRefusedPart() {
        options.setMaxEventBytes(LogOptions.DEFAULT_MAX_EVENT_BYTES);
        SimulatedLog log = log(2, Flaw.LIMITS_DECISIONS);
        PartitionDescription other = stream(log).partitions().stream()
                .filter(partition -> partition.shard() == 0)
                .findFirst()
                .orElseThrow();
        while (!log.ask(1, life -> life.state().transactions().unfinished(transaction) != null)) {
            transaction += "t";
            begin(log, transaction);
        }
        write(log, transaction, 0, other, LARGE);
        refuseLarge(log);
        return log;
    }

    /** Otherwise the commit would end, and nobody would know of the part. */
    @Test
    void x2_aPartIsSetAsideWhenThatIsDurable() {
        SimulatedLog undisturbed = logWithRefusedPart();
        assertSetAside(undisturbed.failure(calls(undisturbed).commit(transaction)), transaction);
        long end = undisturbed.scheduler().steps();
        for (int steps = 1; steps <= 30; steps++) {
            transaction = "";
            SimulatedLog log = logWithRefusedPart();
            Future<TransactionStatus> committed = calls(log).commit(transaction);
            long blockedAt = end - steps;
            log.until("the last tries", () -> log.scheduler().steps() >= blockedAt);
            block(log, true);
            log.pass(1_000);
            if (!committed.isComplete()) {
                assertThat(log.get(calls(log).status(transaction)))
                        .as("%d steps before", steps)
                        .isEqualTo(TransactionStatus.COMMITTING);
            }
            block(log, false);
            assertThat(log.failure(committed))
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining(transaction);
            assertThat(log.get(calls(log).partsSetAside()))
                    .extracting(PartSetAside::transaction)
                    .containsExactly(transaction);
        }
    }

    /** The name is that of another stream by then, which takes no transactions. */
    @Test
    void x3_thePartForAStreamWhoseNameIsThatOfAnExclusiveOneIsDropped() {
        SimulatedLog log = log(1, Flaw.NONE);
        transaction(log, "t1", SMALL);
        log.get(log.catalog().deleteStream(STREAM.toString()));
        log.get(log.catalog().createStream(STREAM.toString(), new StreamOptions().setExclusive(true)));
        Future<TransactionStatus> committed = calls(log).commit("t1");
        log.pass(REFUSED_MILLIS);
        assertThat(log.get(committed)).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(log)).isZero();
        log.close();
    }

    /** Each has its own writer, and the decision is the same. */
    @Test
    void x3_aTransactionHasAPartForEachStreamThatHadTheName() {
        SimulatedLog log = log(1, Flaw.NONE);
        transaction(log, "t1", SMALL);
        log.get(log.catalog().deleteStream(STREAM.toString()));
        log.get(log.catalog().createStream(STREAM.toString(), new StreamOptions()));
        log.reopen();
        write(log, "t1", 1, stream(log).partitions().get(0), SMALL);
        calls(log).commit("t1");
        boolean[] isDecided = {false};
        log.until("the decision", () -> {
            log.engine().call(0, life -> {
                KeptTransaction kept = life.state().transactions().unfinished("t1");
                isDecided[0] |= kept != null && kept.isDecided();
                return Future.succeededFuture();
            });
            return isDecided[0];
        });
        // An opening takes both up at once.
        log.crash();
        assertThat(log.get(calls(log).commit("t1"))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(log)).isEqualTo(1);
        log.close();
    }
}
