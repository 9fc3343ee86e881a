package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.internal.KeyHash;
import io.strandline.log.Applications;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Accounts whose partitions several members share. */
abstract class OnSharedAccounts extends OnBankLog {

    static final String ADDRESS = "bank.accounts";
    static final long FOREVER_MILLIS = 3_600_000;
    static final long SHORT_LEASE_MILLIS = 300;

    static AggregateOptions shared(long leaseMillis) {
        return options().setPartitions(16).setAddress(ADDRESS).setLeaseMillis(leaseMillis);
    }

    final BankMember member(long leaseMillis) {
        return member(shared(leaseMillis));
    }

    final BankMember member(AggregateOptions options) {
        return BankMember.deploy(vertx, other(port), options);
    }

    final Aggregates<Command, Account> client() {
        return get(Aggregates.connect(
                vertx,
                Bank.REACHABLE,
                new AggregateClientOptions().setAddress(ADDRESS).setStream(ACCOUNTS)));
    }

    final void awaitShares(List<BankMember> members, Long... shares) {
        Applications.until(vertx, "shares are " + List.of(shares), () -> List.of(shares)
                .equals(members.stream().map(BankMember::partitions).sorted().toList()));
    }

    final void scale(int partitions) {
        Set<Long> open = new TreeSet<>();
        get(log.catalog().describe(ACCOUNTS)).partitions().forEach(partition -> open.add(partition.id()));
        get(log.catalog().scale(ACCOUNTS, open, KeyRange.equalRanges(partitions)));
    }

    static void depositToAll(Aggregates<Command, Account> through) {
        for (int id = 0; id < BankCallers.IDS; id++) {
            accepted(through.execute(BankCallers.name(id), new Deposit(1)));
        }
    }

    final AggregateOptions two(long leaseMillis) {
        return options().setPartitions(2).setAddress(ADDRESS).setLeaseMillis(leaseMillis);
    }

    /** Of two partitions a member gives the upper one back when another member comes. */
    static boolean isGivenBack(String id) {
        byte[] key = id.getBytes(StandardCharsets.UTF_8);
        return KeyHash.of(key, 0, key.length) < 0;
    }

    /**
     * Completes when a member of two partitions has begun to give one back. It must have one owner, so that one context takes the
     * calls of both in their order. So when a
     * call of the other is answered, an earlier one of this partition was either taken, and its claim is proven, or it waits.
     */
    final void awaitGivingBack(BankMember member, GatedPort its) {
        long given = get(log.catalog().describe(ACCOUNTS)).partitions().get(1).id();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        boolean isGiving = false;
        while (!isGiving) {
            assertThat(System.nanoTime()).as("it gives a partition back").isLessThan(deadline);
            its.forget();
            Future<?> first = member.accounts().state(hot(true));
            get(member.accounts().state(hot(false)));
            isGiving = !its.hasProven(given);
            if (!isGiving) {
                get(first);
            }
        }
    }

    private static String hot(boolean isGivenBack) {
        return IntStream.range(0, BankCallers.IDS)
                .mapToObj(BankCallers::name)
                .filter(id -> isGivenBack(id) == isGivenBack)
                .findFirst()
                .orElseThrow();
    }
}
