package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.strandline.internal.KeyHash;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.transaction.ShardTransactions;
import io.strandline.spi.Batch;
import io.strandline.spi.TransactionPort;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Calls for a transaction that come before the ones ahead of them are durable, that a shard without room refuses, or that rest on a
 * lease (X1 to X3).
 */
class TransactionCallsTest {

    private static final StreamName STREAM = StreamName.parse("bank/accounts");
    private static final StreamName MISSING = StreamName.parse("bank/missing");
    private static final long LEASE_MILLIS = 600_000;
    private static final int LARGE = 1_000_000;

    /** More writes than the home shard has room for at once. */
    private static final int MANY = (int) (ShardTransactions.MAX_BYTES / LARGE) + 8;

    private final LogOptions options = new LogOptions().setJournalFileBytes(2 << 20);

    private SimulatedLog log(long seed) {
        SimulatedLog log = new SimulatedLog(seed, options, 1);
        log.createStream(STREAM.toString(), new StreamOptions());
        log.get(calls(log).begin("t1", LEASE_MILLIS));
        return log;
    }

    private static TransactionPort calls(SimulatedLog log) {
        return log.port().transactions();
    }

    /** One record under the key {@code alice}. */
    private static byte[] record(String key, int payloadBytes) {
        byte[] batch = new BatchBuilder(0, 0, 1, Sequence.NONE, new Sequence(0, 0))
                .add(key, new byte[payloadBytes])
                .build();
        return Arrays.copyOfRange(batch, Batch.HEADER_BYTES, batch.length);
    }

    private static Future<Void> write(SimulatedLog log, long sequence) {
        return write(log, sequence, STREAM, 10);
    }

    private static Future<Void> write(SimulatedLog log, long sequence, StreamName stream, int payloadBytes) {
        return calls(log).write("t1", sequence, stream, record("alice", payloadBytes), 1);
    }

    private static long events(SimulatedLog log) {
        StreamDescription stream = log.get(log.catalog().describe(STREAM.toString()));
        long events = 0;
        for (int partition = 0; partition < stream.partitions().size(); partition++) {
            events += log.end(stream, partition);
        }
        return events;
    }

    private static void assertCommits(SimulatedLog log, long events) {
        assertThat(log.get(calls(log).commit("t1"))).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(events(log)).isEqualTo(events);
    }

    private static void assertConflict(Throwable failure, TransactionStatus status) {
        assertThat(failure)
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("t1")
                .hasMessageContaining(status.toString());
    }

    // ---- one call close after the other

    @Test
    void x2_whatEndsFirstDecides() {
        SimulatedLog log = log(1);
        log.get(write(log, 0));
        Future<TransactionStatus> aborted = calls(log).abort("t1");
        Future<TransactionStatus> committed = calls(log).commit("t1");
        assertThat(log.get(aborted)).isEqualTo(TransactionStatus.ABORTED);
        assertConflict(log.failure(committed), TransactionStatus.ABORTED);
        assertThat(events(log)).isZero();

        log.get(calls(log).begin("t2", LEASE_MILLIS));
        log.get(calls(log).write("t2", 0, STREAM, record("alice", 10), 1));
        Future<TransactionStatus> decided = calls(log).commit("t2");
        Future<TransactionStatus> late = calls(log).abort("t2");
        assertThat(log.get(decided)).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(log.failure(late)).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(events(log)).isEqualTo(1);
        log.close();
    }

    /** A write asks the catalog for its stream, and the commit does not wait for it. */
    @Test
    void x2_aWriteThatACommitPassesIsInItOrRefused() {
        int refused = 0;
        for (long seed = 1; seed <= 10; seed++) {
            SimulatedLog log = log(seed);
            Future<Void> written = write(log, 0);
            Future<TransactionStatus> committed = calls(log).commit("t1");
            assertThat(log.get(committed)).isEqualTo(TransactionStatus.COMMITTED);
            log.until("an answer to the write", written::isComplete);
            if (written.failed()) {
                assertConflict(written.cause(), TransactionStatus.COMMITTED);
                refused++;
            }
            assertThat(events(log)).as("seed %d", seed).isEqualTo(written.succeeded() ? 1 : 0);
            log.close();
        }
        assertThat(refused).isPositive();
    }

