package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Members share the partitions of the accounts among them, partitions move, and any caller reaches the owner. */
class AggregateSharingTest extends OnSharedAccounts {

    @Test
    void members_share_the_partitions_evenly_and_callers_of_all_sides_are_answered() {
        List<BankMember> members = new ArrayList<>();
        members.add(BankMember.deploy(vertx, log, shared(FOREVER_MILLIS)));
        awaitShares(members, 16L);
        BankCallers callers = new BankCallers(vertx);
        callers.begin(members.get(0).accounts());
        callers.begin(client());
        callers.awaitMore(200);
        members.add(BankMember.deploy(vertx, log, shared(FOREVER_MILLIS)));
        callers.begin(members.get(1).accounts());
        awaitShares(members, 8L, 8L);
        callers.awaitMore(200);
        members.add(BankMember.deploy(vertx, log, shared(FOREVER_MILLIS)));
        callers.begin(members.get(2).accounts());
        awaitShares(members, 5L, 5L, 6L);
        callers.awaitMore(200);
        long accepted = callers.stop();
        for (BankMember member : members) {
            assertThat(BankCallers.balances(member.accounts())).isEqualTo(accepted);
        }
        assertThat(BankCallers.balances(client())).isEqualTo(accepted);
    }

    @Test
    void a_member_that_is_undeployed_hands_over_at_once_and_no_caller_notices() {
        List<BankMember> members =
                new ArrayList<>(List.of(member(FOREVER_MILLIS), member(FOREVER_MILLIS), member(FOREVER_MILLIS)));
        awaitShares(members, 5L, 5L, 6L);
        BankCallers callers = new BankCallers(vertx);
        callers.begin(members.get(0).accounts());
        callers.begin(client());
        callers.awaitMore(200);
        members.remove(2).undeploy();
        awaitShares(members, 8L, 8L);
        callers.awaitMore(200);
        members.remove(1).undeploy();
        awaitShares(members, 16L);
        callers.awaitMore(200);
        long accepted = callers.stop();
        assertThat(BankCallers.balances(members.get(0).accounts())).isEqualTo(accepted);
    }

    @Test
    void a_partition_that_comes_back_is_not_answered_from_what_was_remembered() {
        BankMember staying = member(FOREVER_MILLIS);
        awaitShares(List.of(staying), 16L);
        depositToAll(staying.accounts());
        BankMember passing = member(FOREVER_MILLIS);
        awaitShares(List.of(staying, passing), 8L, 8L);
        depositToAll(passing.accounts());
        passing.undeploy();
        awaitShares(List.of(staying), 16L);
        assertThat(BankCallers.balances(staying.accounts())).isEqualTo(2 * BankCallers.IDS);
        depositToAll(staying.accounts());
        for (int id = 0; id < BankCallers.IDS; id++) {
            assertThat(history(ACCOUNTS, BankCallers.name(id))).hasSize(3);
        }
        assertThat(BankCallers.balances(staying.accounts())).isEqualTo(3 * BankCallers.IDS);
    }

