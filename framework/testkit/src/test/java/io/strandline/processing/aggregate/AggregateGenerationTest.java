package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.FaultyPort.Fate;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** An owner that was taken over never gets a partition back, in whatever order the claims come. */
class AggregateGenerationTest extends OnBankLog {

    private static final int IDS = 16;

    /** As another process opens them: the earlier owner does not hear of it. */
    private Aggregates<Command, Account> elsewhere() {
        return accounts(other(port), options());
    }

    private void scale(int partitions) {
        Set<Long> open = new TreeSet<>();
        get(log.catalog().describe(ACCOUNTS)).partitions().forEach(partition -> open.add(partition.id()));
        get(log.catalog().scale(ACCOUNTS, open, KeyRange.equalRanges(partitions)));
    }

    private static void depositToAll(Aggregates<Command, Account> owner) {
        for (int id = 0; id < IDS; id++) {
            accepted(owner.execute("account-" + id, new Deposit(1)));
        }
    }

    private static void assertFenced(Aggregates<Command, Account> owner) {
        for (int id = 0; id < IDS; id++) {
            assertThat(failure(owner.execute("account-" + id, new Deposit(1))))
                    .isInstanceOf(StrandlineException.Fenced.class);
            assertThat(failure(owner.state("account-" + id))).isInstanceOf(StrandlineException.Fenced.class);
        }
    }

    /** Opens aggregates of one partition whose last append is not confirmed, so that their next call claims again. */
    private Aggregates<Command, Account> resting(Fate fate) {
        FaultyPort faulty = new FaultyPort(port);
        Aggregates<Command, Account> owner = accounts(
                other(faulty.asPort()), options().setRetryTimeoutMillis(1).setPartitions(1));
        depositToAll(owner);
        faulty.fate(fate);
        assertThat(failure(owner.execute("account-0", new Deposit(1)))).isInstanceOf(StrandlineException.Unknown.class);
        faulty.fate(Fate.TAKEN);
        return owner;
    }

    @Test
    void one_whose_append_was_not_confirmed_is_fenced() {
        for (Fate fate : List.of(Fate.LOST, Fate.UNANSWERED)) {
            Aggregates<Command, Account> old = resting(fate);
            Aggregates<Command, Account> next = elsewhere();
            depositToAll(next);
            assertFenced(old);
            depositToAll(next);
        }
    }

    @Test
    void one_that_follows_a_scaling_after_its_partitions_were_claimed_is_fenced() {
        Aggregates<Command, Account> old = elsewhere();
        depositToAll(old);
        scale(3);
        Aggregates<Command, Account> next = elsewhere();
        depositToAll(next);
        assertFenced(old);
        depositToAll(next);
        scale(1);
        depositToAll(next);
        assertThat(get(next.state("account-0")).version()).isEqualTo(4);
    }

    @Test
    void one_that_claims_again_after_a_scaling_is_fenced() {
        for (boolean nextClaimsFirst : new boolean[] {false, true}) {
            Aggregates<Command, Account> old = resting(Fate.LOST);
            Aggregates<Command, Account> next = elsewhere();
            scale(2);
            if (nextClaimsFirst) {
                depositToAll(next);
            }
            assertFenced(old);
            depositToAll(next);
            scale(1);
        }
    }

    @Test
    void one_whose_claims_are_not_answered_claims_again_and_keeps_its_partitions() {
        Aggregates<Command, Account> old = elsewhere();
        depositToAll(old);
        for (int lost = 1; lost <= 3; lost++) {
            FaultyPort faulty = new FaultyPort(port);
            faulty.loseAnswersOfClaims(lost);
            Aggregates<Command, Account> next =
                    accounts(other(faulty.asPort()), options().setRetryTimeoutMillis(2_000));
            assertThat(faulty.unansweredClaims()).isZero();
            assertFenced(old);
            depositToAll(next);
            faulty.fate(Fate.LOST);
            List<Future<?>> calls = new ArrayList<>();
            for (int id = 0; id < IDS; id++) {
                calls.add(next.execute("account-" + id, new Deposit(1)));
            }
            calls.forEach(call -> assertThat(failure(call)).isInstanceOf(StrandlineException.Unknown.class));
            faulty.fate(Fate.TAKEN);
            faulty.loseAnswersOfClaims(lost);
            depositToAll(next);
            assertThat(faulty.unansweredClaims()).isZero();
            old = next;
        }
    }

    /** Of openings at the same time, one owns every partition in the end. */
    @Test
    void one_of_two_openings_at_a_time_owns_all_partitions() {
        for (int round = 0; round < 10; round++) {
            List<Future<Aggregates<Command, Account>>> openings = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                openings.add(Aggregates.open(
                        vertx, other(port), Bank.ACCOUNT, options().setPartitions(8)));
            }
            get(Future.join(openings).otherwiseEmpty());
            List<Aggregates<Command, Account>> open = new ArrayList<>();
            for (Future<Aggregates<Command, Account>> opening : openings) {
                if (opening.succeeded()) {
                    open.add(opening.result());
                } else {
                    assertThat(opening.cause()).isInstanceOf(StrandlineException.Fenced.class);
                }
            }
            int owners = 0;
            for (Aggregates<Command, Account> one : open) {
                if (get(one.state("account-0").map(true).recover(fenced -> Future.succeededFuture(false)))) {
                    owners++;
                    depositToAll(one);
                } else {
                    assertFenced(one);
                }
            }
            assertThat(owners).as("round %s", round).isEqualTo(1);
        }
    }
}
