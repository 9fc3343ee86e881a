package io.strandline.samples.bank;

import io.strandline.processing.process.CommandTarget;
import io.strandline.processing.process.Process;
import io.strandline.processing.process.Reaction;
import io.strandline.processing.process.RejectedCommand;
import io.strandline.samples.bank.AccountCommand.Receive;
import io.strandline.samples.bank.AccountCommand.TakeBack;
import io.strandline.samples.bank.AccountEvent.Received;
import io.strandline.samples.bank.AccountEvent.Sent;
import io.strandline.samples.bank.AccountEvent.TakenBack;
import java.time.Duration;

/** The state of a transfer from one account to another. */
record Transfer(String from, String to, long amount, Phase phase) {

    enum Phase {
        UNKNOWN,
        /** The sender has given the money. */
        SENT,
        /** It has taken longer than {@link #PATIENCE}. */
        LATE,
        /** The receiver did not take it, and it goes back. */
        RETURNING,
        ARRIVED,
        RETURNED
    }

    /** Stream of the transfers' own events. */
    static final String STREAM = "bank/transfers";

    /** How long a transfer may take before it counts as late. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The accounts, as the process names them. */
    static final CommandTarget<AccountCommand> ACCOUNTS = CommandTarget.of("accounts", AccountCommand.CODEC);

    private static final Transfer NONE = new Transfer("", "", 0, Phase.UNKNOWN);
    private static final String DEADLINE = "deadline";

    /** A transfer has taken too long. */
    record Deadline() {}

    // README: begin transfer
    static final Process<Transfer> DEFINITION = Process.named("transfer")
            .initial(NONE)
            .state(1, Transfer.class)
            .from(Account.STREAM, Account.DEFINITION.eventCodec(), accounts -> accounts.on(
                            Sent.class, Sent::transfer, (none, sent) -> deliver(sent))
                    .on(Received.class, Received::transfer, (transfer, received) -> transfer.arrived())
                    .on(TakenBack.class, TakenBack::transfer, (transfer, back) -> transfer.to(Phase.RETURNED)))
            .timer(DEADLINE, 1, Deadline.class, (transfer, deadline) -> transfer.to(Phase.LATE))
            .to(ACCOUNTS)
            .onRejected(ACCOUNTS, Transfer::giveBack)
            .build();

    private static Reaction<Transfer> deliver(Sent sent) {
        return Reaction.to(new Transfer(sent.from(), sent.to(), sent.amount(), Phase.SENT))
                .execute(ACCOUNTS, sent.to(), new Receive(sent.transfer(), sent.amount()))
                .after(PATIENCE, new Deadline());
    }

    private Reaction<Transfer> giveBack(RejectedCommand<?> rejected) {
        return rejected.command() instanceof Receive refused
                ? to(Phase.RETURNING)
                        .execute(ACCOUNTS, from, new TakeBack(refused.transfer(), amount))
                        .cancel(DEADLINE)
                : Reaction.none();
    }
    // README: end transfer

    private Reaction<Transfer> arrived() {
        return to(Phase.ARRIVED).cancel(DEADLINE);
    }

    private Reaction<Transfer> to(Phase next) {
        return Reaction.to(new Transfer(from, to, amount, next));
    }
}
