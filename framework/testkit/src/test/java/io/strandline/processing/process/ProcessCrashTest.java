package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.log.KilledChild;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.process.TransferBank.Account;
import io.strandline.processing.process.TransferBank.Close;
import io.strandline.processing.process.TransferBank.Command;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Event;
import io.strandline.processing.process.TransferBank.Received;
import io.strandline.processing.process.TransferBank.Sent;
import io.strandline.processing.process.TransferBank.TakenBack;
import io.strandline.processing.process.TransferBank.Transfer;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a JVM with SIGKILL at random moments while transfers run. The next opening ends every transfer that was begun: each is received or
 * taken back, once, and the money is what was paid in.
 */
class ProcessCrashTest {

    private static final long PAID_IN = 100_000;

    @TempDir
    Path directory;

    private long foundExecuted;
    private long takenBack;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void transfers_end_once_when_their_process_is_killed() throws Exception {
        rounds(5, Long.getLong("strandline.crash.seed", 20_261_129L));
    }

    @Tag("soak")
    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void transfers_end_once_when_their_process_is_killed_again_and_again() throws Exception {
        rounds(100, Long.getLong("strandline.crash.seed", System.nanoTime()));
        assertThat(foundExecuted).as("commands whose answer was lost").isPositive();
    }

    private void rounds(int rounds, long seed) throws Exception {
        System.out.println("crash seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        payIn();
        for (int round = 0; round < rounds; round++) {
            kill(random, round);
            check(round);
        }
        assertThat(takenBack).isPositive();
    }

    private Path data() {
        return directory.resolve("data");
    }

    private void payIn() {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = OnTransferLog.get(ProcessCrashChild.openLog(vertx, data()));
            Aggregates<Command, Account> accounts = OnTransferLog.get(ProcessCrashChild.openAccounts(vertx, log));
            for (int i = 0; i < ProcessCrashChild.ACCOUNTS; i++) {
                OnTransferLog.get(accounts.execute(ProcessCrashChild.account(i), new Deposit(PAID_IN)));
            }
            OnTransferLog.get(accounts.execute(ProcessCrashChild.account(0), new Close()));
        } finally {
            OnTransferLog.get(vertx.close());
        }
    }

    private void kill(Random random, int round) throws Exception {
        int most = 20 + random.nextInt(300);
        int[] begun = {0};
        List<String> failures = new ArrayList<>();
        new KilledChild(directory.resolve("errors"))
                .run(ProcessCrashChild.class, List.of(data().toString(), "life-" + round), line -> {
                    begun[0] += line.startsWith("T") ? 1 : 0;
                    if (line.startsWith("F")) {
                        failures.add(line);
                    }
                    return begun[0] >= most || !failures.isEmpty();
                });
        assertThat(failures).isEmpty();
    }

    // ---- what is left

    private void check(int round) {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = OnTransferLog.get(ProcessCrashChild.openLog(vertx, data()));
            Aggregates<Command, Account> accounts = OnTransferLog.get(ProcessCrashChild.openAccounts(vertx, log));
            Processes<Transfer> transfers = OnTransferLog.get(ProcessCrashChild.openTransfers(vertx, log, accounts));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            Map<String, String> ends = ends(log);
            while (ends.containsValue("s") || transfers.statistics().openCommands() > 0) {
                assertThat(System.nanoTime())
                        .as("round %s: %s, %s", round, transfers.statistics(), ends)
                        .isLessThan(deadline);
                OnTransferLog.get(vertx.timer(20, TimeUnit.MILLISECONDS).<Void>mapEmpty());
                ends = ends(log);
            }
            assertThat(ends)
                    .allSatisfy((transfer, end) ->
                            assertThat(end).as("round %s: %s", round, transfer).matches("s[rt]"));
            takenBack = ends.values().stream().filter("st"::equals).count();
            long money = 0;
            for (int i = 0; i < ProcessCrashChild.ACCOUNTS; i++) {
                money += OnTransferLog.get(accounts.state(ProcessCrashChild.account(i)))
                        .state()
                        .balance();
            }
            assertThat(money).as("round %s", round).isEqualTo(ProcessCrashChild.ACCOUNTS * PAID_IN);
            foundExecuted += transfers.statistics().foundExecuted();
            System.out.println("round " + round + ": " + ends.size() + " transfers, " + takenBack + " taken back, "
                    + foundExecuted + " commands found executed, "
                    + transfers.statistics().stepsRead()
                    + " steps read");
        } finally {
            OnTransferLog.get(vertx.close());
        }
    }

    /** For each transfer what happened in it: s sent, r received, t taken back. */
    private static Map<String, String> ends(Strandline log) {
        List<EventRecord<Event>> events =
                OnTransferLog.get(log.read(TransferBank.ACCOUNTS_STREAM, TransferBank.ACCOUNT.eventCodec())
                        .compose(reader -> reader.collect(Collectors.toList())));
        Map<String, String> ends = new TreeMap<>();
        for (EventRecord<Event> read : events) {
            if (read.event() instanceof Sent sent) {
                ends.merge(sent.transfer(), "s", (known, first) -> first + known);
            } else if (read.event() instanceof Received received) {
                ends.merge(received.transfer(), "r", String::concat);
            } else if (read.event() instanceof TakenBack back) {
                ends.merge(back.transfer(), "t", String::concat);
            }
        }
        return ends;
    }
}
