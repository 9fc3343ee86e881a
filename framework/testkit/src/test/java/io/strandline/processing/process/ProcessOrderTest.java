package io.strandline.processing.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.process.FaultyAggregates.Fate;
import io.strandline.processing.process.TransferBank.Account;
import io.strandline.processing.process.TransferBank.Command;
import io.strandline.processing.process.TransferBank.Deposit;
import io.strandline.processing.process.TransferBank.Receive;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Sent;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The order of the commands of a process to one aggregate. */
class ProcessOrderTest extends OnTransferLog {

    record Steps(int count) {}

    /** Sends as many commands as the amount of a transfer is. */
    private static final Process<Steps> PARTS = Process.named("parts")
            .initial(new Steps(0))
            .state(1, Steps.class)
            .from(
                    TransferBank.ACCOUNTS_STREAM,
                    TransferBank.ACCOUNT.eventCodec(),
                    accounts -> accounts.on(Sent.class, sent -> "parts", ProcessOrderTest::inParts))
            .to(TransferBank.ACCOUNTS)
            .onRejected(TransferBank.ACCOUNTS, (steps, rejected) -> Reaction.to(steps))
            .build();

    private static Reaction<Steps> inParts(Steps steps, Sent sent) {
        Reaction<Steps> next = Reaction.to(new Steps(steps.count() + 1));
        for (int i = 0; i < sent.amount(); i++) {
            next = next.execute(TransferBank.ACCOUNTS, sent.to(), new Receive(sent.transfer() + "-" + i, 1));
        }
        return next;
    }

    private Processes<Steps> parts(FaultyAggregates<Command, Account> to) {
        return get(transfers(
                PARTS,
                to,
                options()
                        .setStream("bank/parts")
                        .setEvents(
                                new GroupOptions().setPoison(PoisonPolicy.PARK).setMaxAttempts(1))));
    }

    private void send(String transfer, String to, int amount) {
        get(accounts.execute("anna", new Deposit(amount)));
        get(accounts.execute("anna", new Send(transfer, to, amount)));
    }

    private List<String> received(String id) {
        return history(TransferBank.ACCOUNTS_STREAM, id).stream()
                .map(event -> new JsonObject(event.event()).getString("transfer"))
                .toList();
    }

    private void awaitReceived(String id, String... transfers) {
        await(transfers.length + " commands", () -> received(id).size() >= transfers.length);
        assertThat(received(id)).containsExactly(transfers);
    }

    @Test
    void a_command_that_is_sent_again_is_not_passed_by_the_next() {
        FaultyAggregates<Command, Account> faulty = new FaultyAggregates<>(accounts);
        AtomicInteger sent = new AtomicInteger();
        faulty.fates(command -> switch (command instanceof Receive ? sent.getAndIncrement() : -1) {
            case 0, 3 -> Fate.OVERLOADED;
            case 2 -> Fate.UNAVAILABLE;
            case 5 -> Fate.UNKNOWN;
            default -> Fate.ANSWERED;
        });
        parts(faulty);
        send("anna:1", "bert", 5);
        awaitReceived("bert", "anna:1-0", "anna:1-1", "anna:1-2", "anna:1-3", "anna:1-4");
    }

    @Test
    void what_was_under_way_when_a_process_was_closed_is_sent_before_what_comes() {
        FaultyAggregates<Command, Account> lost = new FaultyAggregates<>(accounts).fate(Fate.LOST);
        Processes<Steps> first = parts(lost);
        send("anna:1", "bert", 2);
        await("the first command is under way", () -> lost.ids.size() == 1);
        get(first.close());
        reopen();
        FaultyAggregates<Command, Account> faulty = new FaultyAggregates<>(accounts).holdLooks();
        Processes<Steps> second = parts(faulty);
        await("it is looked up", () -> faulty.looks.get() == 1);
        send("anna:2", "bert", 1);
        await("the next is decided", () -> second.statistics().openCommands() == 3);
        await("all are sent", () -> {
            faulty.release();
            return second.statistics().openCommands() == 0;
        });
        awaitReceived("bert", "anna:1-0", "anna:1-1", "anna:2-0");
    }

    @Test
    void a_command_that_is_put_aside_lets_the_next_go() {
        FaultyAggregates<Command, Account> lost = new FaultyAggregates<>(accounts).fate(Fate.LOST);
        Processes<Steps> first = parts(lost);
        send("anna:1", "bert", 1);
        await("the command is under way", () -> !lost.ids.isEmpty());
        get(first.close());
        reopen();
        Processes<Steps> second = parts(new FaultyAggregates<>(accounts).unreadable());
        send("anna:2", "bert", 1);
        awaitReceived("bert", "anna:2-0");
        assertThat(second.statistics().putAside()).isEqualTo(1);
    }

    @Test
    void an_aggregate_that_does_not_answer_holds_up_no_other() {
        FaultyAggregates<Command, Account> faulty = new FaultyAggregates<>(accounts);
        faulty.fates(command ->
                command instanceof Receive receive && receive.transfer().equals("anna:1-0")
                        ? Fate.HELD
                        : Fate.ANSWERED);
        parts(faulty);
        send("anna:1", "bert", 2);
        await("the command is under way", () -> !faulty.ids.isEmpty());
        send("anna:2", "carl", 3);
        awaitReceived("carl", "anna:2-0", "anna:2-1", "anna:2-2");
        assertThat(received("bert")).isEmpty();
        faulty.release();
        awaitReceived("bert", "anna:1-0", "anna:1-1");
    }
}
