package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Durability;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.internal.KeyHash;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.transaction.StreamParts;
import io.strandline.spi.Batch;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.Flaw;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Decided parts are appended, whatever limits hold by then (X2). If one ever is not, the next decision goes on. */
class DecidedPartTest {

    private static final StreamName STREAM = StreamName.parse("bank/accounts");
    private static final StreamName OTHER = StreamName.parse("bank/audit");
    private static final long LEASE_MILLIS = 600_000;
    private static final int MIB = 1 << 20;

    private final LogOptions options = new LogOptions().setJournalFileBytes(MIB).setTailBytes(128L << 20);

    private SimulatedLog log(int shards) {
        return log(shards, Flaw.NONE);
    }

    private SimulatedLog log(int shards, Flaw flaw) {
        return new SimulatedLog(1, options, shards, flaw);
    }

    /** One record whose key is one of a partition's. */
    private static byte[] recordOf(PartitionDescription partition, int payloadBytes) {
        String key = "key";
        for (int i = 0; !partition.keys().contains(hash(key)); i++) {
            key = "key" + i;
        }
        byte[] batch = new BatchBuilder(0, 0, 1, Sequence.NONE, new Sequence(0, 0))
                .add(key, new byte[payloadBytes])
                .build();
        return Arrays.copyOfRange(batch, Batch.HEADER_BYTES, batch.length);
    }

    private static long hash(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return KeyHash.of(bytes, 0, bytes.length);
    }

    /** A transaction with one event of this size in each of these partitions. */
    private static void fill(SimulatedLog log, String id, List<PartitionDescription> partitions, int payloadBytes) {
        log.get(log.port().transactions().begin(id, LEASE_MILLIS));
        long sequence = 0;
        for (PartitionDescription partition : partitions) {
            write(log, id, sequence++, partition, payloadBytes);
        }
    }

    private static void write(
            SimulatedLog log, String id, long sequence, PartitionDescription partition, int payloadBytes) {
        write(log, id, sequence, STREAM, partition, payloadBytes);
    }

    private static void write(
            SimulatedLog log,
            String id,
            long sequence,
            StreamName stream,
            PartitionDescription partition,
            int payloadBytes) {
        log.get(log.port().transactions().write(id, sequence, stream, recordOf(partition, payloadBytes), 1));
    }

    private static Future<TransactionStatus> commit(SimulatedLog log, String id) {
        return log.port().transactions().commit(id);
    }

    private static void assertCommits(SimulatedLog log, String id) {
        assertThat(log.get(commit(log, id))).isEqualTo(TransactionStatus.COMMITTED);
    }

    private static long events(SimulatedLog log) {
        return events(log, STREAM);
    }

    private static long events(SimulatedLog log, StreamName of) {
        StreamDescription stream = log.get(log.catalog().describe(of.toString()));
        return stream.partitions().stream()
                .mapToLong(partition ->
                        log.get(log.catalog().endCut(of.toString())).offset(partition.id()))
                .sum();
    }

    private static PartitionDescription merge(SimulatedLog log, StreamDescription stream) {
        Set<Long> all = stream.partitions().stream()
                .map(PartitionDescription::id)
                .collect(Collectors.toCollection(HashSet::new));
        return log.get(log.catalog().scale(STREAM.toString(), all, List.of(KeyRange.ALL)))
                .partitions()
                .get(0);
    }

    /** End offsets of a partition, as any step shows them. */
    private static Set<Long> endsWhile(SimulatedLog log, PartitionDescription partition, Future<?> future) {
        Set<Long> ends = new HashSet<>();
        log.until("the commit", () -> {
            log.engine().call(partition.shard(), shard -> {
                Partition state = shard.state().partition(partition.id());
                ends.add(state == null ? -1L : state.endOffset());
                return Future.succeededFuture();
            });
            return future.isComplete();
        });
        return ends;
    }

