package io.strandline.benchmarks.aggregate;

import io.strandline.json.JsonCodec;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.process.CommandTarget;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.Reaction;
import java.time.Duration;
import java.util.function.Consumer;

/** Money that moves from one account to another by a process manager, as an application defines it. */
final class MeasuredTransfers {

    sealed interface Command permits Send, Receive {}

    record Send(String transfer, String to, long amount) implements Command {}

    record Receive(String transfer, long amount) implements Command {}

    sealed interface Event permits Sent, Received {}

    record Sent(String transfer, String to, long amount) implements Event {}

    record Received(String transfer, long amount) implements Event {}

    record Account(long balance) {}

    record Transfer(String to, long amount, boolean isDone) {}

    record Deadline() {}

    static final Aggregate<Command, Event, Account> ACCOUNT = Aggregate.named("account")
            .commands(Command.class)
            .events(Event.class)
            .initial(new Account(0))
            .decide(Send.class, (account, send) -> Decision.emit(new Sent(send.transfer(), send.to(), send.amount())))
            .decide(
                    Receive.class,
                    (account, receive) -> Decision.emit(new Received(receive.transfer(), receive.amount())))
            .event("sent", 1, Sent.class, (account, sent) -> new Account(account.balance() - sent.amount()))
            .event("received", 1, Received.class, (account, got) -> new Account(account.balance() + got.amount()))
            .snapshots(1, Account.class)
            .build();

    static final CommandTarget<Command> ACCOUNTS = CommandTarget.of(
            "accounts",
            JsonCodec.builder(Command.class)
                    .type("send", 1, Send.class)
                    .type("receive", 1, Receive.class)
                    .build());

    private static final String DEADLINE = "deadline";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private MeasuredTransfers() {}

    /**
     * The process.
     *
     * @param accounts stream of the accounts
     * @param arrived hears of each transfer whose receiver has it
     */
    static Process<Transfer> process(String accounts, Consumer<String> arrived) {
        return Process.named("transfer")
                .initial(new Transfer("", 0, false))
                .state(1, Transfer.class)
                .from(accounts, ACCOUNT.eventCodec(), events -> events.on(
                                Sent.class, Sent::transfer, (none, sent) -> deliver(sent))
                        .on(Received.class, Received::transfer, (transfer, received) -> {
                            arrived.accept(received.transfer());
                            return Reaction.to(new Transfer(transfer.to(), transfer.amount(), true))
                                    .cancel(DEADLINE);
                        }))
                .timer(DEADLINE, 1, Deadline.class, (transfer, deadline) -> Reaction.none())
                .to(ACCOUNTS)
                .onRejected(ACCOUNTS, (transfer, rejected) -> Reaction.none())
                .build();
    }

    private static Reaction<Transfer> deliver(Sent sent) {
        return Reaction.to(new Transfer(sent.to(), sent.amount(), false))
                .execute(ACCOUNTS, sent.to(), new Receive(sent.transfer(), sent.amount()))
                .after(PATIENCE, new Deadline());
    }
}
