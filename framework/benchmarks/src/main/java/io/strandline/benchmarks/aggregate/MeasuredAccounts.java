package io.strandline.benchmarks.aggregate;

import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateBuilder;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.Decision;
import io.strandline.processing.aggregate.Outcome;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Arrays;

/** The bank accounts under measurement, as an application defines them: events and snapshots are JSON. */
final class MeasuredAccounts {

    sealed interface Command permits Deposit {}

    record Deposit(long amount) implements Command {}

    sealed interface Event permits Deposited {}

    record Deposited(long amount) implements Event {}

    record Account(long balance, long deposits) {}

    static final Aggregate<Command, Event, Account> ACCOUNT =
            definition().snapshots(1, Account.class).build();

    static final Aggregate<Command, Event, Account> WITHOUT_SNAPSHOTS =
            definition().build();

    static final Command DEPOSIT = new Deposit(100);

    private static final Event DEPOSITED = new Deposited(100);
    private static final String SCOPE = "bank";
    private static final String STREAM = SCOPE + "/accounts";

    private MeasuredAccounts() {}

    private static AggregateBuilder<Command, Event, Account> definition() {
        return Aggregate.named("account")
                .commands(Command.class)
                .events(Event.class)
                .initial(new Account(0, 0))
                .decide(Deposit.class, (account, command) -> Decision.emit(new Deposited(command.amount())))
                .event("deposited", 1, Deposited.class, MeasuredAccounts::deposited);
    }

    private static Account deposited(Account account, Deposited event) {
        return new Account(account.balance() + event.amount(), account.deposits() + 1);
    }

    /** The options of accounts in the stream of a job. */
    static AggregateOptions options(Job job) {
        return new AggregateOptions().setStream(STREAM).setPartitions(job.partitions());
    }

    /** Opens a log with accounts and takes all of them into memory. Each call is a durable command, whose answer is checked. */
    static Future<AccountLoad.Call> commands(Vertx vertx, Job job) {
        String[] ids = new EventSource().keys();
        long[] sent = new long[ids.length];
        return MeasuredLog.open(vertx, job, new LogOptions())
                .compose(log -> Aggregates.open(vertx, log, ACCOUNT, options(job)))
                .compose(accounts -> inMemory(accounts, ids))
                .map(accounts -> account -> {
                    sent[account]++;
                    return accounts.execute(ids[account], DEPOSIT)
                            .map(outcome -> requireAccepted(ids[account], sent[account], outcome));
                });
    }

    /** Takes accounts into memory, and completes with all of them. */
    static <C, S> Future<Aggregates<C, S>> inMemory(Aggregates<C, S> accounts, String[] ids) {
        return Future.all(Arrays.stream(ids).map(accounts::state).toList()).map(accounts);
    }

    /** The version is that of one of the commands: their answers may be heard in another order. */
    private static Outcome<Account> requireAccepted(String id, long sent, Outcome<Account> outcome) {
        if (!outcome.isAccepted() || outcome.version() > sent) {
            throw new IllegalStateException(id + " has " + outcome + " after " + sent + " commands");
        }
        return outcome;
    }

    /** Opens a log without accounts. Each call appends the event of a deposit under its key, and nothing decides it. */
    static Future<AccountLoad.Call> appends(Vertx vertx, Job job) {
        String[] ids = new EventSource().keys();
        return MeasuredLog.open(vertx, job, new LogOptions())
                .compose(log -> createPlain(log, job)
                        .compose(created -> log.createWriter(STREAM, ACCOUNT.eventCodec(), new WriterOptions())))
                .map(writer -> account -> writer.append(ids[account], DEPOSITED));
    }

    private static Future<?> createPlain(Strandline log, Job job) {
        return log.catalog().createScope(SCOPE).compose(scope -> log.catalog()
                .createStream(STREAM, new StreamOptions().setPartitions(job.partitions())));
    }
}
