package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.strandline.processing.aggregate.FaultyPort.Fate;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Members that are not heard, are cut off, are late or cannot claim, while others share the partitions of the accounts with them. */
class AggregateSharingFaultsTest extends OnSharedAccounts {

    /** Of members that keep what they have until they are paused, on a machine that is busy too. */
    private static final long LEASE_MILLIS = 2_000;

    /** Pauses a member that has all partitions until another one has them, which is returned. */
    private BankMember takeOver(BankMember paused, AggregateOptions options, int partitions) {
        paused.pause();
        BankMember next = member(options);
        Applications.until(vertx, "the next has all partitions", () -> next.partitions() == partitions);
        return next;
    }

    /** A member with both partitions of the small stream, on one context. */
    private BankMember memberOver(GatedPort gated) {
        BankMember only = BankMember.deploy(
                vertx, other(gated.asPort()), two(SHORT_LEASE_MILLIS).setOwners(1));
        awaitShares(List.of(only), 2L);
        return only;
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
        BankMember next = takeOver(zombie, shared(SHORT_LEASE_MILLIS), 16);
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
        BankMember next = takeOver(zombie, shared(SHORT_LEASE_MILLIS), 16);
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
        BankMember next = takeOver(zombie, shared(SHORT_LEASE_MILLIS), 16);
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

    /** A session ends while a partition is being given back, and the partition comes back before its calls are answered. */
    @Test
    void a_claim_that_is_let_go_slowly_leaves_nothing_to_the_next_one() {
        GatedPort gated = new GatedPort(port);
        BankMember slow = memberOver(gated);
        depositToAll(slow.accounts());
        gated.shut("history");
        for (int i = 0; i < 20; i++) {
            slow.accounts().state("slow-" + i);
        }
        Applications.until(vertx, "rebuilding", () -> gated.hasHeld("history"));
        BankMember next = member(two(SHORT_LEASE_MILLIS));
        awaitGivingBack(slow, gated);
        slow.pause();
        Applications.until(vertx, "the next has all partitions", () -> next.partitions() == 2);
        for (int id = 0; id < BankCallers.IDS; id++) {
            accepted(next.accounts().execute(BankCallers.name(id), new Withdraw(1)));
        }
        gated.shut("claim");
        gated.forget();
        slow.resume();
        Applications.until(vertx, "it claims again", () -> gated.hasHeld("claim"));
        List<Future<Outcome<Account>>> answers = new ArrayList<>();
        for (int id = 0; id < BankCallers.IDS; id++) {
            answers.add(slow.accounts().execute(BankCallers.name(id), new Withdraw(1)));
        }
        gated.open("claim");
        Applications.until(
                vertx, "all calls are answered or wait for a history", () -> IntStream.range(0, BankCallers.IDS)
                        .allMatch(id -> answers.get(id).isComplete() || gated.hasReadHistoryOf(BankCallers.name(id))));
        gated.open("history");
        for (int id = 0; id < BankCallers.IDS; id++) {
            assertThat(get(answers.get(id)).isAccepted()).isFalse();
            assertThat(history(ACCOUNTS, BankCallers.name(id))).hasSize(2);
        }
    }

    /** The log has proven its answers, and it hears so when the calls have been answered under other claims. */
    @Test
    void a_member_whose_lease_ends_while_its_answers_are_proven_gives_none_of_them() {
        GatedPort gated = new GatedPort(port);
        BankMember losing = memberOver(gated);
        depositToAll(losing.accounts());
        gated.shutExit("barrier");
        List<Future<AggregateState<Account>>> calls = IntStream.range(0, BankCallers.IDS)
                .mapToObj(id -> losing.accounts().state(BankCallers.name(id)))
                .toList();
        Applications.until(vertx, "proven", () -> gated.hasHeld("barrier"));
        Promise<Void> proofs = gated.letLaterPass("barrier");
        loseAll(losing);
        calls.forEach(call -> assertThat(get(call).state()).isEqualTo(new Account(1, 1)));
        proofs.complete();
        assertThatAllAreAnsweredOnce(losing);
    }

    /** It began to read a history under a claim, and that fails when the call has been answered under another one. */
    @Test
    void a_rebuild_that_fails_after_the_claim_that_it_was_for_fails_no_call() {
        GatedPort gated = new GatedPort(port);
        BankMember losing = memberOver(gated);
        gated.shut("history");
        Future<AggregateState<Account>> call = losing.accounts().state("anna");
        Applications.until(vertx, "it looks for a snapshot", () -> gated.hasHeld("history"));
        Promise<Void> snapshots = gated.letLaterPass("history");
        gated.shut("history");
        snapshots.complete();
        Applications.until(vertx, "it reads the events", () -> gated.hasHeld("history"));
        Promise<Void> events = gated.letLaterPass("history");
        loseAll(losing);
        assertThat(get(call).state()).isEqualTo(new Account(0, 0));
        events.fail(new StrandlineException.Invalid("no history today"));
        assertThatAllAreAnsweredOnce(losing);
    }

    private void loseAll(BankMember losing) {
        takeOver(losing, two(SHORT_LEASE_MILLIS), 2);
        losing.resume();
    }

    /** What its one context had to do before is done when calls that came after it have gone to another member and back. */
    private static void assertThatAllAreAnsweredOnce(BankMember member) {
        depositToAll(member.accounts());
        assertThat(member.accounts().statistics().callsUnderWay()).isZero();
    }

    /** The next owner would know a command with an id, and of this one it cannot know. */
    @Test
    void a_command_without_id_that_may_have_been_executed_under_a_claim_that_was_taken_is_not_executed_again() {
        FaultyPort faulty = new FaultyPort(port);
        BankMember stale = BankMember.deploy(vertx, other(faulty.asPort()), two(SHORT_LEASE_MILLIS));
        awaitShares(List.of(stale), 2L);
        accepted(stale.accounts().execute("anna", new Deposit(1)));
        faulty.fate(Fate.HELD_UNANSWERED);
        Future<Outcome<Account>> call = stale.accounts().execute("anna", new Deposit(10));
        awaitHistory(ACCOUNTS, "anna", 2);
        BankMember next = takeOver(stale, two(SHORT_LEASE_MILLIS), 2);
        faulty.fate(Fate.TAKEN);
        faulty.release();
        stale.resume();
        assertThat(failure(call)).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(get(next.accounts().state("anna")).state()).isEqualTo(new Account(11, 2));
    }

    /** Its append is in doubt, and whoever has taken over since does not take the command. */
    @Test
    void a_command_that_may_have_been_executed_under_a_claim_that_was_taken_does_not_fail_as_if_nothing_was_done() {
        FaultyPort faulty = new FaultyPort(port);
        GatedPort gated = new GatedPort(port);
        BankMember stale = BankMember.deploy(vertx, other(faulty.asPort()), two(SHORT_LEASE_MILLIS));
        awaitShares(List.of(stale), 2L);
        accepted(stale.accounts().execute("anna", new Deposit(1)));
        faulty.fate(Fate.HELD_UNANSWERED);
        Future<Outcome<Account>> call = stale.accounts().execute("anna", new Deposit(10), once());
        awaitHistory(ACCOUNTS, "anna", 2);
        stale.pause();
        BankMember next = BankMember.deploy(
                vertx, other(gated.asPort()), two(SHORT_LEASE_MILLIS).setMaxCalls(1));
        Applications.until(vertx, "the next has all partitions", () -> next.partitions() == 2);
        gated.shut("history");
        Future<Outcome<Account>> only = next.accounts().execute("bert", new Deposit(1));
        faulty.fate(Fate.TAKEN);
        faulty.release();
        assertThat(failure(call))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("the limit is 1");
        gated.open("history");
        accepted(only);
        assertThat(get(next.accounts().state("anna")).state()).isEqualTo(new Account(11, 2));
        stale.resume();
    }

    private static CommandOptions once() {
        return new CommandOptions().setCommandId("c-1");
    }

    /** Its owner dies with the answer, and nobody can claim the partition in time. */
    @Test
    void a_command_of_an_owner_that_is_gone_does_not_fail_as_if_nothing_was_done() {
        FaultyPort faulty = new FaultyPort(port);
        AtomicBoolean refuses = new AtomicBoolean();
        LogPort refusing = claimsSeenBy(claim -> refuses.get()
                ? Future.failedFuture(new StrandlineException.Unavailable("no claims today"))
                : claim.get());
        BankMember gone = BankMember.deploy(vertx, other(faulty.asPort()), two(LEASE_MILLIS));
        awaitShares(List.of(gone), 2L);
        BankMember staying =
                BankMember.deploy(vertx, other(refusing), two(LEASE_MILLIS).setRetryTimeoutMillis(3 * LEASE_MILLIS));
        awaitShares(List.of(gone, staying), 1L, 1L);
        String kept = IntStream.range(0, BankCallers.IDS)
                .mapToObj(BankCallers::name)
                .filter(id -> !isGivenBack(id))
                .findFirst()
                .orElseThrow();
        faulty.fate(Fate.HELD);
        Future<Outcome<Account>> call = staying.accounts().execute(kept, new Deposit(10), once());
        awaitHistory(ACCOUNTS, kept, 1);
        refuses.set(true);
        gone.pause();
        assertThat(failure(call)).isInstanceOf(StrandlineException.Unknown.class);
        refuses.set(false);
        faulty.fate(Fate.TAKEN);
        faulty.release();
        assertThat(accepted(staying.accounts().execute(kept, new Deposit(10), once()))
                        .repeated())
                .isTrue();
        gone.resume();
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
}
