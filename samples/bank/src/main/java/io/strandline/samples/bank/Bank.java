package io.strandline.samples.bank;

import io.strandline.EventRecord;
import io.strandline.HistoryOptions;
import io.strandline.Strandline;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.AggregateState;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.process.ProcessState;
import io.strandline.processing.process.ProcessTargets;
import io.strandline.processing.process.Processes;
import io.strandline.samples.bank.AccountCommand.Close;
import io.strandline.samples.bank.AccountCommand.Deposit;
import io.strandline.samples.bank.AccountCommand.Send;
import io.strandline.samples.bank.AccountCommand.Withdraw;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.stream.Collectors;

/** What the bank does. Every command has an id, so that it may be sent again after any failure and is executed once. */
final class Bank {

    private static final int PARTITIONS = 8;

    private final Strandline log;
    private final Aggregates<AccountCommand, Account> accounts;
    private final Processes<Transfer> transfers;

    private Bank(Strandline log, Aggregates<AccountCommand, Account> accounts, Processes<Transfer> transfers) {
        this.log = log;
        this.accounts = accounts;
        this.transfers = transfers;
    }

    /** Opens accounts and transfers. What was under way when an earlier process died goes on. */
    static Future<Bank> open(Vertx vertx, Strandline log, StateSync sync) {
        AggregateOptions options =
                new AggregateOptions().setStream(Account.STREAM).setPartitions(PARTITIONS);
        return Aggregates.open(vertx, log, Account.DEFINITION, options).compose(accounts -> Processes.open(
                        vertx,
                        log,
                        sync,
                        Transfer.DEFINITION,
                        ProcessTargets.of(Transfer.ACCOUNTS, accounts),
                        new ProcessOptions().setStream(Transfer.STREAM))
                .map(transfers -> new Bank(log, accounts, transfers)));
    }

    Future<Outcome<Account>> deposit(String account, long amount, String commandId) {
        return accounts.execute(account, new Deposit(amount), once(commandId));
    }

    Future<Outcome<Account>> withdraw(String account, long amount, String commandId) {
        return accounts.execute(account, new Withdraw(amount), once(commandId));
    }

    /** Begins a transfer. It goes on by itself when the outcome is accepted. */
    Future<Outcome<Account>> transfer(String from, String to, long amount, String transfer) {
        return accounts.execute(from, new Send(transfer, from, to, amount), once(transfer));
    }

    Future<Outcome<Account>> close(String account) {
        return accounts.execute(account, new Close());
    }

    private static CommandOptions once(String commandId) {
        return new CommandOptions().setCommandId(commandId);
    }

    Future<AggregateState<Account>> account(String account) {
        return accounts.state(account);
    }

    Future<ProcessState<Transfer>> transfer(String transfer) {
        return transfers.state(transfer);
    }

    /** The events of an account, the oldest first. */
    Future<List<EventRecord<AccountEvent>>> history(String account) {
        return log.history(Account.STREAM, account, Account.DEFINITION.eventCodec(), new HistoryOptions())
                .compose(events -> events.collect(Collectors.toList()));
    }

    Future<Void> close() {
        return transfers.close().eventually(accounts::close);
    }
}
