package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.process.FaultyAggregates.Fate;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Deposited;
import io.strandline.processing.process.TransferBank.Phase;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Transfer;
import io.strandline.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Timers in virtual time. */
class ProcessTimersTest extends OnTransferLog {

    private static final String ONE = "anna:1";

    /** What an instance has heard. */
    record Heard(List<String> rings) {
        Heard and(String ring) {
            List<String> all = new ArrayList<>(rings);
            all.add(ring);
            return new Heard(List.copyOf(all));
        }
    }

    record Ring(String text) {}

    private static final long YEAR_DAYS = 365;

    /** Each amount that anna deposits does something else to the timers. */
    static final Process<Heard> BELL = Process.named("bell")
            .initial(new Heard(List.of()))
            .state(1, Heard.class)
            .from(
                    TransferBank.ACCOUNTS_STREAM,
                    TransferBank.ACCOUNT.eventCodec(),
                    accounts ->
                            accounts.on(Deposited.class, event -> "bell", (heard, event) -> set(heard, event.amount())))
            .timer("ring", 1, Ring.class, (heard, ring) -> {
                Reaction<Heard> next = Reaction.to(heard.and(ring.text()));
                return ring.text().equals("again") ? next.after(Duration.ofMinutes(1), new Ring("last")) : next;
            })
            .build();

    private static Reaction<Heard> set(Heard heard, long amount) {
        Reaction<Heard> to = Reaction.to(heard);
        return switch ((int) amount) {
            case 1 -> to.after(Duration.ofMinutes(1), new Ring("minute"));
            case 2 -> to.after("year", Duration.ofDays(YEAR_DAYS), new Ring("year"));
            case 3 -> to.at("instant", Instant.ofEpochMilli(VirtualClock.START_MILLIS + 90_000), new Ring("instant"));
            case 4 -> to.cancel("ring");
            case 5 -> to.after(Duration.ofMinutes(2), new Ring("replaced"));
            case 6 -> to.after(Duration.ofMinutes(1), new Ring("again"));
            case 7 -> to.at(Instant.EPOCH, new Ring("past"));
            default -> Reaction.none();
        };
    }

    private Processes<Heard> bell() {
        return get(Processes.open(
                vertx, log, sync, BELL, ProcessTargets.none(), options().setStream("bank/bells"), clock));
    }

    private void deposit(Processes<Heard> bell, long... amounts) {
        for (long amount : amounts) {
            get(accounts.execute("anna", new Deposit(amount)));
        }
        get(log.catalog().endCut(TransferBank.ACCOUNTS_STREAM).compose(bell.group()::awaitPosition));
    }

    private void awaitTimers(Processes<?> bell, int count) {
        await(count + " timers are set", () -> bell.statistics().pendingTimers() == count);
    }

    private void awaitHeard(Processes<Heard> bell, String... rings) {
        await("rings", () -> get(bell.state("bell")).state().rings().equals(List.of(rings)));
    }

    @Test
    void timers_fire_in_their_order_when_their_time_has_come() {
        Processes<Heard> bell = bell();
        deposit(bell, 1, 3, 2);
        awaitTimers(bell, 3);
        assertThat(get(bell.state("bell")).timers())
                .containsEntry("ring", Instant.ofEpochMilli(VirtualClock.START_MILLIS + 60_000))
                .containsEntry("instant", Instant.ofEpochMilli(VirtualClock.START_MILLIS + 90_000))
                .containsKey("year");
        clock.elapse(Duration.ofMillis(59_999));
        clock.elapse(Duration.ofMillis(1));
        awaitHeard(bell, "minute");
        clock.elapse(Duration.ofMinutes(1));
        awaitHeard(bell, "minute", "instant");
        clock.elapse(Duration.ofDays(YEAR_DAYS));
        awaitHeard(bell, "minute", "instant", "year");
        assertThat(get(bell.state("bell")).timers()).isEmpty();
        awaitTimers(bell, 0);
        assertThat(bell.statistics().fired()).isEqualTo(3);
    }

    @Test
    void a_timer_is_cancelled_or_replaced_and_sets_another() {
        Processes<Heard> bell = bell();
        deposit(bell, 1, 4);
        awaitTimers(bell, 0);
        clock.elapse(Duration.ofHours(1));
        deposit(bell, 1, 5);
        awaitTimers(bell, 1);
        clock.elapse(Duration.ofMinutes(1));
        clock.elapse(Duration.ofMinutes(1));
        awaitHeard(bell, "replaced");
        deposit(bell, 6, 7);
        awaitHeard(bell, "replaced", "past");
        deposit(bell, 6);
        awaitTimers(bell, 1);
        clock.elapse(Duration.ofMinutes(1));
        awaitHeard(bell, "replaced", "past", "again");
        awaitTimers(bell, 1);
        clock.elapse(Duration.ofMinutes(1));
        awaitHeard(bell, "replaced", "past", "again", "last");
    }

    @Test
    void a_timer_fires_once_over_restarts_and_a_clock_that_goes_back() {
        Processes<Heard> bell = bell();
        deposit(bell, 1, 2);
        awaitTimers(bell, 2);
        get(bell.close());
        reopen();
        clock.elapse(Duration.ofMinutes(3));
        bell = bell();
        awaitHeard(bell, "minute");
        get(bell.close());
        reopen();
        clock.set(VirtualClock.START_MILLIS - 1_000_000);
        bell = bell();
        awaitTimers(bell, 1);
        clock.set(VirtualClock.START_MILLIS + 60_000);
        clock.set(VirtualClock.START_MILLIS);
        clock.elapse(Duration.ofDays(YEAR_DAYS + 1));
        Processes<Heard> last = bell;
        // The watch may have read the clock before it was set, and then looks again after a while, which has to pass.
        await("the year", () -> {
            clock.elapse(Duration.ofHours(1));
            return get(last.state("bell")).state().rings().equals(List.of("minute", "year"));
        });
    }

    @Test
    void a_deadline_passes_while_a_command_is_not_answered() {
        FaultyAggregates<TransferBank.Command, TransferBank.Account> faulty =
                new FaultyAggregates<>(accounts).fate(Fate.LOST);
        Processes<Transfer> transfers = transfers(faulty);
        get(accounts.execute("anna", new Deposit(100)));
        get(accounts.execute("anna", new Send(ONE, "bert", 30)));
        awaitPhase(transfers, ONE, Phase.UNDER_WAY);
        awaitTimers(transfers, 1);
        clock.elapse(TransferBank.PATIENCE);
        awaitPhase(transfers, ONE, Phase.LATE);
    }
}