    @Test
    void x3_writesForAMissingStreamAreAllRefusedAndOthersGoOn() {
        SimulatedLog log = log(1);
        List<Future<Void>> refused = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            refused.add(write(log, 0, MISSING, 10));
        }
        Future<Void> taken = write(log, 0);
        refused.forEach(write -> assertThat(log.failure(write)).isInstanceOf(StrandlineException.NotFound.class));
        log.get(taken);
        log.get(write(log, 1));
        assertCommits(log, 2);
        log.close();
    }

    /** It would be missing among events that come after it. */
    @Test
    void x2_aWriteThatComesBeforeTheOneAheadOfItIsNotTaken() {
        SimulatedLog log = log(1);
        Future<Void> early = write(log, 1);
        assertThat(log.failure(early))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("write 1 of transaction t1 came before write 0");
        log.get(write(log, 0));
        log.get(write(log, 1));
        log.get(write(log, 1));
        assertCommits(log, 2);
        log.close();
    }

    @Test
    void x2_moreCallsThanMayWaitForTheEndAreOverloaded() {
        SimulatedLog log = log(1);
        log.get(write(log, 0));
        List<Future<TransactionStatus>> calls = new ArrayList<>();
        for (int i = 0; i < 1_100; i++) {
            calls.add(calls(log).commit("t1"));
        }
        log.until("all answers", () -> calls.stream().allMatch(Future::isComplete));
        List<Future<TransactionStatus>> refused =
                calls.stream().filter(Future::failed).toList();
        assertThat(refused).hasSizeBetween(1, 100).allSatisfy(call -> assertThat(call.cause())
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("the limit is 1000"));
        assertThat(calls.get(0).result()).isEqualTo(TransactionStatus.COMMITTED);
        log.close();
    }

    // ---- bytes

    @Test
    void x1_whatIsRefusedOrWasTakenBeforeHoldsNoRoom() {
        SimulatedLog log = log(1);
        for (int i = 0; i < MANY; i++) {
            assertThat(log.failure(write(log, 0, MISSING, LARGE))).isInstanceOf(StrandlineException.NotFound.class);
        }
        for (int i = 0; i < MANY; i++) {
            log.get(write(log, 0, STREAM, LARGE));
        }
        assertThat(log.get(calls(log).unfinished()))
                .containsExactly(new TransactionDescription("t1", TransactionStatus.OPEN, 1));
        log.get(calls(log).abort("t1"));
        log.close();
    }

    // ---- a shard without room

    private static void block(SimulatedLog log, int shard, boolean isBlocked) {
        log.ask(shard, life -> {
            life.blockedForSpace(isBlocked);
            return isBlocked;
        });
    }

    private static void assertRefused(SimulatedLog log, Function<TransactionPort, Future<?>> call) {
        block(log, 0, true);
        assertThat(log.failure(call.apply(calls(log)))).isInstanceOf(StrandlineException.Unavailable.class);
        block(log, 0, false);
    }

    /** A call that could not be logged has no effect, and may be made again. */
    @Test
    void x1_whatAFullShardRefusesCanBeCalledAgain() {
        SimulatedLog log = log(1);
        log.get(write(log, 0));
        assertRefused(log, calls -> calls.write("t1", 1, STREAM, record("alice", 10), 1));
        log.get(write(log, 1));
        assertRefused(log, calls -> calls.abort("t1"));
        assertThat(log.get(calls(log).status("t1"))).isEqualTo(TransactionStatus.OPEN);
        assertRefused(log, calls -> calls.commit("t1"));
        assertThat(log.get(calls(log).status("t1"))).isEqualTo(TransactionStatus.OPEN);
        assertCommits(log, 2);

        assertRefused(log, calls -> calls.begin("t2", LEASE_MILLIS));
        assertThat(log.failure(calls(log).status("t2"))).isInstanceOf(StrandlineException.NotFound.class);
        log.get(calls(log).begin("t2", LEASE_MILLIS));
        log.close();
    }

    private static boolean isDecided(SimulatedLog log, int shard, String id) {
        return log.ask(shard, life -> {
            KeptTransaction kept = life.state().transactions().unfinished(id);
            return kept != null && kept.isDecided();
        });
    }

    private static int homeOf(SimulatedLog log, String id) {
        return log.ask(0, life -> life.state().transactions().unfinished(id) != null) ? 0 : 1;
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

    /** A log of two shards, with a transaction of one event for a partition that is not in its home shard. Returns the partition. */
    private static PartitionDescription writtenAway(SimulatedLog log) {
        StreamDescription stream = log.createStream(STREAM.toString(), new StreamOptions().setPartitions(2));
        log.get(calls(log).begin("t1", LEASE_MILLIS));
        int home = homeOf(log, "t1");
        PartitionDescription away = stream.partitions().stream()
                .filter(partition -> partition.shard() != home)
                .findFirst()
                .orElseThrow();
        log.get(calls(log).write("t1", 0, STREAM, record(keyOf(away), 10), 1));
        return away;
    }

    /** Its events are there, and its home shard has no room to say so. */
    @Test
    void x2_aCommitEndsWhenItsHomeShardHasRoomAgain() {
        SimulatedLog log = new SimulatedLog(1, options, 2);
        writtenAway(log);
        int home = homeOf(log, "t1");
        Future<TransactionStatus> committed = calls(log).commit("t1");
        log.until("the decision", () -> isDecided(log, home, "t1"));
        block(log, home, true);
        log.until("the event", () -> events(log) == 1);
        log.pass(1_000);
        assertThat(committed.isComplete()).isFalse();
        assertThat(log.get(calls(log).status("t1"))).isEqualTo(TransactionStatus.COMMITTING);
        block(log, home, false);
        assertThat(log.get(committed)).isEqualTo(TransactionStatus.COMMITTED);
        log.close();
    }

    // ---- a home shard that stops

    private static void end(SimulatedLog log, int shard) {
        log.ask(shard, life -> {
            life.broke(new IllegalStateException("thrown by a test"));
            return true;
        });
    }

    /** The commit waits, because the shard of its event has no room. */
    @Test
    void x2_thoseWhoWaitForTheEndOfACommitHearThatItsHomeShardStops() {
        SimulatedLog log = new SimulatedLog(1, options, 2);
        int away = writtenAway(log).shard();
        int home = homeOf(log, "t1");
        block(log, away, true);
        Future<TransactionStatus> committed = calls(log).commit("t1");
        Future<TransactionStatus> again = calls(log).commit("t1");
        log.until("the decision", () -> isDecided(log, home, "t1"));
        end(log, home);
        for (Future<TransactionStatus> waiting : List.of(committed, again)) {
            assertThat(log.failure(waiting))
                    .isInstanceOf(StrandlineException.Unknown.class)
                    .hasMessageContaining("shard " + home + " stopped")
                    .hasMessageContaining("the end of transaction t1");
        }
        block(log, away, false);
        log.pass(1_000); // it recovers
        assertCommits(log, 1);
        log.close();
    }

    /** A write waits while the catalog is asked for its stream. */
    @Test
    void x1_aWriteThatWaitsHearsThatItsHomeShardStops() {
        int failed = 0;
        for (int steps = 0; steps < 60; steps++) {
            SimulatedLog log = log(1);
            Future<Void> written = write(log, 0);
            log.scheduler().runUntil(() -> false, steps);
            end(log, 0);
            log.until("an answer to the write", written::isComplete);
            failed += written.failed() ? 1 : 0;
            log.close();
        }
        assertThat(failed).isBetween(1, 59);
    }

    // ---- leases

    @Test
    void x1_aWriteExtendsTheLease() {
        SimulatedLog log = log(1);
        log.get(calls(log).begin("t2", 1_000));
        for (int i = 0; i < 5; i++) {
            log.get(calls(log).write("t2", i, STREAM, record("alice", 10), 1));
            log.pass(700);
        }
        assertThat(log.get(calls(log).status("t2"))).isEqualTo(TransactionStatus.OPEN);
        log.pass(700);
        assertThat(log.get(calls(log).status("t2"))).isEqualTo(TransactionStatus.ABORTED);
        assertThat(log.get(calls(log).status("t1"))).isEqualTo(TransactionStatus.OPEN);
        log.close();
    }

    @Test
    void x1_aTransactionThatIsFoundAtAnOpeningHasAWholeLease() {
        SimulatedLog log = log(1);
        log.get(calls(log).begin("t2", 2_000));
        log.pass(1_500);
        log.crash();
        log.pass(1_500);
        assertThat(log.get(calls(log).status("t2"))).isEqualTo(TransactionStatus.OPEN);
        log.pass(1_000);
        assertThat(log.get(calls(log).status("t2"))).isEqualTo(TransactionStatus.ABORTED);
        log.close();
    }

    // ---- answers

    /** Makes calls, and cuts the power after a number of steps. Returns what was said before. */
    private interface Calls<A> {
        A make(SimulatedLog log);
    }

    private interface Check<A> {

        /** Whether something was said that must hold now. */
        boolean holds(SimulatedLog log, A said);
    }

    private <A> void afterEachCrash(Calls<A> calls, Check<A> check) {
        int said = 0;
        int steps = 0;
        for (; steps < 60; steps++) {
            SimulatedLog log = log(100 + steps);
            log.get(write(log, 0));
            A made = calls.make(log);
            log.scheduler().runUntil(() -> false, steps);
            log.crash();
            said += check.holds(log, made) ? 1 : 0;
        }
        assertThat(said).isBetween(1, steps - 1);
    }

    private static TransactionStatus status(SimulatedLog log) {
        return log.get(calls(log).status("t1"));
    }

    @Test
    void x2_aStatusIsSaidWhenItIsDurable() {
        afterEachCrash(
                log -> {
                    calls(log).commit("t1");
                    return calls(log).status("t1");
                },
                (log, said) -> {
                    if (!said.succeeded()) {
                        return false;
                    }
                    assertThat(said.result()).isNotEqualTo(TransactionStatus.OPEN);
                    assertThat(status(log)).isNotEqualTo(TransactionStatus.OPEN);
                    return true;
                });
    }

    @Test
    void x2_aRefusalIsSaidWhenWhatItRestsOnIsDurable() {
        afterEachCrash(
                log -> {
                    calls(log).abort("t1");
                    return calls(log).ping("t1", LEASE_MILLIS);
                },
                (log, said) -> {
                    if (!(said.cause() instanceof StrandlineException.Conflict)) {
                        return false;
                    }
                    assertThat(status(log)).isEqualTo(TransactionStatus.ABORTED);
                    return true;
                });
    }

    @Test
    void x2_aWriteThatComesAgainIsTakenWhenTheFirstIsDurable() {
        afterEachCrash(
                log -> {
                    write(log, 1);
                    return write(log, 1);
                },
                (log, said) -> {
                    if (!said.succeeded()) {
                        return false;
                    }
                    assertThat(log.get(calls(log).unfinished()))
                            .containsExactly(new TransactionDescription("t1", TransactionStatus.OPEN, 2));
                    return true;
                });
    }

    @Test
    void x1_aPingIsAnsweredWhenItsTransactionIsDurable() {
        afterEachCrash(
                log -> {
                    calls(log).begin("t2", LEASE_MILLIS);
                    return calls(log).ping("t2", LEASE_MILLIS);
                },
                (log, said) -> {
                    if (!said.succeeded()) {
                        return false;
                    }
                    assertThat(log.get(calls(log).status("t2"))).isEqualTo(TransactionStatus.OPEN);
                    return true;
                });
    }
}
