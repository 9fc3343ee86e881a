package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.json.JsonCodec;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.PoisonEventException;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.process.FaultyAggregates.Fate;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Deposited;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Sent;
import io.strandline.processing.process.TransferBank.Transfer;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What cannot be reacted to, and options that are wrong. */
class ProcessFailuresTest extends OnTransferLog {

    record Count(int deposits, int fired, int rejected) {}

    record Alarm(String text) {}

    /** Whether the function at hand throws. */
    private final AtomicBoolean broken = new AtomicBoolean(true);

    private final Process<Count> counting = Process.named("counting")
            .initial(new Count(0, 0, 0))
            .state(1, Count.class)
            .from(TransferBank.ACCOUNTS_STREAM, TransferBank.ACCOUNT.eventCodec(), accounts -> accounts.on(
                            Deposited.class, event -> event.amount() == 3 ? null : "all", this::count)
                    .on(Sent.class, Sent::to, (count, event) -> Reaction.to(count)
                            .execute(TransferBank.ACCOUNTS, "poor", new Send("poor:1", "x", 1))))
            .timer("alarm", 1, Alarm.class, (count, alarm) -> {
                throwIfBroken();
                return Reaction.to(new Count(count.deposits(), count.fired() + 1, count.rejected()));
            })
            .to(TransferBank.ACCOUNTS)
            .onRejected(TransferBank.ACCOUNTS, (count, rejected) -> {
                throwIfBroken();
                return Reaction.to(new Count(count.deposits(), count.fired(), count.rejected() + 1));
            })
            .build();

    private Reaction<Count> count(Count count, Deposited event) {
        if (event.amount() == 2) {
            return Reaction.to(count).after(Duration.ofMinutes(1), new Alarm("a"));
        }
        if (event.amount() == 13) {
            throwIfBroken();
        }
        return Reaction.to(new Count(count.deposits() + 1, count.fired(), count.rejected()));
    }

    private void throwIfBroken() {
        if (broken.get()) {
            throw new IllegalStateException("broken");
        }
    }

    private ProcessOptions options(PoisonPolicy policy) {
        return options()
                .setStream("bank/counts")
                .setEvents(new GroupOptions()
                        .setPoison(policy)
                        .setMaxAttempts(2)
                        .setRetryBackOffMillis(1)
                        .setParkingStream(policy == PoisonPolicy.PARK ? "bank/parked" : null));
    }

    private Processes<Count> counting(PoisonPolicy policy) {
        return get(transfers(counting, accounts, options(policy)));
    }

    private void deposit(long... amounts) {
        for (long amount : amounts) {
            get(accounts.execute("anna", new Deposit(amount)));
        }
    }

    private void awaitCount(Processes<Count> counts, String key, Count count) {
        await(key + " is " + count, () -> get(counts.state(key)).state().equals(count));
    }

    @Test
    void a_reaction_that_throws_stops_the_process_and_the_next_opening_goes_on() {
        Processes<Count> counts = counting(PoisonPolicy.FAIL);
        deposit(1, 13, 1, 3);
        await("it has stopped", () -> counts.ended().isComplete());
        assertThat(counts.ended().cause())
                .isInstanceOf(PoisonEventException.class)
                .hasMessageContaining("process counting could not react to Deposited[amount=13]")
                .hasRootCauseMessage("broken");
        broken.set(false);
        Processes<Count> next = counting(PoisonPolicy.FAIL);
        awaitCount(next, "all", new Count(3, 0, 0));
    }

    @Test
    void a_reaction_that_throws_is_skipped() {
        Processes<Count> counts = counting(PoisonPolicy.SKIP);
        deposit(1, 13, 1);
        awaitCount(counts, "all", new Count(2, 0, 0));
        assertThat(get(counts.group().poisonDecisions())).hasSize(1);
    }

