package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.json.JsonCodec;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.process.FaultyAggregates.Fate;
import io.strandline.processing.process.TransferBank.Account;
import io.strandline.processing.process.TransferBank.Close;
import io.strandline.processing.process.TransferBank.Command;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Deposited;
import io.strandline.processing.process.TransferBank.Phase;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Sent;
import io.strandline.processing.process.TransferBank.Transfer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Reactions and commands of a process. */
class ProcessesTest extends OnTransferLog {

    private static final String ONE = "anna:1";

    private void send(Aggregates<Command, Account> from, long amount) {
        assertThat(get(from.execute("anna", new Send(ONE, "bert", amount))).isAccepted())
                .isTrue();
    }

    private void fund() {
        get(accounts.execute("anna", new Deposit(100)));
    }

    @Test
    void a_transfer_arrives_and_its_command_tells_where_it_comes_from() {
        Processes<Transfer> transfers = transfers();
        fund();
        send(accounts, 30);
        awaitPhase(transfers, ONE, Phase.DONE);
        assertThat(account("anna").balance()).isEqualTo(70);
        assertThat(account("bert").balance()).isEqualTo(30);
        Headers headers = history(TransferBank.ACCOUNTS_STREAM, "bert").get(0).headers();
        assertThat(headers.text(CommandOptions.COMMAND_ID)).matches("transfer/[0-9a-f]{16}/" + ONE + "/1");
        assertThat(headers.text(Headers.CORRELATION_ID)).isEqualTo(ONE);
        await("nothing is open", () -> transfers.statistics().openCommands() == 0);
        assertThat(get(transfers.state(ONE)).timers()).isEmpty();
        assertThat(get(transfers.state("nobody")).state()).isEqualTo(Transfer.NONE);
    }

    /** The one that led to it, in the command that compensates another one too. */
    @Test
    void a_command_carries_the_trace_of_the_event() {
        Processes<Transfer> transfers = transfers();
        fund();
        CommandOptions traced = new CommandOptions().setTraceparent("00-1-2-01").setTracestate("vendor=3");
        get(accounts.execute("anna", new Send(ONE, "bert", 10), traced));
        awaitPhase(transfers, ONE, Phase.DONE);
        Headers trace = traced.getHeaders();
        assertThat(history(TRANSFERS, ONE))
                .allSatisfy(step -> assertThat(step.headers().trace()).isEqualTo(trace));
        assertThat(history(TransferBank.ACCOUNTS_STREAM, "bert")
                        .get(0)
                        .headers()
                        .trace())
                .isEqualTo(trace);
        get(accounts.execute("carl", new Close()));
        get(accounts.execute("anna", new Send("anna:2", "carl", 10), traced));
        awaitPhase(transfers, "anna:2", Phase.RETURNED);
        List<EventRecord<Buffer>> ofAnna = history(TransferBank.ACCOUNTS_STREAM, "anna");
        assertThat(ofAnna.get(ofAnna.size() - 1).headers().trace()).isEqualTo(trace);
    }

    @Test
    void a_rejected_command_is_compensated() {
        Processes<Transfer> transfers = transfers();
        fund();
        get(accounts.execute("bert", new Close()));
        send(accounts, 30);
        awaitPhase(transfers, ONE, Phase.RETURNED);
        assertThat(account("anna").balance()).isEqualTo(100);
        assertThat(account("bert").balance()).isZero();
        assertThat(transfers.statistics().rejected()).isEqualTo(1);
    }

