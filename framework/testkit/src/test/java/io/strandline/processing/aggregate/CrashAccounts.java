package io.strandline.processing.aggregate;

import io.strandline.Strandline;
import io.strandline.log.CrashChild;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Pay;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** The accounts and commands of {@link AggregateCrashTest}, the same in every process. */
final class CrashAccounts {

    static final int ACCOUNTS = 50;

    /** Ids of commands that an account remembers. */
    static final int COMMAND_IDS = 16;

    private static final int MAX_AMOUNT = 100;
    private static final long RETRY_TIMEOUT_MILLIS = 60_000;

    private CrashAccounts() {}

    /** Opens the accounts of a log, with snapshots every few events and less room in memory than accounts. */
    static Future<Aggregates<Command, Account>> open(Vertx vertx, Strandline log) {
        AggregateOptions options = new AggregateOptions()
                .setStream(OnBankLog.ACCOUNTS)
                .setPartitions(4)
                .setSnapshotEvents(5)
                .setCommandIds(COMMAND_IDS)
                .setHotAggregates(20)
                .setRetryTimeoutMillis(RETRY_TIMEOUT_MILLIS);
        return Aggregates.open(vertx, log, Bank.ACCOUNT, options);
    }

    static Future<Strandline> openLog(Vertx vertx, Path directory) {
        return Strandline.open(vertx, "file:" + directory, CrashChild.options());
    }

    static String id(int account) {
        return "account-" + account;
    }

    static CommandOptions options(int account, long number) {
        return new CommandOptions().setCommandId(account + "#" + number);
    }

    /** A command of an account. About as much is paid in as is taken out, so that some accounts have no cover. */
    static Command command(int account, long number) {
        SplittableRandom random = new SplittableRandom(account * 1_000_003L + number);
        int amount = 1 + random.nextInt(MAX_AMOUNT);
        return switch (random.nextInt(5)) {
            case 0, 1 -> new Deposit(amount);
            case 2 -> new Pay(amount, 1);
            default -> new Withdraw(amount);
        };
    }
}
