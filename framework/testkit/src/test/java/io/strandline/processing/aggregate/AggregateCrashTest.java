package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.log.KilledChild;
import io.strandline.processing.aggregate.AggregateCrashLedger.Executed;
import io.strandline.processing.aggregate.AggregateCrashLedger.Fold;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Event;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process with SIGKILL at random moments while its commands run, and holds the log to all that the process was told. Commands
 * without an answer are repeated by the next process: none is lost, and none is executed twice.
 */
class AggregateCrashTest {

    @TempDir
    Path directory;

    private final AggregateCrashLedger ledger = new AggregateCrashLedger();
    private final long began = System.nanoTime();
    private int answers;
    private long fromSnapshots;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void commands_are_executed_once_when_their_process_is_killed() throws Exception {
        rounds(10, Long.getLong("strandline.crash.seed", 20_261_129L));
    }

    @Tag("soak")
    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void commands_are_executed_once_when_their_process_is_killed_again_and_again() throws Exception {
        rounds(200, Long.getLong("strandline.crash.seed", System.nanoTime()));
    }

    private void rounds(int rounds, long seed) throws Exception {
        System.out.println("crash seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            kill(random);
            check(round);
        }
        assertThat(ledger.accepted()).isGreaterThan(rounds);
        assertThat(ledger.rejected()).isPositive();
        assertThat(ledger.repeated()).as("commands that outlived their process").isPositive();
        assertThat(fromSnapshots).isPositive();
    }

    /** Kills after some answers, and at times when those that were missing are just being asked for. */
    private void kill(Random random) throws Exception {
        int most = random.nextInt(3) == 0 ? 1 + random.nextInt(60) : 100 + random.nextInt(1_500);
        Path progress = Files.write(directory.resolve("progress"), ledger.progress());
        int[] seen = {0};
        new KilledChild(directory.resolve("errors"))
                .run(AggregateCrashChild.class, List.of(data().toString(), progress.toString()), line -> {
                    seen[0] += ledger.take(line) ? 1 : 0;
                    return seen[0] >= most || !ledger.failures.isEmpty();
                });
        answers += seen[0];
        assertThat(ledger.failures).isEmpty();
    }

    private Path data() {
        return directory.resolve("data");
    }

    // ---- what is left

    private void check(int round) {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = OnBankLog.get(CrashAccounts.openLog(vertx, data()));
            Map<String, List<EventRecord<Event>>> histories = histories(log);
            Aggregates<Command, Account> accounts = OnBankLog.get(CrashAccounts.open(vertx, log));
            for (int account = 0; account < CrashAccounts.ACCOUNTS; account++) {
                String id = CrashAccounts.id(account);
                Fold fold = ledger.check(account, histories.getOrDefault(id, List.of()));
                assertThat(OnBankLog.get(accounts.state(id)))
                        .as("%s", id)
                        .isEqualTo(new AggregateState<>(
                                new Account(fold.balance(), (int) fold.version()), fold.version()));
                repeatLast(accounts, fold);
            }
            fromSnapshots += accounts.statistics().rebuiltFromSnapshots();
            System.out.println("round " + round + " at " + (System.nanoTime() - began) / 1_000_000 + " ms: " + answers
                    + " answers, " + ledger.accepted() + " accepted, " + ledger.repeated() + " of them repeated, "
                    + ledger.rejected() + " rejected, " + fromSnapshots + " rebuilt from snapshots");
        } finally {
            OnBankLog.get(vertx.close());
        }
    }

    private static void repeatLast(Aggregates<Command, Account> accounts, Fold fold) {
        List<Executed> all = fold.executed();
        Map<Executed, Future<Outcome<Account>>> again = new HashMap<>();
        for (Executed done : all.subList(Math.max(0, all.size() - CrashAccounts.COMMAND_IDS), all.size())) {
            again.put(
                    done,
                    accounts.execute(
                            CrashAccounts.id(done.account()),
                            CrashAccounts.command(done.account(), done.number()),
                            CrashAccounts.options(done.account(), done.number())));
        }
        again.forEach((done, call) -> {
            Outcome.Accepted<Account> outcome = OnBankLog.accepted(call);
            assertThat(outcome.repeated()).as("%s", done).isTrue();
            assertThat(outcome.version()).as("%s", done).isEqualTo(done.version());
            assertThat(outcome.position().offset(done.partition()))
                    .as("%s", done)
                    .isEqualTo(done.offset());
        });
    }

    /** All events by account. */
    private static Map<String, List<EventRecord<Event>>> histories(Strandline log) {
        return OnBankLog.get(log.read(OnBankLog.ACCOUNTS, Bank.ACCOUNT.eventCodec(), new ReaderOptions())
                .compose(reader -> reader.collect(Collectors.groupingBy(event -> String.valueOf(event.key())))));
    }
}