    /** The process ends between the reaction and the command, or between the command and its answer. */
    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {"LOST", "UNANSWERED"})
    void a_command_is_executed_once_over_a_crash(Fate fate) {
        FaultyAggregates<Command, Account> faulty = new FaultyAggregates<>(accounts).fate(fate);
        Processes<Transfer> first = transfers(faulty);
        fund();
        send(accounts, 30);
        await("the command is under way", () -> !faulty.ids.isEmpty());
        if (fate == Fate.UNANSWERED) {
            await("the command is executed", () -> account("bert").balance() == 30);
        }
        get(first.close());
        reopen();
        // More commands than the account remembers ids.
        for (int i = 0; i < 20; i++) {
            get(accounts.execute("bert", new Deposit(1), new CommandOptions().setCommandId("other-" + i)));
        }
        Processes<Transfer> next = transfers();
        awaitPhase(next, ONE, Phase.DONE);
        await("the command is answered", () -> next.statistics().accepted() == 1);
        assertThat(next.statistics().foundExecuted()).isEqualTo(fate == Fate.LOST ? 0 : 1);
        assertThat(account("bert").balance()).isEqualTo(50);
        assertThat(account("anna").balance()).isEqualTo(70);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fate.class,
            names = {"UNKNOWN", "UNAVAILABLE"})
    void a_command_whose_answer_fails_is_executed_once(Fate fate) {
        accounts = accounts(0);
        FaultyAggregates<Command, Account> faulty = new FaultyAggregates<>(accounts).fate(fate);
        Processes<Transfer> transfers = transfers(faulty);
        fund();
        send(accounts, 30);
        await("the command is sent again", () -> faulty.ids.size() > (fate == Fate.UNKNOWN ? 0 : 3));
        faulty.fate(Fate.ANSWERED);
        await("the command is answered", () -> transfers.statistics().accepted() == 1);
        awaitPhase(transfers, ONE, Phase.DONE);
        assertThat(account("bert").balance()).isEqualTo(30);
    }

    @Test
    void a_command_waits_until_somebody_can_say_whether_it_was_executed() {
        FaultyAggregates<Command, Account> faulty =
                new FaultyAggregates<>(accounts).fate(Fate.UNKNOWN).loseLooks(3);
        Processes<Transfer> transfers = transfers(faulty);
        fund();
        send(accounts, 30);
        await("it was looked for in vain", () -> faulty.unansweredLooks() == 0);
        awaitPhase(transfers, ONE, Phase.DONE);
        assertThat(faulty.ids).hasSize(1);
        assertThat(account("bert").balance()).isEqualTo(30);
    }

    @Test
    void events_that_come_again_are_reacted_to_once() {
        Processes<Transfer> transfers = transfers();
        fund();
        send(accounts, 30);
        awaitPhase(transfers, ONE, Phase.DONE);
        await("the command is answered", () -> transfers.statistics().openCommands() == 0);
        long version = get(transfers.state(ONE)).version();
        get(transfers.group().resetToStart());
        get(log.catalog().endCut(TransferBank.ACCOUNTS_STREAM).compose(transfers.group()::awaitPosition));
        assertThat(get(transfers.state(ONE)).version()).isEqualTo(version);
        assertThat(account("bert").balance()).isEqualTo(30);
        assertThat(account("anna").balance()).isEqualTo(70);
    }

    @ParameterizedTest
    @CsvSource({"UNAVAILABLE, 2", "OVERLOADED, 0"})
    void after_an_overload_a_command_is_new_only_if_it_was_new_before(Fate first, int looks) {
        Iterator<Fate> fates = List.of(first, Fate.OVERLOADED, Fate.ANSWERED).iterator();
        FaultyAggregates<Command, Account> faulty = new FaultyAggregates<>(accounts).fates(command -> fates.next());
        Processes<Transfer> transfers = transfers(faulty);
        fund();
        send(accounts, 30);
        awaitPhase(transfers, ONE, Phase.DONE);
        assertThat(faulty.looks).hasValue(looks);
    }

    @Test
    void a_process_on_two_streams_has_all_its_commands_executed() {
        fund();
        Processes<Transfer> one = transfers();
        Processes<Transfer> other =
                get(transfers(TransferBank.TRANSFER, accounts, options().setStream("bank/other-transfers")));
        send(accounts, 30);
        await(
                "both commands are answered",
                () -> one.statistics().accepted() == 1 && other.statistics().accepted() == 1);
        assertThat(account("bert").balance()).isEqualTo(60);
        // The id of a command is the same after the process was opened again.
        get(one.close());
        FaultyAggregates<Command, Account> unanswered = new FaultyAggregates<>(accounts).fate(Fate.UNANSWERED);
        Processes<Transfer> again = transfers(unanswered);
        get(accounts.execute("anna", new Send("anna:2", "bert", 10)));
        await("it is executed", () -> account("bert").balance() == 80);
        get(again.close());
        Processes<Transfer> last = transfers();
        await("it is found", () -> last.statistics().foundExecuted() == 1);
        assertThat(account("bert").balance()).isEqualTo(80);
    }

    @Test
    void an_earlier_owner_that_is_idle_stops_when_a_later_one_decides_and_sends_nothing_of_that() {
        FaultyAggregates<Command, Account> ofFirst = new FaultyAggregates<>(accounts);
        Processes<Transfer> first = transfers(ofFirst);
        fund();
        // Without its reader the first one decides nothing.
        get(first.group().close());
        Processes<Transfer> next = transfers();
        send(accounts, 30);
        awaitPhase(next, ONE, Phase.DONE);
        assertThat(failure(first.ended())).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(ofFirst.ids).isEmpty();
        assertThat(account("bert").balance()).isEqualTo(30);
    }

    @Test
    void at_an_opening_each_instance_is_read_when_there_is_a_slot_for_its_command() {
        Processes<Transfer> first = transfers(new FaultyAggregates<>(accounts).fate(Fate.LOST));
        fund();
        for (int i = 1; i <= 3; i++) {
            get(accounts.execute("anna", new Send("anna:" + i, "bert", 10)));
        }
        await("all are open", () -> first.statistics().openCommands() == 3);
        get(first.close());
        List<String> read = new CopyOnWriteArrayList<>();
        InvocationHandler calls = (proxy, method, arguments) -> {
            if (method.getName().equals("history") && TRANSFERS.equals(arguments[0])) {
                read.add((String) arguments[1]);
            }
            return method.invoke(log, arguments);
        };
        Strandline watched = (Strandline)
                Proxy.newProxyInstance(Strandline.class.getClassLoader(), new Class<?>[] {Strandline.class}, calls);
        FaultyAggregates<Command, Account> lost = new FaultyAggregates<>(accounts).fate(Fate.LOST);
        Processes<Transfer> next = get(Processes.open(
                vertx,
                watched,
                sync,
                TransferBank.TRANSFER,
                ProcessTargets.of(TransferBank.ACCOUNTS, lost),
                options().setCommandsUnderWay(1),
                clock));
        await("the first command is under way", () -> !lost.ids.isEmpty());
        assertThat(Set.copyOf(read)).hasSize(1);
        get(next.close());
        Processes<Transfer> last = transfers();
        await("all are answered", () -> last.statistics().openCommands() == 0);
        assertThat(account("bert").balance()).isEqualTo(30);
    }

    record Tally(int sent, int orders) {}

    @Test
    void an_instance_reacts_to_events_of_several_streams() {
        Process<Tally> tally = Process.named("tally")
                .initial(new Tally(0, 0))
                .state(1, Tally.class)
                .from(TransferBank.ACCOUNTS_STREAM, TransferBank.ACCOUNT.eventCodec(), accounts -> accounts.key(
                                read -> read.event() instanceof Deposited ? null : read.key())
                        .on(
                                TransferBank.Event.class,
                                (now, event) -> Reaction.to(new Tally(now.sent() + 1, now.orders()))))
                .from("bank/orders", JsonCodec.of("order", 1, Deposit.class), orders -> orders.key(
                                read -> read.headers().text(Headers.CORRELATION_ID))
                        .on(
                                Deposit.class,
                                (now, order) ->
                                        Reaction.to(new Tally(now.sent(), now.orders() + (int) order.amount()))))
                .build();
        get(log.catalog().createStream("bank/orders", new StreamOptions().setPartitions(3)));
        Processes<Tally> tallies = get(Processes.open(
                vertx, log, sync, tally, ProcessTargets.none(), options().setStream("bank/tallies"), clock));
        fund();
        send(accounts, 1);
        run(() -> log.createWriter("bank/orders", JsonCodec.of("order", 1, Deposit.class))
                .compose(writer -> Future.all(
                        writer.append(NewEvent.of("x", new Deposit(2)).with(of("anna"))),
                        writer.append(NewEvent.of("y", new Deposit(3)).with(of("anna"))),
                        writer.append("z", new Deposit(4)),
                        writer.append(NewEvent.of("x", new Deposit(5)).with(of("bert"))))));
        await(
                "all are counted",
                () -> get(tallies.state("anna")).state().equals(new Tally(1, 5))
                        && get(tallies.state("bert")).state().equals(new Tally(0, 5)));
        get(tallies.group().resetToStart());
        get(log.catalog().endCut("bank/orders").compose(tallies.group()::awaitPosition));
        assertThat(get(tallies.state("anna")).state()).isEqualTo(new Tally(1, 5));
    }

    private static Headers of(String correlation) {
        return Headers.of(Headers.CORRELATION_ID, correlation);
    }

    @Test
    void more_commands_than_may_be_under_way_are_all_executed() {
        Process<Tally> fan = Process.named("fan")
                .initial(new Tally(0, 0))
                .state(1, Tally.class)
                .from(
                        TransferBank.ACCOUNTS_STREAM,
                        TransferBank.ACCOUNT.eventCodec(),
                        accounts -> accounts.on(Sent.class, sent -> "all", (now, sent) -> {
                            Reaction<Tally> reaction = Reaction.to(now);
                            for (int i = 0; i < Reaction.MAX_COMMANDS; i++) {
                                reaction = reaction.execute(TransferBank.ACCOUNTS, "to-" + i, new Deposit(1));
                            }
                            return reaction;
                        }))
                .to(TransferBank.ACCOUNTS)
                .onAccepted(TransferBank.ACCOUNTS, (now, done) -> Reaction.to(new Tally(now.sent() + 1, 0)))
                .onRejected(TransferBank.ACCOUNTS, (now, rejected) -> Reaction.none())
                .build();
        Processes<Tally> running =
                get(transfers(fan, accounts, options().setStream("bank/fans").setCommandsUnderWay(3)));
        fund();
        for (int i = 0; i < 5; i++) {
            send(accounts, 1);
        }
        await("all are executed", () -> get(running.state("all")).state().sent() == 5 * Reaction.MAX_COMMANDS);
        assertThat(account("to-7").balance()).isEqualTo(5);
        await("nothing is under way", () -> running.statistics().commandsUnderWay() == 0);
        await("nothing is open", () -> running.statistics().openCommands() == 0);
    }
}
