package io.strandline.samples.bank;

import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;
import io.strandline.samples.bank.AccountCommand.Close;
import io.strandline.samples.bank.AccountCommand.Deposit;
import io.strandline.samples.bank.AccountCommand.Receive;
import io.strandline.samples.bank.AccountCommand.Send;
import io.strandline.samples.bank.AccountCommand.TakeBack;
import io.strandline.samples.bank.AccountCommand.Withdraw;
import io.strandline.samples.bank.AccountEvent.Closed;
import io.strandline.samples.bank.AccountEvent.Deposited;
import io.strandline.samples.bank.AccountEvent.Received;
import io.strandline.samples.bank.AccountEvent.Sent;
import io.strandline.samples.bank.AccountEvent.TakenBack;
import io.strandline.samples.bank.AccountEvent.Withdrawn;

/**
 * The state of an account.
 *
 * @param balance in cents, never below zero
 * @param closed true if it takes no money any more
 */
record Account(long balance, boolean closed) {

    /** No account has more than this, in cents. */
    static final long MAX_BALANCE = 1_000_000_000_000_000L;

    /** Stream of the accounts' events. */
    static final String STREAM = "bank/accounts";

    static final Aggregate<AccountCommand, AccountEvent, Account> DEFINITION = Aggregate.named("account")
            .commands(AccountCommand.class)
            .events(AccountEvent.class)
            .initial(new Account(0, false))
            .decide(Deposit.class, (account, command) -> account.take(new Deposited(command.amount())))
            .decide(Withdraw.class, (account, command) -> account.give(new Withdrawn(command.amount())))
            .decide(
                    Send.class,
                    (account, command) ->
                            account.give(new Sent(command.transfer(), command.from(), command.to(), command.amount())))
            .decide(
                    Receive.class,
                    (account, command) -> account.take(new Received(command.transfer(), command.amount())))
            // A closed account takes back what it has sent, so that no money is lost.
            .decide(
                    TakeBack.class,
                    (account, command) -> Decision.emit(new TakenBack(command.transfer(), command.amount())))
            .decide(
                    Close.class,
                    (account, command) -> account.closed() ? Decision.nothing() : Decision.emit(new Closed()))
            .event("deposited", 1, Deposited.class, Account::after)
            .event("withdrawn", 1, Withdrawn.class, Account::after)
            .event("sent", 1, Sent.class, Account::after)
            .event("received", 1, Received.class, Account::after)
            .event("taken-back", 1, TakenBack.class, Account::after)
            .event("closed", 1, Closed.class, (account, event) -> new Account(account.balance(), true))
            .snapshots(1, Account.class)
            .build();

    private Account after(AccountEvent event) {
        return new Account(balance + event.change(), closed);
    }

    private Decision<AccountEvent> take(AccountEvent event) {
        if (closed) {
            return Decision.reject("the account is closed");
        }
        return balance > MAX_BALANCE - event.change()
                ? Decision.reject("the balance would be above " + MAX_BALANCE)
                : Decision.emit(event);
    }

    private Decision<AccountEvent> give(AccountEvent event) {
        return balance + event.change() < 0 ? Decision.reject("the balance is " + balance) : Decision.emit(event);
    }
}
