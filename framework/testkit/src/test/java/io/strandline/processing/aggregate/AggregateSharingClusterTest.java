package io.strandline.processing.aggregate;

import static io.strandline.processing.aggregate.OnBankLog.accepted;
import static io.strandline.processing.aggregate.OnBankLog.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.Applications;
import io.strandline.log.OpenPorts;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.spi.LogPort;
import io.strandline.testkit.sync.HazelcastMember;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Members of a cluster that reach one log share the partitions of the accounts, and a third one calls them. The event bus may lose a
 * message on its way to a member that leaves, so callers repeat commands that were not answered.
 */
class AggregateSharingClusterTest {

    private static final String ADDRESS = "bank.accounts";
    private static final long FOREVER_MILLIS = 3_600_000;

    @TempDir
    Path directory;

    private static BankMember share(Vertx vertx, LogPort port) {
        return BankMember.deploy(
                vertx,
                LogPort.strandline(vertx, port),
                OnBankLog.options().setPartitions(8).setAddress(ADDRESS).setLeaseMillis(FOREVER_MILLIS));
    }

    private static Aggregates<Command, Account> connect(Vertx vertx, long timeoutMillis) {
        return get(Aggregates.connect(
                vertx,
                Bank.REACHABLE,
                new AggregateClientOptions()
                        .setAddress(ADDRESS)
                        .setStream(OnBankLog.ACCOUNTS)
                        .setRequestTimeoutMillis(timeoutMillis)));
    }

    @Test
    void calls_of_any_member_reach_the_owner_while_members_come_and_leave() {
        HazelcastMember first = HazelcastMember.first();
        HazelcastMember second = first.another();
        HazelcastMember caller = first.another();
        try {
            LogPort port = get(OpenPorts.files(first.vertx(), directory.resolve("data")));
            BankMember one = share(first.vertx(), port);
            BankCallers callers = new BankCallers(caller.vertx()).repeating();
            callers.begin(connect(caller.vertx(), 2_000));
            callers.begin(one.accounts());
            callers.awaitMore(100);
            BankMember other = share(second.vertx(), port);
            Applications.until(first.vertx(), "two share", () -> List.of(4L, 4L)
                    .equals(List.of(one.partitions(), other.partitions())));
            callers.awaitMore(100);
            assertThat(accepted(other.accounts().execute("anna", new Deposit(1)))
                            .version())
                    .isEqualTo(1);
            other.undeploy();
            Applications.until(first.vertx(), "one has all partitions", () -> one.partitions() == 8);
            callers.awaitMore(100);
            long accepted = callers.stop();
            assertThat(BankCallers.balances(connect(caller.vertx(), 30_000))).isEqualTo(accepted);
            assertThat(accepted(one.accounts().execute("anna", new Deposit(1))).version())
                    .isEqualTo(2);
        } finally {
            caller.close();
            second.close();
            first.close();
        }
    }
}