    @Test
    void a_parked_event_is_reacted_to_once_after_later_ones() {
        Processes<Count> counts = counting(PoisonPolicy.PARK);
        deposit(1, 13, 1);
        awaitCount(counts, "all", new Count(2, 0, 0));
        List<Long> ids =
                get(counts.group().parked()).stream().map(ParkedEvent::id).toList();
        assertThat(ids).hasSize(1);
        assertThat(failure(counts.replayParked(ids))).hasMessageContaining("Deposited[amount=13]");
        broken.set(false);
        assertThat(get(counts.replayParked(ids))).isEqualTo(1);
        awaitCount(counts, "all", new Count(3, 0, 0));
        // It was reacted to, and the group has not noted it.
        get(counts.group().resetToStart());
        get(log.catalog().endCut(TransferBank.ACCOUNTS_STREAM).compose(counts.group()::awaitPosition));
        assertThat(get(counts.state("all")).state()).isEqualTo(new Count(3, 0, 0));
    }

    @Test
    void an_event_that_is_parked_twice_is_reacted_to_once() {
        Processes<Count> counts = counting(PoisonPolicy.PARK);
        deposit(13);
        await("it is parked", () -> get(counts.group().parked()).size() == 1);
        get(counts.group().resetToStart());
        await("it is parked again", () -> get(counts.group().parked()).size() == 2);
        broken.set(false);
        List<Long> ids =
                get(counts.group().parked()).stream().map(ParkedEvent::id).toList();
        assertThat(get(counts.replayParked(ids))).isEqualTo(2);
        assertThat(get(counts.state("all")).state()).isEqualTo(new Count(1, 0, 0));
    }

    @ParameterizedTest
    @EnumSource(PoisonPolicy.class)
    void a_timer_that_cannot_be_reacted_to_follows_the_policy(PoisonPolicy policy) {
        Processes<Count> counts = counting(policy);
        deposit(2);
        await("the timer is set", () -> counts.statistics().pendingTimers() == 1);
        clock.elapse(Duration.ofMinutes(1));
        switch (policy) {
            case FAIL -> {
                assertThat(failure(counts.ended()))
                        .isInstanceOf(StrandlineException.Invalid.class)
                        .hasMessageContaining("Alarm[text=a]");
                broken.set(false);
                awaitCount(counting(policy), "all", new Count(0, 1, 0));
            }
            case SKIP -> {
                await("it is passed over", () -> counts.statistics().pendingTimers() == 0);
                assertThat(get(counts.state("all")).timers()).isEmpty();
                deposit(1);
                awaitCount(counts, "all", new Count(1, 0, 0));
            }
            case PARK -> {
                await("it is put aside", () -> counts.statistics().putAside() == 1);
                deposit(1);
                awaitCount(counts, "all", new Count(1, 0, 0));
                get(counts.close());
                broken.set(false);
                awaitCount(counting(policy), "all", new Count(1, 1, 0));
            }
        }
    }

    @Test
    void a_rejection_that_cannot_be_reacted_to_waits_for_the_next_opening() {
        Processes<Count> counts = counting(PoisonPolicy.PARK);
        deposit(5);
        get(accounts.execute("anna", new Send("anna:1", "bert", 5)));
        await("it is put aside", () -> counts.statistics().putAside() == 1);
        get(counts.close());
        broken.set(false);
        awaitCount(counting(PoisonPolicy.PARK), "bert", new Count(0, 0, 1));
    }

