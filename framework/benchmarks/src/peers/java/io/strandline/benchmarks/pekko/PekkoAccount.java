package io.strandline.benchmarks.pekko;

import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/** A bank account as Pekko's users write it: a persistent actor, one event for each command, answered when that is persisted. */
final class PekkoAccount
        extends EventSourcedBehavior<PekkoAccount.Deposit, PekkoAccount.Deposited, PekkoAccount.Account> {

    private final ActorRef<PekkoLoad.Message> client;

    private PekkoAccount(String id, ActorRef<PekkoLoad.Message> client) {
        super(PersistenceId.ofUniqueId(id));
        this.client = client;
    }

    /**
     * A command.
     *
     * @param sentNanos comes back with the answer
     */
    record Deposit(long amount, long sentNanos) {}

    record Deposited(long amount) {}

    record Account(long balance, long deposits) {}

    /** An account that tells its client when it has recovered, and the outcome of every command. */
    static PekkoAccount of(String id, ActorRef<PekkoLoad.Message> client) {
        return new PekkoAccount(id, client);
    }

    @Override
    public Account emptyState() {
        return new Account(0, 0);
    }

    @Override
    public CommandHandler<Deposit, Deposited, Account> commandHandler() {
        return (account, deposit) -> Effect()
                .persist(new Deposited(deposit.amount()))
                .thenRun(next -> client.tell(new PekkoLoad.Done(deposit.sentNanos(), next.deposits())));
    }

    @Override
    public EventHandler<Account, Deposited> eventHandler() {
        return (account, event) -> new Account(account.balance() + event.amount(), account.deposits() + 1);
    }

    @Override
    public SignalHandler<Account> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.class, (account, recovered) -> client.tell(new PekkoLoad.Recovered()))
                .build();
    }
}
