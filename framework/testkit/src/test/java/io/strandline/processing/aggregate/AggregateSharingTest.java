package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.log.Applications;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Members share the partitions of the accounts among them, and any caller reaches the owner. */
class AggregateSharingTest extends OnBankLog {

    private static final String ADDRESS = "bank.accounts";
    private static final long FOREVER_MILLIS = 3_600_000;
    private static final long SHORT_LEASE_MILLIS = 300;

    private static AggregateOptions shared(long leaseMillis) {
        return options().setPartitions(16).setAddress(ADDRESS).setLeaseMillis(leaseMillis);
    }

    private BankMember member(long leaseMillis) {
        return member(shared(leaseMillis));
    }

    private BankMember member(AggregateOptions options) {
        return BankMember.deploy(vertx, other(port), options);
    }

    private Aggregates<Command, Account> client() {
        return get(Aggregates.connect(
                vertx,
                Bank.REACHABLE,
                new AggregateClientOptions().setAddress(ADDRESS).setStream(ACCOUNTS)));
    }

    private void awaitShares(List<BankMember> members, Long... shares) {
        Applications.until(vertx, "shares are " + List.of(shares), () -> List.of(shares)
                .equals(members.stream().map(BankMember::partitions).sorted().toList()));
    }

    private void scale(int partitions) {
        Set<Long> open = new TreeSet<>();
        get(log.catalog().describe(ACCOUNTS)).partitions().forEach(partition -> open.add(partition.id()));
        get(log.catalog().scale(ACCOUNTS, open, KeyRange.equalRanges(partitions)));
    }

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