    @Test
    void an_event_without_a_valid_key_or_that_cannot_be_read_is_a_failed_delivery() {
        Process<Count> strange = Process.named("strange")
                .initial(new Count(0, 0, 0))
                .state(1, Count.class)
                .from(
                        TransferBank.ACCOUNTS_STREAM,
                        JsonCodec.of("deposited", 1, Deposited.class),
                        accounts -> accounts.on(
                                Deposited.class,
                                event -> event.amount() == 1 ? "a/b" : "x".repeat((int) event.amount()),
                                (count, event) -> Reaction.to(new Count(1, 0, 0))))
                .build();
        Processes<Count> running = get(
                Processes.open(vertx, log, sync, strange, ProcessTargets.none(), options(PoisonPolicy.SKIP), clock));
        deposit(1, 300, 100);
        get(accounts.execute("anna", new Send("anna:1", "bert", 5)));
        deposit(2);
        awaitCount(running, "xx", new Count(1, 0, 0));
        awaitCount(running, "x".repeat(100), new Count(1, 0, 0));
        assertThat(get(running.group().poisonDecisions()))
                .extracting(decision -> decision.cause().replaceAll("\\s+", " "))
                .hasSize(3)
                .anySatisfy(cause -> assertThat(cause).contains("a/b"))
                .anySatisfy(cause -> assertThat(cause).contains("300"))
                .anySatisfy(cause -> assertThat(cause).contains("sent"));
        assertThat(failure(running.state("a/b"))).isInstanceOf(StrandlineException.Invalid.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = PoisonPolicy.class,
            names = {"FAIL", "SKIP"})
    void a_command_of_which_nobody_can_say_whether_it_was_executed_is_not_answered(PoisonPolicy policy) {
        FaultyAggregates<TransferBank.Command, TransferBank.Account> faulty =
                new FaultyAggregates<>(accounts).fate(Fate.UNKNOWN).unreadable();
        ProcessOptions options = options(policy).setStream(TRANSFERS);
        Processes<Transfer> transfers = get(transfers(TransferBank.TRANSFER, faulty, options));
        deposit(30);
        get(accounts.execute("anna", new Send("anna:1", "bert", 30)));
        if (policy == PoisonPolicy.FAIL) {
            assertThat(failure(transfers.ended())).hasMessageContaining("bert cannot be rebuilt");
        } else {
            await("it is put aside", () -> transfers.statistics().putAside() == 1);
            assertThat(transfers.statistics().openCommands()).isEqualTo(1);
            get(transfers.close());
        }
        Processes<Transfer> next = get(transfers(TransferBank.TRANSFER, accounts, options));
        awaitPhase(next, "anna:1", TransferBank.Phase.DONE);
        assertThat(account("bert").balance()).isEqualTo(30);
        assertThat(account("anna").balance()).isZero();
    }

    @Test
    void a_command_whose_target_is_gone_stops_the_process_with_its_name() {
        Processes<Transfer> first = transfers(new FaultyAggregates<>(accounts).fate(Fate.LOST));
        deposit(30);
        get(accounts.execute("anna", new Send("anna:1", "bert", 30)));
        await("the command is open", () -> first.statistics().openCommands() == 1);
        get(first.close());
        Process<Transfer> without = Process.named("transfer")
                .initial(Transfer.NONE)
                .state(1, Transfer.class)
                .from(
                        TransferBank.ACCOUNTS_STREAM,
                        TransferBank.ACCOUNT.eventCodec(),
                        accounts -> accounts.on(Sent.class, Sent::transfer, (transfer, sent) -> Reaction.none()))
                .build();
        // It stops while it is being opened, or just after that.
        assertThat(failure(Processes.open(vertx, log, sync, without, ProcessTargets.none(), options(), clock)
                        .compose(Processes::ended)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("process transfer sends no commands to accounts");
        awaitPhase(transfers(), "anna:1", TransferBank.Phase.DONE);
    }

    @Test
    void wrong_options_are_refused_with_their_values() {
        assertThat(failure(transfers(TransferBank.TRANSFER, accounts, new ProcessOptions())))
                .hasMessageContaining("stream is null");
        assertThat(failure(transfers(TransferBank.TRANSFER, accounts, options().setCommandsUnderWay(0))))
                .hasMessageContaining("commandsUnderWay");
        Future<Processes<Transfer>> noTarget =
                Processes.open(vertx, log, sync, TransferBank.TRANSFER, ProcessTargets.none(), options(), clock);
        assertThat(failure(noTarget))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("accounts");
        assertThat(failure(transfers(
                        TransferBank.TRANSFER, accounts, options().setStream(TransferBank.ACCOUNTS_STREAM + "s/x"))))
                .isInstanceOf(StrandlineException.Invalid.class);
    }
}
