package io.strandline.processing.aggregate;

/** The bank account of the tests. */
final class Bank {

    sealed interface Command permits Deposit, Withdraw, Pay, Touch, Break {}

    record Deposit(long amount) implements Command {}

    record Withdraw(long amount) implements Command {}

    /** Withdraws an amount and a fee. */
    record Pay(long amount, long fee) implements Command {}

    /** Changes nothing. */
    record Touch() implements Command {}

    /** Cannot be decided, or leads to an event by which nothing can evolve or that cannot be stored. */
    record Break(String where) implements Command {}

    sealed interface Event permits Deposited, Withdrawn, Noted {}

    record Deposited(long amount) implements Event {}

    record Withdrawn(long amount) implements Event {}

    record Noted(String text) implements Event {}

    record Account(long balance, int bookings) {}

    record NoCover(long balance) {}

    static final Aggregate<Command, Event, Account> ACCOUNT =
            definition().snapshots(1, Account.class).build();

    /** As {@link #ACCOUNT}, and it can be called from elsewhere. */
    static final Aggregate<Command, Event, Account> REACHABLE =
            named(definition()).snapshots(1, Account.class).build();

    private Bank() {}

    /** Names commands and reasons. */
    static AggregateBuilder<Command, Event, Account> named(AggregateBuilder<Command, Event, Account> definition) {
        return definition
                .command("deposit", 1, Deposit.class)
                .command("withdraw", 1, Withdraw.class)
                .command("pay", 1, Pay.class)
                .command("touch", 1, Touch.class)
                .command("break", 1, Break.class)
                .rejection("no-cover", 1, NoCover.class);
    }

    static AggregateBuilder<Command, Event, Account> definition() {
        return Aggregate.named("account")
                .commands(Command.class)
                .events(Event.class)
                .initial(new Account(0, 0))
                .decide(Deposit.class, (account, command) -> Decision.emit(new Deposited(command.amount())))
                .decide(
                        Withdraw.class,
                        (account, command) -> account.balance() < command.amount()
                                ? Decision.reject(new NoCover(account.balance()))
                                : Decision.emit(new Withdrawn(command.amount())))
                .decide(
                        Pay.class,
                        (account, command) -> account.balance() < command.amount() + command.fee()
                                ? Decision.reject(new NoCover(account.balance()))
                                : Decision.emit(new Withdrawn(command.amount()), new Withdrawn(command.fee())))
                .decide(Touch.class, (account, command) -> Decision.nothing())
                .decide(Break.class, Bank::broken)
                .event("deposited", 1, Deposited.class, (account, event) -> booked(account, event.amount()))
                .event("withdrawn", 1, Withdrawn.class, (account, event) -> booked(account, -event.amount()))
                .event("noted", 1, Noted.class, (account, event) -> noted(account, event.text()));
    }

    private static Decision<Event> broken(Account account, Break command) {
        if (command.where().equals("decide")) {
            throw new IllegalStateException("no decision");
        }
        return Decision.emit(new Noted(command.where().equals("size") ? "x".repeat(9 << 20) : command.where()));
    }

    private static Account noted(Account account, String text) {
        if (text.equals("evolve")) {
            throw new IllegalStateException("no evolution");
        }
        return account;
    }

    private static Account booked(Account account, long amount) {
        return new Account(account.balance() + amount, account.bookings() + 1);
    }
}