    private static void depositToAll(Aggregates<Command, Account> through) {
        for (int id = 0; id < BankCallers.IDS; id++) {
            accepted(through.execute(BankCallers.name(id), new Deposit(1)));
        }
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

    /** A member that is not heard any more goes on: with what it remembers, and with appends that it has decided on that. */
    @Test
    void a_member_whose_lease_is_over_answers_nothing_from_what_it_remembers() {
        BankMember zombie = member(FOREVER_MILLIS);
        awaitShares(List.of(zombie), 16L);
        for (int id = 0; id < BankCallers.IDS; id++) {
            accepted(zombie.accounts().execute(BankCallers.name(id), new Deposit(100)));
        }
        BankMember next = member(SHORT_LEASE_MILLIS);
        awaitShares(List.of(zombie, next), 8L, 8L);
        zombie.pause();
        Applications.until(vertx, "one has all partitions", () -> next.partitions() == 16);
        for (int id = 0; id < BankCallers.IDS; id++) {
            accepted(next.accounts().execute(BankCallers.name(id), new Withdraw(100)));
        }
        List<Future<?>> answers = new ArrayList<>();
        for (int id = 0; id < BankCallers.IDS; id++) {
            answers.add(
                    id % 2 == 0
                            ? zombie.accounts().state(BankCallers.name(id)).map(AggregateState::state)
                            : zombie.accounts().execute(BankCallers.name(id), new Withdraw(100)));
        }
        zombie.resume();
        for (int id = 0; id < BankCallers.IDS; id++) {
            assertThat((Object) get(answers.get(id)))
                    .isEqualTo(
                            id % 2 == 0
                                    ? new Account(0, 2)
                                    : new Outcome.Rejected<>(new Account(0, 2), 2, new Bank.NoCover(0)));
            assertThat(history(ACCOUNTS, BankCallers.name(id))).hasSize(2);
        }
        awaitShares(List.of(zombie, next), 8L, 8L);
    }

    /** The proof that the scenario above would find it. */
    @Test
    void a_member_that_does_not_prove_its_answers_is_found() {
        LogPort unproven = (LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(),
                new Class<?>[] {LogPort.class},
                (proxy, method, arguments) ->
                        method.getName().equals("barrier") ? Future.succeededFuture() : method.invoke(port, arguments));
        BankMember zombie = BankMember.deploy(vertx, other(unproven), shared(SHORT_LEASE_MILLIS));
        awaitShares(List.of(zombie), 16L);
        accepted(zombie.accounts().execute("anna", new Deposit(100)));
        zombie.pause();
        BankMember next = member(SHORT_LEASE_MILLIS);
        Applications.until(vertx, "one has all partitions", () -> next.partitions() == 16);
        accepted(next.accounts().execute("anna", new Withdraw(100)));
        assertThat(get(zombie.accounts().state("anna")).state())
                .as("an answer from what it remembers")
                .isEqualTo(new Account(100, 1));
        zombie.resume();
    }

    /** As long as it hears nothing it does not know who has its partitions, so it asks anybody. */
    @Test
    void calls_of_a_member_that_hears_nothing_any_more_are_answered_by_the_others() {
        BankMember zombie = member(SHORT_LEASE_MILLIS);
        awaitShares(List.of(zombie), 16L);
        accepted(zombie.accounts().execute("anna", new Deposit(100)));
        zombie.pause();
        BankMember next = member(SHORT_LEASE_MILLIS);
        Applications.until(vertx, "one has all partitions", () -> next.partitions() == 16);
        accepted(next.accounts().execute("anna", new Withdraw(100)));
        assertThat(accepted(zombie.accounts().execute("anna", new Deposit(1))).version())
                .isEqualTo(3);
        assertThat(get(zombie.accounts().state("anna")).state()).isEqualTo(new Account(1, 3));
        get(next.accounts().close());
        assertThat(history(ACCOUNTS, "anna")).hasSize(3);
        zombie.resume();
        assertThat(get(zombie.accounts().state("anna")).state()).isEqualTo(new Account(1, 3));
    }

    @Test
    void calls_of_a_member_that_hears_nothing_of_a_scaling_are_answered_by_the_others() {
        BankMember zombie = member(SHORT_LEASE_MILLIS);
        BankMember next = member(SHORT_LEASE_MILLIS);
        awaitShares(List.of(zombie, next), 8L, 8L);
        zombie.pause();
        scale(3);
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        for (int id = 0; id < BankCallers.IDS; id++) {
            calls.add(zombie.accounts().execute(BankCallers.name(id), new Deposit(1)));
        }
        calls.forEach(OnBankLog::accepted);
        assertThat(BankCallers.balances(next.accounts())).isEqualTo(BankCallers.IDS);
        zombie.resume();
    }

    @Test
    void a_call_that_nobody_takes_fails_in_time() {
        BankMember zombie = member(shared(SHORT_LEASE_MILLIS).setRetryTimeoutMillis(1_000));
        awaitShares(List.of(zombie), 16L);
        accepted(zombie.accounts().execute("anna", new Deposit(100)));
        zombie.pause();
        BankMember next = member(SHORT_LEASE_MILLIS);
        Applications.until(vertx, "one has all partitions", () -> next.partitions() == 16);
        accepted(next.accounts().execute("anna", new Withdraw(100)));
        next.undeploy();
        assertThat(failure(zombie.accounts().execute("anna", new Deposit(1))))
                .isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failure(zombie.accounts().state("anna"))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(history(ACCOUNTS, "anna")).hasSize(2);
        zombie.resume();
    }

    @Test
    void callers_outlast_the_lease_of_a_member_that_is_gone() {
        BankMember gone = member(SHORT_LEASE_MILLIS);
        BankMember staying = member(SHORT_LEASE_MILLIS);
        awaitShares(List.of(gone, staying), 8L, 8L);
        BankCallers callers = new BankCallers(vertx);
        callers.begin(staying.accounts());
        callers.begin(client());
        callers.awaitMore(200);
        gone.pause();
        Applications.until(vertx, "one has all partitions", () -> staying.partitions() == 16);
        callers.awaitMore(200);
        long accepted = callers.stop();
        assertThat(BankCallers.balances(staying.accounts())).isEqualTo(accepted);
        gone.resume();
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

    /** The log as a member sees it whose calls of these names are held while the gate is there. */
    private LogPort held(Map<String, Promise<Void>> gates, Set<String> seen) {
        return (LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(), new Class<?>[] {LogPort.class}, (proxy, method, arguments) -> {
                    Promise<Void> gate = gates.get(method.getName());
                    if (gate == null) {
                        return method.invoke(port, arguments);
                    }
                    seen.add(method.getName());
                    return gate.future().compose(open -> {
                        try {
                            return (Future<?>) method.invoke(port, arguments);
                        } catch (ReflectiveOperationException e) {
                            return Future.failedFuture(e);
                        }
                    });
                });
    }

    /** Lets happen what can. Nothing outside tells when it has, and a test that waits too short finds less. */
    private void pass(long millis) {
        get(vertx.timer(millis, TimeUnit.MILLISECONDS));
    }

    /** A session ends while a partition is being given back, and the partition comes back before its calls are answered. */
    @Test
    void a_claim_that_is_let_go_slowly_leaves_nothing_to_the_next_one() {
        Map<String, Promise<Void>> gates = new ConcurrentHashMap<>();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        AggregateOptions both = two(SHORT_LEASE_MILLIS);
        BankMember a = BankMember.deploy(vertx, other(held(gates, seen)), both);
        awaitShares(List.of(a), 2L);
        depositToAll(a.accounts());
        gates.put("history", Promise.promise());
        for (int i = 0; i < 20; i++) {
            a.accounts().state("slow-" + i);
        }
        Applications.until(vertx, "rebuilding", () -> seen.contains("history"));
        BankMember b = member(both);
        pass(200); // the give-back begins
        a.pause();
        Applications.until(vertx, "b has all partitions", () -> b.partitions() == 2);
        for (int id = 0; id < BankCallers.IDS; id++) {
            accepted(b.accounts().execute(BankCallers.name(id), new Withdraw(1)));
        }
        gates.put("claim", Promise.promise());
        a.resume();
        Applications.until(vertx, "a claims again", () -> seen.contains("claim"));
        pass(100); // the routers follow
        List<Future<Outcome<Account>>> answers = new ArrayList<>();
        for (int id = 0; id < BankCallers.IDS; id++) {
            answers.add(a.accounts().execute(BankCallers.name(id), new Withdraw(1)));
        }
        pass(100); // they wait for the claim
        gates.remove("claim").complete();
        pass(300);
        gates.remove("history").complete();
        for (int id = 0; id < BankCallers.IDS; id++) {
            assertThat(get(answers.get(id)).isAccepted()).isFalse();
            assertThat(history(ACCOUNTS, BankCallers.name(id))).hasSize(2);
        }
    }

    @Test
    void calls_under_way_in_a_partition_that_is_being_given_back_are_answered_though_the_member_closes() {
        Map<String, Promise<Void>> gates = new ConcurrentHashMap<>();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        AggregateOptions both = two(10_000);
        BankMember a = BankMember.deploy(vertx, other(held(gates, seen)), both);
        awaitShares(List.of(a), 2L);
        gates.put("history", Promise.promise());
        List<Future<?>> calls = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            byte[] key = ("slow-" + i).getBytes(StandardCharsets.UTF_8);
            if (KeyHash.of(key, 0, key.length) < 0) { // of the partition that is given back
                calls.add(a.accounts().execute("slow-" + i, new Deposit(1)));
            }
        }
        Applications.until(vertx, "rebuilding", () -> seen.contains("history"));
        member(both);
        pass(300); // the give-back begins
        Future<Void> closed = a.accounts().close();
        pass(300);
        gates.remove("history").complete();
        calls.forEach(OnBankLog::get);
        get(closed);
    }

    @Test
    void a_look_into_the_history_ends_with_the_verticle_that_asked() {
        Map<String, Promise<Void>> gates = new ConcurrentHashMap<>();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        BankMember member = BankMember.deploy(vertx, other(held(gates, seen)), two(FOREVER_MILLIS));
        accepted(member.accounts().execute("anna", new Deposit(1)));
        gates.put("history", Promise.promise());
        Promise<Boolean> answer = Promise.promise();
        String asking = get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                member.accounts().hasExecuted("anna", "c-1").onComplete(answer);
                return Future.succeededFuture();
            }
        }));
        Applications.until(vertx, "it reads", () -> seen.contains("history"));
        get(vertx.undeploy(asking));
        gates.remove("history").complete();
        assertThat(failure(answer.future())).isInstanceOf(StrandlineException.Unavailable.class);
    }

    private AggregateOptions two(long leaseMillis) {
        return options().setPartitions(2).setAddress(ADDRESS).setLeaseMillis(leaseMillis);
    }

    private LogPort claimsSeenBy(Function<Supplier<Object>, Object> claims) {
        return (LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(), new Class<?>[] {LogPort.class}, (proxy, method, arguments) -> {
                    Supplier<Object> call = () -> {
                        try {
                            return method.invoke(port, arguments);
                        } catch (ReflectiveOperationException e) {
                            return Future.failedFuture(e);
                        }
                    };
                    return method.getName().equals("claim") ? claims.apply(call) : method.invoke(port, arguments);
                });
    }

    @Test
    void a_member_that_is_cut_off_from_the_others_and_not_from_the_log_leaves_the_owners_in_peace() {
        AtomicInteger claims = new AtomicInteger();
        LogPort counted = claimsSeenBy(claim -> {
            claims.incrementAndGet();
            return claim.get();
        });
        BankMember cut = BankMember.deploy(vertx, other(counted), two(SHORT_LEASE_MILLIS));
        BankMember staying = member(two(SHORT_LEASE_MILLIS));
        awaitShares(List.of(cut, staying), 1L, 1L);
        BankCallers callers = new BankCallers(vertx);
        callers.begin(cut.accounts());
        callers.begin(staying.accounts());
        cut.cut(new StrandlineException.Unavailable("cut off"));
        Applications.until(vertx, "one has all partitions", () -> staying.partitions() == 2);
        claims.set(0);
        callers.awaitMore(2_000);
        assertThat(claims).hasValue(0);
        cut.resume();
        awaitShares(List.of(cut, staying), 1L, 1L);
        callers.awaitMore(100);
        long accepted = callers.stop();
        assertThat(BankCallers.balances(cut.accounts())).isEqualTo(accepted);
    }

    @Test
    void a_member_that_is_late_claims_nothing_of_what_it_could_not_claim_before() {
        AtomicInteger claims = new AtomicInteger();
        LogPort refusing = claimsSeenBy(claim -> {
            claims.incrementAndGet();
            return Future.failedFuture(new StrandlineException.Invalid("no claims today"));
        });
        BankMember cut = BankMember.deploy(vertx, other(refusing), two(SHORT_LEASE_MILLIS));
        Applications.until(vertx, "it tries again", () -> claims.get() > 2);
        BankMember staying = member(two(SHORT_LEASE_MILLIS));
        awaitShares(List.of(staying), 1L);
        cut.cut(new StrandlineException.Unavailable("cut off"));
        awaitShares(List.of(staying), 2L);
        // It has heard that it hears nothing. What it tried before that is over when it has asked again.
        awaitMoreRefusals(cut);
        claims.set(0);
        awaitMoreRefusals(cut);
        assertThat(claims).hasValue(0);
        depositToAll(cut.accounts());
    }

    /** Each is an attempt to learn who owns what, before a claim that is tried again. */
    private void awaitMoreRefusals(BankMember cut) {
        int before = cut.refused();
        Applications.until(vertx, "it asks the others again", () -> cut.refused() >= before + 5);
    }

    @Test
    void a_member_whose_membership_has_ended_takes_no_calls_any_more_and_the_others_answer_its_own() {
        BankMember ended = member(two(SHORT_LEASE_MILLIS));
        BankMember staying = member(two(SHORT_LEASE_MILLIS));
        awaitShares(List.of(ended, staying), 1L, 1L);
        depositToAll(ended.accounts());
        ended.cut(new StrandlineException.Fenced("its session is over"));
        awaitShares(List.of(ended, staying), 0L, 2L);
        depositToAll(ended.accounts());
        depositToAll(client());
        assertThat(BankCallers.balances(staying.accounts())).isEqualTo(3 * BankCallers.IDS);
        staying.undeploy();
        long begun = System.nanoTime();
        assertThat(failure(ended.accounts().state("anna"))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(System.nanoTime() - begun)
                .isLessThan(TimeUnit.MILLISECONDS.toNanos(options().getRetryTimeoutMillis()));
    }

    @Test
    void a_partition_that_could_not_be_claimed_for_good_is_claimed_again() {
        AtomicInteger failing = new AtomicInteger(4);
        LogPort refusing = claimsSeenBy(claim -> failing.getAndDecrement() > 0
                ? Future.failedFuture(new StrandlineException.NotFound("no such partition"))
                : claim.get());
        BankMember only = BankMember.deploy(vertx, other(refusing), two(FOREVER_MILLIS));
        awaitShares(List.of(only), 2L);
        depositToAll(only.accounts());
        assertThat(failing.get()).isNegative();
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
