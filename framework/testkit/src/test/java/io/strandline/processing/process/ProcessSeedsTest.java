package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.process.FaultyAggregates.Fate;
import io.strandline.processing.process.TransferBank.Account;
import io.strandline.processing.process.TransferBank.Close;
import io.strandline.processing.process.TransferBank.Command;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Phase;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Transfer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Transfers while commands and answers get lost or late, the process ends and is opened again, is taken over, is delivered its events again, and
 * time passes, all by seed. Accounts remember no ids of commands. In the end no transfer is open, each was done or returned once, and the
 * money is what was paid in.
 */
class ProcessSeedsTest extends OnTransferLog {

    private static final int ACCOUNTS = 4;
    private static final int STEPS = 30;
    private static final long PAID_IN = 1_000;
    private static final List<Fate> FATES = List.of(
            Fate.ANSWERED, Fate.ANSWERED, Fate.LOST, Fate.HELD, Fate.UNANSWERED, Fate.UNKNOWN, Fate.UNAVAILABLE);

    private final List<String> sent = new ArrayList<>();
    private final List<Processes<Transfer>> running = new ArrayList<>();
    private Random random = new Random();
    private @Nullable FaultyAggregates<Command, Account> between;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void money_is_neither_made_nor_lost(long seed) {
        random = new Random(seed);
        begin();
        for (int i = 0; i < ACCOUNTS; i++) {
            get(accounts.execute(account(i), new Deposit(PAID_IN)));
        }
        if (random.nextBoolean()) {
            get(accounts.execute(account(0), new Close()));
        }
        for (int step = 0; step < STEPS; step++) {
            step();
        }
        settle(seed);
    }

    private Processes<Transfer> openOne() {
        ProcessOptions often =
                options().setAgendaSteps(1 + random.nextInt(10)).setCommandsUnderWay(1 + random.nextInt(8));
        return get(transfers(TransferBank.TRANSFER, faulty(), often));
    }

    private FaultyAggregates<Command, Account> faulty() {
        return Objects.requireNonNull(between);
    }

    private static String account(int number) {
        return "account-" + number;
    }

    private void begin() {
        accounts = accounts(0);
        between = new FaultyAggregates<>(accounts);
        running.clear();
        running.add(openOne());
    }

    private void step() {
        faulty().fates(command -> FATES.get(random.nextInt(FATES.size())));
        switch (random.nextInt(12)) {
            case 0 -> {
                get(newest().close());
                running.set(running.size() - 1, openOne());
            }
            case 1 -> running.add(openOne());
            case 2 -> restart();
            case 3 -> newest().group().resetToStart();
            case 4 -> clock.elapse(Duration.ofMinutes(1));
            case 5 -> faulty().release();
            default -> send();
        }
    }

    private Processes<Transfer> newest() {
        return running.get(running.size() - 1);
    }

    private void restart() {
        for (Processes<Transfer> open : running) {
            get(open.close());
        }
        reopen();
        begin();
    }

    private void send() {
        String from = account(random.nextInt(ACCOUNTS));
        String transfer = from + ":" + sent.size();
        Command command = new Send(transfer, account(random.nextInt(ACCOUNTS)), 1 + random.nextInt(20));
        get(accounts.execute(from, command, new CommandOptions().setCommandId(transfer)));
        sent.add(transfer);
    }

    private void settle(long seed) {
        restart();
        for (String transfer : sent) {
            await(seed + ": " + transfer + " is done", () -> {
                Phase phase = get(newest().state(transfer)).state().phase();
                return phase == Phase.DONE || phase == Phase.RETURNED;
            });
        }
        await(seed + ": nothing is open", () -> newest().statistics().openCommands() == 0);
        long money = 0;
        for (int i = 0; i < ACCOUNTS; i++) {
            money += account(account(i)).balance();
        }
        assertThat(money).as("seed %s", seed).isEqualTo(ACCOUNTS * PAID_IN);
        for (Processes<Transfer> open : running) {
            if (open.ended().isComplete() && open.ended().failed()) {
                assertThat(open.ended().cause()).isInstanceOf(StrandlineException.class);
            }
        }
    }
}
