package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.Transaction;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process with SIGKILL in the middle of its transactions: each commit that was confirmed is whole and once, each that
 * was not is whole or absent, and what was left open can be found and finished (X1, X2).
 */
class TransactionCrashTest {

    @TempDir
    Path directory;

    private final TransactionCrashLedger ledger = new TransactionCrashLedger();
    private int lives;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void commitsAreWholeOrAbsentWhenTheProcessIsKilled() throws Exception {
        rounds(3, Long.getLong("strandline.crash.seed", 20_261_122L));
    }

    @Tag("soak")
    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void commitsAreWholeOrAbsentWhenTheProcessIsKilledAgainAndAgain() throws Exception {
        rounds(100, Long.getLong("strandline.crash.seed", System.nanoTime()));
    }

    private void rounds(int rounds, long seed) throws Exception {
        System.out.println("crash seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        KilledChild child = new KilledChild(directory.resolve("errors"));
        for (int round = 0; round < rounds; round++) {
            List<String> arguments = List.of(
                    directory.resolve("data").toString(), Integer.toString(lives++), Long.toString(random.nextLong()));
            child.run(TransactionCrashChild.class, arguments, moment(random));
            assertThat(ledger.failures).isEmpty();
            check(round == rounds - 1);
            System.out.println("round " + round + ": " + ledger.confirmedCount() + " commits confirmed, "
                    + ledger.seenCount() + " seen, " + ledger.abortedCount() + " aborted, " + ledger.foundCount()
                    + " committed by another process");
        }
        assertThat(ledger.confirmedCount()).isGreaterThan(rounds);
        assertThat(ledger.abortedCount()).isPositive();
        assertThat(ledger.foundCount()).isPositive();
    }

    /** Some time after a commit was requested, often at once. Now and then while the process finishes older ones. */
    private KilledChild.Moment moment(Random random) {
        boolean early = random.nextInt(4) == 0;
        int commits = early ? 1 + random.nextInt(3) : 20 + random.nextInt(400);
        int[] asked = {0};
        return line -> {
            ledger.take(line);
            boolean counts = line.startsWith("C ") || (early && line.startsWith("G "));
            asked[0] += counts ? 1 : 0;
            return asked[0] >= commits || !ledger.failures.isEmpty();
        };
    }

    // ---- what is left

    /** @param finish true to find what is still open, and finish it */
    private void check(boolean finish) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log =
                    Applications.get(Strandline.open(vertx, "file:" + directory.resolve("data"), CrashChild.options()));
            List<TransactionDescription> open = untilDecidedAreDone(vertx, log);
            ledger.check(read(vertx, log));
            if (finish) {
                for (TransactionDescription left : open) {
                    finish(vertx, log, left);
                }
                assertThat(Applications.get(log.transactions().unfinished())).isEmpty();
                ledger.check(read(vertx, log));
            }
            Applications.get(log.close());
        } finally {
            Applications.get(vertx.close());
        }
    }

    /** The log's answers about unfinished transactions. Written by the contexts of these answers. */
    private static final class Unfinished {
        private volatile List<TransactionDescription> all = List.of();
        private volatile boolean areAllOpen;
    }

    /** Waits for the commits that recovery completes. Returns the transactions that are open. */
    private static List<TransactionDescription> untilDecidedAreDone(Vertx vertx, Strandline log) {
        Unfinished unfinished = new Unfinished();
        Applications.until(vertx, "decided commits are done", () -> {
            log.transactions().unfinished().onSuccess(all -> {
                unfinished.all = all;
                unfinished.areAllOpen = all.stream().allMatch(one -> one.status() == TransactionStatus.OPEN);
            });
            return unfinished.areAllOpen;
        });
        return unfinished.all;
    }

    private void finish(Vertx vertx, Strandline log, TransactionDescription left) {
        ledger.committingFound(left.id(), left.events());
        TransactionStatus status =
                Applications.run(vertx, () -> log.transactions().find(left.id()).compose(Transaction::commit));
        assertThat(status).isEqualTo(TransactionStatus.COMMITTED);
        ledger.confirmed(left.id());
    }

    private static Map<String, List<EventRecord<Buffer>>> read(Vertx vertx, Strandline log) {
        Map<String, List<EventRecord<Buffer>>> streams = new HashMap<>();
        for (String stream : TransactionCrashChild.STREAMS) {
            streams.put(stream, Applications.get(Applications.readAll(vertx, log, stream)));
        }
        return streams;
    }
}
