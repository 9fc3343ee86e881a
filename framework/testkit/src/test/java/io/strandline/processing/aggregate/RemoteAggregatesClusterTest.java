package io.strandline.processing.aggregate;

import static io.strandline.processing.aggregate.OnBankLog.accepted;
import static io.strandline.processing.aggregate.OnBankLog.failure;
import static io.strandline.processing.aggregate.OnBankLog.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.log.OpenPorts;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.NoCover;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.strandline.spi.LogPort;
import io.strandline.testkit.sync.HazelcastMember;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Aggregates that another member of a cluster owns, and that move to a third one with their log. */
class RemoteAggregatesClusterTest {

    private static final String ADDRESS = "bank.accounts";

    @TempDir
    Path directory;

    private void open(Vertx vertx) {
        LogPort port = get(OpenPorts.files(vertx, directory.resolve("data")));
        get(Aggregates.open(
                vertx,
                LogPort.strandline(vertx, port),
                Bank.REACHABLE,
                OnBankLog.options().setAddress(ADDRESS)));
    }

    @Test
    void any_member_reaches_the_owner_and_the_one_after_it() {
        HazelcastMember first = HazelcastMember.first();
        HazelcastMember caller = first.another();
        HazelcastMember next = first.another();
        try {
            open(first.vertx());
            AggregateClientOptions options = new AggregateClientOptions()
                    .setAddress(ADDRESS)
                    .setStream(OnBankLog.ACCOUNTS)
                    .setRequestTimeoutMillis(30_000);
            Aggregates<Command, Account> remote = get(Aggregates.connect(caller.vertx(), Bank.REACHABLE, options));
            CommandOptions once = new CommandOptions().setCommandId("c-1");
            assertThat(accepted(remote.execute("anna", new Deposit(5), once)).state())
                    .isEqualTo(new Account(5, 1));
            assertThat(get(remote.execute("anna", new Withdraw(6))))
                    .isEqualTo(new Outcome.Rejected<>(new Account(5, 1), 1, new NoCover(5)));
            assertThat(failure(remote.execute("anna", new Deposit(1), new CommandOptions().setExpectedVersion(9L))))
                    .isInstanceOf(StrandlineException.Conflict.class);
            first.close();
            Future<Outcome<Account>> waiting = remote.execute("anna", new Deposit(1));
            open(next.vertx());
            assertThat(accepted(waiting).version()).isEqualTo(2);
            assertThat(accepted(remote.execute("anna", new Deposit(5), once)).repeated())
                    .isTrue();
            assertThat(get(remote.state("anna"))).isEqualTo(new AggregateState<>(new Account(6, 2), 2));
        } finally {
            first.close();
            caller.close();
            next.close();
        }
    }
}
