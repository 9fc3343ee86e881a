package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivex.rxjava3.core.Single;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.rxjava3.RxAggregates;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.sync.rxjava3.RxStateSync;
import io.vertx.core.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The twin of aggregates for RxJava. */
class RxAggregatesTest extends OnBankLog {

    @Test
    void aggregates_that_are_open_elsewhere_are_reached() {
        get(Aggregates.open(vertx, log, Bank.REACHABLE, options().setAddress("accounts")));
        AggregateClientOptions client =
                new AggregateClientOptions().setAddress("accounts").setStream(ACCOUNTS);
        RxAggregates<Command, Account> remote =
                RxAggregates.connect(vertx, Bank.REACHABLE, client).blockingGet();
        assertThat(remote.execute("anna", new Deposit(5)).blockingGet().version())
                .isEqualTo(1);
        assertThat(remote.state("anna").blockingGet()).isEqualTo(new AggregateState<>(new Account(5, 1), 1));
        RxAggregates.connect(vertx, Bank.REACHABLE, client.setMaxCalls(0))
                .test()
                .awaitDone(20, TimeUnit.SECONDS)
                .assertError(StrandlineException.Invalid.class);
    }

    @Test
    void members_share_the_partitions() {
        RxStateSync sync = RxStateSync.of(BankMember.sync(vertx, log));
        RxAggregates<Command, Account> accounts = RxAggregates.share(
                        vertx,
                        RxStrandline.of(vertx, log),
                        sync,
                        Bank.REACHABLE,
                        options().setAddress("accounts"))
                .blockingGet();
        assertThat(accounts.execute("anna", new Deposit(5)).blockingGet().version())
                .isEqualTo(1);
        accounts.close().blockingAwait();
    }

    @Test
    void a_call_is_made_whenever_it_is_subscribed_to() {
        RxAggregates<Command, Account> accounts = RxAggregates.open(
                        vertx, RxStrandline.of(vertx, log), Bank.ACCOUNT, options())
                .blockingGet();
        Single<Outcome<Account>> deposit = accounts.execute("anna", new Deposit(5));
        assertThat(accounts.state("anna").blockingGet().version()).isZero();
        assertThat(deposit.blockingGet().version()).isEqualTo(1);
        assertThat(deposit.blockingGet().version()).isEqualTo(2);
        Single<Outcome<Account>> once =
                accounts.execute("anna", new Deposit(5), new CommandOptions().setCommandId("c-1"));
        assertThat(once.blockingGet().version()).isEqualTo(3);
        assertThat(once.blockingGet().version()).isEqualTo(3);
        assertThat(accounts.state("anna").blockingGet()).isEqualTo(new AggregateState<>(new Account(15, 3), 3));
        assertThat(accounts.hasExecuted("anna", "c-1").blockingGet()).isTrue();
        CommandOptions options = new CommandOptions();
        Single<Outcome<Account>> first = accounts.execute("bert", new Deposit(5), options.setCommandId("c-1"));
        Single<Outcome<Account>> second =
                accounts.execute("bert", new Deposit(5), options.setCommandId("c-2"), Future::succeededFuture);
        options.setCommandId("c-3").setExpectedVersion(7L);
        assertThat(first.blockingGet().version()).isEqualTo(1);
        assertThat(second.blockingGet().version()).isEqualTo(2);
        accounts.execute("a/b", new Deposit(1)).test().assertError(StrandlineException.Invalid.class);
        assertThat(accounts.statistics().repeated()).isEqualTo(1);
        accounts.close().blockingAwait();
        assertThat(failure(accounts.delegate().state("anna"))).isInstanceOf(StrandlineException.Unavailable.class);
    }
}
