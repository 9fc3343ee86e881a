package io.strandline.processing.aggregate;

import io.strandline.Strandline;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A verticle with a share of the accounts, as a process has it: its own entry to the log, and its own way to what members agree on. */
final class BankMember extends VerticleBase {

    private final Strandline log;
    private final PausedStore store;
    private final StateSync sync;
    private final AggregateOptions options;
    private @Nullable Aggregates<Command, Account> opened;

    private BankMember(Vertx vertx, Strandline log, AggregateOptions options) {
        this.log = log;
        this.options = options;
        this.store = new PausedStore(LogRevisionStore.open(vertx, log));
        this.sync = StateSync.create(vertx, store.asStore());
    }

    static StateSync sync(Vertx vertx, Strandline log) {
        return StateSync.create(vertx, LogRevisionStore.open(vertx, log));
    }

    static BankMember deploy(Vertx vertx, Strandline log, AggregateOptions options) {
        BankMember member = new BankMember(vertx, log, options);
        OnBankLog.get(vertx.deployVerticle(member));
        return member;
    }

    /** One that joins when it is resumed. */
    static BankMember paused(Vertx vertx, Strandline log, AggregateOptions options) {
        BankMember member = new BankMember(vertx, log, options);
        member.pause();
        return member;
    }

    @Override
    public Future<?> start() {
        return Aggregates.share(vertx, log, sync, Bank.REACHABLE, options).onSuccess(shared -> opened = shared);
    }

    Aggregates<Command, Account> accounts() {
        return Objects.requireNonNull(opened);
    }

    long partitions() {
        return accounts().statistics().partitions();
    }

    void undeploy() {
        OnBankLog.get(vertx.undeploy(deploymentID()));
    }

    /** Its heartbeats are heard no more, and it hears of nothing. It goes on with what it has. */
    void pause() {
        store.pause();
    }

    /** As {@link #pause}, and it hears that it is cut off. */
    void cut(Throwable cause) {
        store.fail(cause);
    }

    /** Its calls to what the members share that wait since it was paused. */
    int held() {
        return store.held();
    }

    /** Its calls to what the members share that failed since it was cut off first. */
    int refused() {
        return store.refused();
    }

    void resume() {
        store.resume();
    }
}
