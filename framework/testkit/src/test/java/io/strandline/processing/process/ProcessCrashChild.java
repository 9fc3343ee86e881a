package io.strandline.processing.process;

import io.strandline.Strandline;
import io.strandline.log.CrashChild;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.process.TransferBank.Account;
import io.strandline.processing.process.TransferBank.Command;
import io.strandline.processing.process.TransferBank.Send;
import io.strandline.processing.process.TransferBank.Transfer;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * The process that {@link ProcessCrashTest} kills: begins transfers without end while those that were begun go on, and says {@code T .} for
 * each that it has begun.
 */
final class ProcessCrashChild {

    static final int ACCOUNTS = 10;

    /** Transfers that one process begins at a time. */
    private static final int AT_A_TIME = 8;

    private final Aggregates<Command, Account> accounts;
    private final String life;
    private final SplittableRandom random;
    private int begun;

    private ProcessCrashChild(Aggregates<Command, Account> accounts, String life) {
        this.accounts = accounts;
        this.life = life;
        this.random = new SplittableRandom(life.hashCode());
    }

    /** Arguments: directory of the log, and a name for this life. */
    public static void main(String[] arguments) {
        CrashChild.dieWithParent();
        Vertx vertx = Vertx.vertx();
        ((VertxInternal) vertx).createEventLoopContext().runOnContext(started -> openLog(vertx, Path.of(arguments[0]))
                .compose(log -> openAccounts(vertx, log)
                        .compose(accounts -> openTransfers(vertx, log, accounts).onSuccess(transfers -> {
                            CrashChild.say("O");
                            transfers.ended().onFailure(cause -> CrashChild.failed("transfers", cause));
                            ProcessCrashChild child = new ProcessCrashChild(accounts, arguments[1]);
                            for (int i = 0; i < AT_A_TIME; i++) {
                                child.send();
                            }
                        })))
                .onFailure(cause -> CrashChild.failed("open", cause)));
    }

    static Future<Strandline> openLog(Vertx vertx, Path directory) {
        return Strandline.open(vertx, "file:" + directory, CrashChild.options());
    }

    /** Accounts that remember so few ids that no repeat can be left to them. */
    static Future<Aggregates<Command, Account>> openAccounts(Vertx vertx, Strandline log) {
        return Aggregates.open(
                vertx,
                log,
                TransferBank.ACCOUNT,
                new AggregateOptions()
                        .setStream(TransferBank.ACCOUNTS_STREAM)
                        .setPartitions(3)
                        .setCommandIds(1)
                        .setRetryTimeoutMillis(60_000));
    }

    static Future<Processes<Transfer>> openTransfers(
            Vertx vertx, Strandline log, Aggregates<Command, Account> accounts) {
        return Processes.open(
                vertx,
                log,
                StateSync.create(vertx, LogRevisionStore.open(vertx, log)),
                TransferBank.TRANSFER,
                ProcessTargets.of(TransferBank.ACCOUNTS, accounts),
                new ProcessOptions()
                        .setStream(OnTransferLog.TRANSFERS)
                        .setAgendaSteps(50)
                        .setInstances(new AggregateOptions().setPartitions(3).setRetryTimeoutMillis(60_000))
                        .setEvents(new GroupOptions().setCommitIntervalMillis(50)));
    }

    static String account(int number) {
        return "account-" + number;
    }

    private void send() {
        String from = account(1 + random.nextInt(ACCOUNTS - 1));
        String to = account(random.nextInt(ACCOUNTS));
        String transfer = from + ":" + life + "-" + begun++;
        accounts.execute(from, new Send(transfer, to, 1 + random.nextInt(9)))
                .onSuccess(outcome -> {
                    if (outcome.isAccepted()) {
                        CrashChild.say("T");
                    }
                    send();
                })
                .onFailure(cause -> CrashChild.failed(transfer, cause));
    }
}
