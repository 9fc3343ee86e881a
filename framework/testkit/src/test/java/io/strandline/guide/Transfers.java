package io.strandline.guide;

import io.strandline.Strandline;
import io.strandline.guide.Bank.Deposit;
import io.strandline.guide.Bank.Withdraw;
import io.strandline.json.JsonCodec;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.process.CommandTarget;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.process.ProcessTargets;
import io.strandline.processing.process.Processes;
import io.strandline.processing.process.Reaction;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

// GUIDE: begin transfers
/** Moves money between accounts: takes it from one, gives it to the other, and back if that fails. */
final class Transfers {
    record Payment(String id, String from, String to, long amount) {
        static final JsonCodec<Payment> CODEC = JsonCodec.of("payment", 1, Payment.class);
    }

    record Transfer(String from, String to, long amount, String phase) {
        Transfer in(String next) {
            return new Transfer(from, to, amount, next);
        }
    }

    record Overdue(String payment) {}

    static final CommandTarget<Bank.Command> ACCOUNTS = CommandTarget.of(
            "accounts",
            JsonCodec.builder(Bank.Command.class)
                    .type("deposit", 1, Deposit.class)
                    .type("withdraw", 1, Withdraw.class)
                    .build());

    static final Process<Transfer> PROCESS = Process.named("transfer")
            .initial(new Transfer("", "", 0, "new"))
            .state(1, Transfer.class)
            .from(
                    "bank/payments",
                    Payment.CODEC,
                    payments -> payments.on(Payment.class, Payment::id, (transfer, payment) -> Reaction.to(
                                    new Transfer(payment.from(), payment.to(), payment.amount(), "taking"))
                            .execute(ACCOUNTS, payment.from(), new Withdraw(payment.amount()))
                            .after(Duration.ofHours(1), new Overdue(payment.id()))))
            .to(ACCOUNTS)
            .onAccepted(
                    ACCOUNTS,
                    (transfer, done) -> done.command() instanceof Withdraw
                            ? Reaction.to(transfer.in("giving"))
                                    .execute(ACCOUNTS, transfer.to(), new Deposit(transfer.amount()))
                            : Reaction.to(transfer.in(done.id().equals(transfer.to()) ? "done" : "returned"))
                                    .cancel("overdue"))
            .onRejected(
                    ACCOUNTS,
                    (transfer, rejected) -> rejected.command() instanceof Withdraw
                            ? Reaction.to(transfer.in("refused: " + rejected.reason()))
                                    .cancel("overdue")
                            : Reaction.to(transfer.in("returning"))
                                    .execute(ACCOUNTS, transfer.from(), new Deposit(transfer.amount())))
            .timer("overdue", 1, Overdue.class, (transfer, overdue) -> Reaction.to(transfer.in("overdue")))
            .build();

    static Future<Processes<Transfer>> open(
            Vertx vertx, Strandline log, StateSync sync, Aggregates<Bank.Command, Long> accounts) {
        return Processes.open(
                        vertx,
                        log,
                        sync,
                        PROCESS,
                        ProcessTargets.of(ACCOUNTS, accounts),
                        new ProcessOptions().setStream("bank/transfers"))
                .onSuccess(transfers -> transfers
                        .ended()
                        .onFailure(failure -> System.err.println("the transfers stopped: " + failure)));
    }

    private Transfers() {}
}
// GUIDE: end transfers