    @Test
    void x2_aPartThatAMergeMadeLargerThanAParcelAppearsAtOnce() {
        SimulatedLog log = log(2);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions().setPartitions(8));
        fill(log, "t1", stream.partitions(), MIB - 100);
        PartitionDescription merged = merge(log, stream);
        fill(log, "t2", List.of(merged), 10);
        Future<TransactionStatus> first = commit(log, "t1");
        assertThat(endsWhile(log, merged, first)).isSubsetOf(0L, 8L);
        assertThat(log.get(first)).isEqualTo(TransactionStatus.COMMITTED);
        assertCommits(log, "t2");
        assertThat(log.bytes(merged)).isGreaterThan(8L * (MIB - 100));
        log.crash();
        assertThat(events(log)).isEqualTo(9);
        log.close();
    }

    @Test
    void x2_asMuchAsAHomeShardHoldsFitsIntoOnePartition() {
        SimulatedLog log = log(1);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions().setPartitions(31));
        fill(log, "t1", stream.partitions(), MIB - 100);
        merge(log, stream);
        assertCommits(log, "t1");
        log.crash();
        assertThat(events(log)).isEqualTo(31);
        log.close();
    }

    @Test
    void x2_partsOfSeveralPartitionsOfAShardAreCutIntoParcels() {
        options.setMaxEventBytes(8 * MIB);
        SimulatedLog log = log(1);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions().setPartitions(2));
        fill(log, "t1", stream.partitions().subList(0, 1), 3 * MIB);
        write(log, "t1", 1, stream.partitions().get(1), 6 * MIB);
        assertCommits(log, "t1");
        assertThat(events(log)).isEqualTo(2);
        log.close();
    }

    @Test
    void x2_aSmallerLimitOfEventsHoldsForLaterWritesAlone() {
        SimulatedLog log = log(1);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions());
        fill(log, "t1", stream.partitions(), MIB - 100);
        options.setMaxEventBytes(1_000);
        log.reopen();
        assertThat(log.failure(log.port()
                        .transactions()
                        .write("t1", 1, STREAM, recordOf(stream.partitions().get(0), MIB / 2), 1)))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertCommits(log, "t1");
        fill(log, "t2", stream.partitions(), 10);
        assertCommits(log, "t2");
        assertThat(events(log)).isEqualTo(2);
        log.close();
    }

    @Test
    void x2_whatWasDecidedBeforeAnOpenWithSmallerLimitsIsFinished() {
        SimulatedLog log = log(1);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions());
        fill(log, "t1", stream.partitions(), MIB - 100);
        commit(log, "t1");
        boolean[] decided = {false};
        log.until("the decision", () -> {
            log.engine().call(0, shard -> {
                KeptTransaction kept = shard.state().transactions().unfinished("t1");
                decided[0] |= kept != null && kept.isDecided();
                return Future.succeededFuture();
            });
            return decided[0];
        });
        options.setMaxEventBytes(1_000).setWritersPerPartition(1).setQueuedBytes(64 << 10);
        log.crash();
        assertCommits(log, "t1");
        assertThat(events(log)).isEqualTo(1);
        log.close();
    }

    @Test
    void x2_aDecisionFindsRoomInAPartitionThatRemembersNoMoreWriters() {
        options.setWritersPerPartition(1);
        SimulatedLog log = log(1);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions());
        PartitionDescription partition = stream.partitions().get(0);
        log.get(log.append(partition, 10));
        fill(log, "t1", stream.partitions(), 10);
        assertCommits(log, "t1");
        byte[] another = new BatchBuilder(partition.id(), Long.MIN_VALUE | 8, 1, Sequence.NONE, Sequence.of(1))
                .add(new byte[10])
                .build();
        assertThat(log.get(log.port().append(BatchBuilder.parcel(partition.shard(), another)))
                        .refusal(0))
                .isInstanceOf(StrandlineException.Overloaded.class);
        assertThat(events(log)).isEqualTo(2);
        log.close();
    }

    @Test
    void x2_aDecisionIsNotPassedByAppendsWhileAShardHasMoreThanItsRoom() {
        options.setQueuedBytes(64 << 10).setMaxEventBytes(MIB);
        SimulatedLog log = log(1);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions().setPartitions(2));
        PartitionDescription busy = stream.partitions().get(0);
        fill(log, "t1", stream.partitions().subList(1, 2), MIB / 2);
        Future<TransactionStatus> committed = commit(log, "t1");
        for (int i = 0; i < 2_000 && !committed.isComplete(); i++) {
            log.append(busy, 40_000, Durability.FORCED);
            log.scheduler.runUntil(committed::isComplete, 4);
        }
        assertThat(committed.succeeded()).isTrue();
    }

    @Test
    void x2_aDecisionThatNoPartitionTakesIsReportedAndTheNextGoesOn() {
        SimulatedLog log = log(1, Flaw.LIMITS_DECISIONS);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions().setPartitions(2));
        fill(log, "t1", stream.partitions(), MIB - 100);
        fill(log, "t2", stream.partitions().subList(0, 1), 10);
        options.setMaxEventBytes(1_000);
        log.reopen();
        Future<TransactionStatus> first = commit(log, "t1");
        Future<TransactionStatus> second = commit(log, "t2");
        assertSetAside(log.failure(first));
        assertThat(log.get(second)).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(log)).isEqualTo(1);

        // Nothing is said to be done that is not, whatever comes after it, and after a restart.
        log.crash();
        assertSetAside(log.failure(commit(log, "t1")));
        assertThat(log.get(log.port().transactions().status("t1"))).isEqualTo(TransactionStatus.COMMITTING);
        assertThat(log.get(log.port().transactions().unfinished()))
                .containsExactly(new TransactionDescription("t1", TransactionStatus.COMMITTING, 2));
        fill(log, "t3", stream.partitions(), 10);
        assertCommits(log, "t3");
        assertThat(events(log)).isEqualTo(3);
        log.close();
    }

    /** A log in which the part of t1 for {@link #STREAM} is set aside, and the one for {@link #OTHER} is appended. */
    private SimulatedLog logWithPartSetAside(long seed) {
        options.setMaxEventBytes(LogOptions.DEFAULT_MAX_EVENT_BYTES);
        SimulatedLog log = new SimulatedLog(seed, options, 1, Flaw.LIMITS_DECISIONS);
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions().setPartitions(2));
        StreamDescription other = log.createStream(OTHER.toString(), new StreamOptions());
        fill(log, "t1", stream.partitions(), MIB - 100);
        write(log, "t1", 2, OTHER, other.partitions().get(0), 10);
        options.setMaxEventBytes(1_000);
        log.reopen();
        assertSetAside(log.failure(commit(log, "t1")));
        return log;
    }

    private static Future<Void> drop(SimulatedLog log, String id) {
        return log.port().transactions().dropPart(id, STREAM);
    }

    private static TransactionStatus status(SimulatedLog log) {
        return log.get(log.port().transactions().status("t1"));
    }

    /** The part is gone for good, and what the transaction had elsewhere is there. */
    private static void assertDropped(SimulatedLog log) {
        log.until("the end", () -> status(log) == TransactionStatus.INCOMPLETE);
        assertThat(log.get(log.port().transactions().partsSetAside())).isEmpty();
        assertThat(log.get(log.port().transactions().unfinished()))
                .extracting(TransactionDescription::id)
                .doesNotContain("t1");
        assertThat(log.failure(commit(log, "t1")))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("INCOMPLETE");
        assertThat(events(log)).isZero();
        assertThat(events(log, OTHER)).isEqualTo(1);
    }

    @Test
    void x2_aPartThatWasSetAsideIsListedAndDropped() {
        SimulatedLog log = logWithPartSetAside(1);
        fill(log, "t2", log.get(log.catalog().describe(STREAM.toString())).partitions(), 10);
        for (int opening = 0; opening < 2; opening++) {
            List<PartSetAside> parts = log.get(log.port().transactions().partsSetAside());
            assertThat(parts).hasSize(1);
            assertThat(parts.get(0).transaction()).isEqualTo("t1");
            assertThat(parts.get(0).stream()).isEqualTo(STREAM);
            assertThat(parts.get(0).events()).isEqualTo(2);
            assertThat(parts.get(0).why()).contains("t1", STREAM.toString(), "partition");
            log.crash();
        }
        assertThat(log.failure(log.port().transactions().dropPart("t1", OTHER)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining(OTHER.toString());
        assertThat(log.failure(drop(log, "t2")))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("OPEN");
        assertThat(log.failure(drop(log, "t3"))).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(status(log)).isEqualTo(TransactionStatus.COMMITTING);

        log.get(drop(log, "t1"));
        assertDropped(log);
        log.crash();
        assertDropped(log);
        log.get(drop(log, "t1"));
        assertDropped(log);
        log.reopen();
        assertDropped(log);
        assertCommits(log, "t2");
        log.close();
    }

    /** What is decided is decided, however long its parts take. */
    @Test
    void x2_aDecisionOutlivesItsLease() {
        SimulatedLog log = logWithPartSetAside(1);
        log.pass(LEASE_MILLIS + 1_000);
        assertThat(status(log)).isEqualTo(TransactionStatus.COMMITTING);
        log.get(drop(log, "t1"));
        assertDropped(log);
        log.close();
    }

    @Test
    void x2_aPartIsDroppedForGoodOrNotAtAllWhereverACrashCutsIn() {
        int confirmed = 0;
        for (int steps = 0; steps < 40; steps++) {
            SimulatedLog log = logWithPartSetAside(100 + steps);
            Future<Void> dropped = drop(log, "t1");
            log.scheduler.runUntil(() -> false, steps);
            boolean isConfirmed = dropped.succeeded();
            confirmed += isConfirmed ? 1 : 0;
            log.crash();
            if (isConfirmed) {
                assertThat(log.get(log.port().transactions().partsSetAside()))
                        .as("crash after %d steps", steps)
                        .isEmpty();
            }
            log.get(drop(log, "t1"));
            assertDropped(log);
            log.close();
        }
        assertThat(confirmed).isBetween(1, 39);
    }

    private static void assertSetAside(Throwable failure) {
        assertThat(failure)
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("t1")
                .hasMessageContaining(STREAM.toString())
                .hasMessageContaining("partition")
                .hasMessageContaining(StreamParts.MAX_REFUSALS + " times");
    }
}
