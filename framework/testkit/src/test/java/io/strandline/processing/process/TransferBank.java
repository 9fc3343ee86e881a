package io.strandline.processing.process;

import io.strandline.json.JsonCodec;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;
import java.time.Duration;

/** Accounts, and the process that moves money from one to another: with a deadline, and back if the other one does not take it. */
final class TransferBank {

    sealed interface Command permits Deposit, Send, Receive, TakeBack, Close {}

    record Deposit(long amount) implements Command {}

    record Send(String transfer, String to, long amount) implements Command {}

    record Receive(String transfer, long amount) implements Command {}

    record TakeBack(String transfer, long amount) implements Command {}

    record Close() implements Command {}

    sealed interface Event permits Deposited, Sent, Received, TakenBack, Closed {}

    record Deposited(long amount) implements Event {}

    record Sent(String transfer, String from, String to, long amount) implements Event {}

    record Received(String transfer, long amount) implements Event {}

    record TakenBack(String transfer, long amount) implements Event {}

    record Closed() implements Event {}

    record Account(long balance, boolean closed) {
        Account plus(long amount) {
            return new Account(balance + amount, closed);
        }
    }

    static final JsonCodec<Command> COMMANDS = JsonCodec.builder(Command.class)
            .type("deposit", 1, Deposit.class)
            .type("send", 1, Send.class)
            .type("receive", 1, Receive.class)
            .type("take-back", 1, TakeBack.class)
            .type("close", 1, Close.class)
            .build();

    static final Aggregate<Command, Event, Account> ACCOUNT = Aggregate.named("account")
            .commands(Command.class)
            .events(Event.class)
            .initial(new Account(0, false))
            .decide(Deposit.class, (account, command) -> Decision.emit(new Deposited(command.amount())))
            .decide(
                    Send.class,
                    (account, command) -> account.balance() < command.amount()
                            ? Decision.reject("the balance is " + account.balance())
                            : Decision.emit(
                                    new Sent(command.transfer(), from(command), command.to(), command.amount())))
            .decide(
                    Receive.class,
                    (account, command) -> account.closed()
                            ? Decision.reject("closed")
                            : Decision.emit(new Received(command.transfer(), command.amount())))
            .decide(
                    TakeBack.class,
                    (account, command) -> Decision.emit(new TakenBack(command.transfer(), command.amount())))
            .decide(Close.class, (account, command) -> Decision.emit(new Closed()))
            .event("deposited", 1, Deposited.class, (account, event) -> account.plus(event.amount()))
            .event("sent", 1, Sent.class, (account, event) -> account.plus(-event.amount()))
            .event("received", 1, Received.class, (account, event) -> account.plus(event.amount()))
            .event("taken-back", 1, TakenBack.class, (account, event) -> account.plus(event.amount()))
            .event("closed", 1, Closed.class, (account, event) -> new Account(account.balance(), true))
            .build();

    /** A transfer is called by the account that it comes from, a colon and a number. */
    private static String from(Send command) {
        return command.transfer().substring(0, command.transfer().indexOf(':'));
    }

    enum Phase {
        NEW,
        UNDER_WAY,
        LATE,
        RETURNING,
        DONE,
        RETURNED
    }

    record Transfer(String from, String to, long amount, Phase phase) {
        static final Transfer NONE = new Transfer("", "", 0, Phase.NEW);

        Transfer in(Phase next) {
            return new Transfer(from, to, amount, next);
        }
    }

    /** The transfer has taken longer than it should. */
    record Deadline(String to) {}

    static final String ACCOUNTS_STREAM = "bank/accounts";
    static final Duration PATIENCE = Duration.ofMinutes(5);
    static final CommandTarget<Command> ACCOUNTS = CommandTarget.of("accounts", COMMANDS);

    static final Process<Transfer> TRANSFER = definition().build();

    private TransferBank() {}

    static ProcessDefinition<Transfer> definition() {
        return Process.named("transfer")
                .initial(Transfer.NONE)
                .state(1, Transfer.class)
                .from(ACCOUNTS_STREAM, ACCOUNT.eventCodec(), accounts -> accounts.on(
                                Sent.class, Sent::transfer, (transfer, sent) -> Reaction.to(
                                                new Transfer(sent.from(), sent.to(), sent.amount(), Phase.UNDER_WAY))
                                        .execute(ACCOUNTS, sent.to(), new Receive(sent.transfer(), sent.amount()))
                                        .after(PATIENCE, new Deadline(sent.to())))
                        .on(Received.class, Received::transfer, (transfer, received) -> Reaction.to(
                                        transfer.in(Phase.DONE))
                                .cancel("deadline"))
                        .on(
                                TakenBack.class,
                                TakenBack::transfer,
                                (transfer, back) -> Reaction.to(transfer.in(Phase.RETURNED))))
                .timer("deadline", 1, Deadline.class, (transfer, deadline) -> Reaction.to(transfer.in(Phase.LATE)))
                .to(ACCOUNTS)
                .onRejected(
                        ACCOUNTS,
                        (transfer, rejected) -> rejected.command() instanceof Receive receive
                                ? Reaction.to(transfer.in(Phase.RETURNING))
                                        .execute(
                                                ACCOUNTS,
                                                transfer.from(),
                                                new TakeBack(receive.transfer(), transfer.amount()))
                                        .cancel("deadline")
                                : Reaction.none());
    }
}