    @Test
    void calls_of_a_member_that_closes_are_answered_first() {
        BankMember leaving = member(FOREVER_MILLIS);
        BankMember staying = member(FOREVER_MILLIS);
        awaitShares(List.of(leaving, staying), 8L, 8L);
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        for (int id = 0; id < BankCallers.IDS; id++) {
            calls.add(leaving.accounts().execute(BankCallers.name(id), new Deposit(1)));
        }
        Future<Void> closed = leaving.accounts().close();
        calls.forEach(OnBankLog::accepted);
        get(closed);
        assertThat(leaving.accounts().statistics().callsUnderWay()).isZero();
        assertThat(failure(leaving.accounts().state("anna"))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(BankCallers.balances(staying.accounts())).isEqualTo(BankCallers.IDS);
    }

    /** One of two members has to send a call on, and does so when the caller has gone on. */
    @Test
    void options_may_be_changed_for_the_next_command() {
        List<BankMember> members = List.of(member(FOREVER_MILLIS), member(FOREVER_MILLIS));
        awaitShares(members, 8L, 8L);
        CommandOptions options = new CommandOptions();
        for (BankMember member : members) {
            List<Future<Outcome<Account>>> calls = new ArrayList<>();
            for (long version = 0; version < 3; version++) {
                options.setCommandId("c-" + version).setExpectedVersion(version);
                calls.add(member.accounts().execute("anna", new Deposit(1), options));
            }
            options.setCommandId(null).setExpectedVersion(null).requireUnchanged("anna", 9);
            boolean isRepeat = member == members.get(1);
            for (int i = 0; i < 3; i++) {
                Outcome.Accepted<Account> accepted = accepted(calls.get(i));
                assertThat(accepted.version()).isEqualTo(i + 1);
                assertThat(accepted.repeated()).isEqualTo(isRepeat);
            }
            options = new CommandOptions();
        }
    }

    @Test
    void splits_and_merges_are_shared_too_and_no_caller_notices() {
        List<BankMember> members = List.of(member(FOREVER_MILLIS), member(FOREVER_MILLIS));
        awaitShares(members, 8L, 8L);
        BankCallers callers = new BankCallers(vertx);
        members.forEach(member -> callers.begin(member.accounts()));
        callers.begin(client());
        for (int partitions : new int[] {3, 8, 2, 6}) {
            callers.awaitMore(100);
            scale(partitions);
            callers.awaitMore(100);
            awaitShares(members, partitions / 2L, partitions - partitions / 2L);
        }
        long accepted = callers.stop();
        assertThat(BankCallers.balances(members.get(1).accounts())).isEqualTo(accepted);
    }

    @Test
    void members_at_rest_learn_of_a_scaling_by_the_next_call_of_any_of_them() {
        List<BankMember> members = List.of(member(FOREVER_MILLIS), member(FOREVER_MILLIS));
        awaitShares(members, 8L, 8L);
        accepted(members.get(0).accounts().execute("anna", new Deposit(10)));
        scale(4);
        scale(1);
        assertThat(get(members.get(1).accounts().state("anna")).state()).isEqualTo(new Account(10, 1));
        awaitShares(members, 0L, 1L);
        assertThat(get(members.get(0).accounts().execute("anna", new Withdraw(11)))
                        .isAccepted())
                .isFalse();
    }

    @Test
    void what_is_shared_survives_that_all_members_close() {
        BankMember first = member(FOREVER_MILLIS);
        awaitShares(List.of(first), 16L);
        accepted(first.accounts().execute("anna", new Deposit(10)));
        first.undeploy();
        scale(3);
        reopen();
        BankMember next = member(FOREVER_MILLIS);
        awaitShares(List.of(next), 3L);
        assertThat(get(next.accounts().state("anna")).version()).isEqualTo(1);
        get(next.accounts().close());
        get(log.catalog().deleteStream(ACCOUNTS));
        BankMember last = member(FOREVER_MILLIS);
        awaitShares(List.of(last), 16L);
        assertThat(get(last.accounts().state("anna")).version()).isZero();
    }

    @Test
    void members_need_an_address_and_commands_with_names() {
        assertThat(failure(Aggregates.share(vertx, log, BankMember.sync(vertx, log), Bank.REACHABLE, options())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("address");
        assertThat(failure(Aggregates.share(
                        vertx, log, BankMember.sync(vertx, log), Bank.ACCOUNT, shared(FOREVER_MILLIS))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("commands have no names");
    }

    @Test
    void calls_under_way_in_a_partition_that_is_being_given_back_are_answered_though_the_member_closes() {
        GatedPort gated = new GatedPort(port);
        BankMember leaving =
                BankMember.deploy(vertx, other(gated.asPort()), two(10_000).setOwners(1));
        awaitShares(List.of(leaving), 2L);
        depositToAll(leaving.accounts());
        gated.shut("history");
        List<Future<?>> calls = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            if (isGivenBack("slow-" + i)) {
                calls.add(leaving.accounts().execute("slow-" + i, new Deposit(1)));
            }
        }
        Applications.until(vertx, "rebuilding", () -> gated.hasHeld("history"));
        member(two(10_000));
        awaitGivingBack(leaving, gated);
        Future<Void> closed = leaving.accounts().close();
        Applications.until(vertx, "the partition at rest is let go", () -> leaving.partitions() == 1);
        assertThat(calls).noneMatch(Future::isComplete);
        gated.open("history");
        calls.forEach(OnBankLog::get);
        get(closed);
    }

    @Test
    void a_look_into_the_history_ends_with_the_verticle_that_asked() {
        GatedPort gated = new GatedPort(port);
        BankMember member = BankMember.deploy(vertx, other(gated.asPort()), two(FOREVER_MILLIS));
        accepted(member.accounts().execute("anna", new Deposit(1)));
        gated.shut("history");
        Promise<Boolean> answer = Promise.promise();
        String asking = get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                member.accounts().hasExecuted("anna", "c-1").onComplete(answer);
                return Future.succeededFuture();
            }
        }));
        Applications.until(vertx, "it reads", () -> gated.hasHeld("history"));
        get(vertx.undeploy(asking));
        gated.open("history");
        assertThat(failure(answer.future())).isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void a_member_that_closes_while_it_joins_keeps_nothing() {
        BankMember closing = BankMember.paused(vertx, other(port), two(FOREVER_MILLIS));
        Set<String> before = vertx.deploymentIDs();
        Future<String> deployed = vertx.deployVerticle(closing);
        Applications.until(
                vertx, "its owners are deployed", () -> vertx.deploymentIDs().size() > before.size() + 1);
        Applications.until(vertx, "it waits for the others", () -> closing.held() > 0);
        vertx.deploymentIDs().forEach(id -> get(vertx.undeploy(id).otherwiseEmpty()));
        closing.resume();
        assertThat(failure(deployed)).isInstanceOf(StrandlineException.Unavailable.class);
        BankMember next = member(two(FOREVER_MILLIS));
        awaitShares(List.of(next), 2L);
        depositToAll(next.accounts());
    }
}
