package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.strandline.processing.aggregate.FaultyPort.Fate;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryContext;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Commands whose callers must prove their right when the owner has taken them, here and elsewhere. */
class AggregatePermitTest extends OnBankLog {

    private static final String ADDRESS = "bank.accounts";

    /** The question of an owner, on the event bus. */
    private static final Buffer PERMIT = Buffer.buffer(new byte[] {1, 5});

    private final AtomicInteger asked = new AtomicInteger();
    private final Promise<Void> proof = Promise.promise();

    private Future<Void> prove() {
        asked.incrementAndGet();
        return proof.future();
    }

    private Future<Outcome<Account>> deposit(Aggregates<Command, Account> through, Permit permit) {
        return through.execute("anna", new Deposit(100), new CommandOptions(), permit);
    }

    /** Accounts of all partitions. At once, because a permit waits for {@value Permit#MAX_WAIT_MILLIS} ms alone. */
    private static List<Future<Outcome<Account>>> depositToMany(Aggregates<Command, Account> through) {
        return IntStream.range(0, 20)
                .mapToObj(i -> through.execute("account-" + i, new Deposit(1)))
                .toList();
    }

    private Aggregates<Command, Account> connect(long timeoutMillis) {
        return get(Aggregates.connect(
                vertx,
                Bank.REACHABLE,
                new AggregateClientOptions()
                        .setAddress(ADDRESS)
                        .setStream(ACCOUNTS)
                        .setRequestTimeoutMillis(timeoutMillis)));
    }

    private Aggregates<Command, Account> served() {
        return get(Aggregates.open(vertx, other(port), Bank.REACHABLE, options().setAddress(ADDRESS)));
    }

    @Test
    void later_calls_of_the_aggregate_wait_for_the_permit_and_see_what_the_command_led_to() {
        Aggregates<Command, Account> accounts = accounts();
        Future<Outcome<Account>> first = deposit(accounts, this::prove);
        Future<Outcome<Account>> second = deposit(accounts, this::prove);
        Future<Outcome<Account>> third = accounts.execute("anna", new Withdraw(200));
        Future<AggregateState<Account>> state = accounts.state("anna");
        depositToMany(accounts).forEach(OnBankLog::accepted);
        Applications.until(vertx, "both permits are asked for", () -> asked.get() == 2);
        assertThat(List.of(first, second, third, state)).noneMatch(Future::isComplete);
        proof.complete();
        accepted(first);
        accepted(second);
        accepted(third);
        assertThat(get(state)).isEqualTo(new AggregateState<>(new Account(0, 3), 3));
        assertThat(asked).hasValue(2);
    }

    @Test
    void a_command_whose_permit_is_refused_fails_with_the_same_failure_and_the_others_go_on() {
        Aggregates<Command, Account> accounts = accounts();
        accepted(deposit(accounts, Future::succeededFuture));
        Future<Outcome<Account>> refused =
                deposit(accounts, () -> Future.failedFuture(new StrandlineException.Fenced("the lease is over")));
        Future<Outcome<Account>> throwing = deposit(accounts, () -> {
            throw new StrandlineException.Unavailable("nobody knows");
        });
        Future<Outcome<Account>> next = accounts.execute("anna", new Withdraw(100));
        assertThat(failure(refused))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessage("the lease is over");
        assertThat(failure(throwing)).hasMessage("nobody knows");
        accepted(next);
        assertThat(history(ACCOUNTS, "anna")).hasSize(2);
    }

    /** Whoever asks under the next claim asks again. An answer to the earlier question is none to the later one. */
    @Test
    void a_permit_counts_for_the_claim_under_which_it_was_asked_for() {
        FaultyPort faulty = new FaultyPort(port);
        Aggregates<Command, Account> accounts = accounts(
                other(faulty.asPort()), options().setPartitions(1).setOwners(1).setRetryTimeoutMillis(1));
        List<Promise<Void>> questions = new CopyOnWriteArrayList<>();
        Future<Outcome<Account>> waits = deposit(accounts, () -> {
            Promise<Void> question = Promise.promise();
            questions.add(question);
            return question.future();
        });
        Applications.until(vertx, "the permit is asked for", () -> questions.size() == 1);
        faulty.fate(Fate.LOST);
        failure(accounts.execute("bert", new Deposit(1))); // which ends the claim
        faulty.fate(Fate.TAKEN);
        Applications.until(vertx, "it is asked for again", () -> questions.size() == 2);
        questions.get(0).complete();
        // Rebuilding what it rests on has the owner look at what waits.
        Future<Outcome<Account>> next =
                accounts.execute("anna", new Withdraw(1), new CommandOptions().requireUnchanged("carl", 0));
        assertThat(get(accounts.state("carl")).version()).isZero();
        assertThat(waits.isComplete()).isFalse();
        assertThat(next.isComplete()).isFalse();
        questions.get(1).fail(new StrandlineException.Fenced("the lease is over"));
        assertThat(failure(waits)).hasMessage("the lease is over");
        assertThat(get(next).isAccepted()).isFalse();
        assertThat(history(ACCOUNTS, "anna")).isEmpty();
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without such a check may do
    void a_permit_that_returns_no_future_is_refused_here_and_elsewhere() {
        Future<Outcome<Account>> here = deposit(accounts(), () -> null);
        assertThat(failure(here))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the permit returned null");
        served();
        Future<Outcome<Account>> elsewhere = deposit(connect(20_000), () -> null);
        assertThat(failure(elsewhere))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the permit returned null");
    }

    @Test
    void a_permit_elsewhere_that_never_comes_ends_with_its_call() {
        served();
        Aggregates<Command, Account> remote = connect(3_000);
        assertThat(failure(deposit(remote, () -> Promise.<Void>promise().future())))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("the permit did not complete within");
        assertThat(history(ACCOUNTS, "anna")).isEmpty();
        get(remote.close());
    }

    @Test
    void a_permit_that_is_not_given_in_time_is_refused() {
        Aggregates<Command, Account> accounts = accounts();
        Future<Outcome<Account>> never = deposit(accounts, this::prove);
        Future<AggregateState<Account>> state = accounts.state("anna");
        assertThat(failure(never))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("anna")
                .hasMessageContaining(Permit.MAX_WAIT_MILLIS + " ms");
        assertThat(get(state).version()).isZero();
        proof.complete();
        assertThat(get(accounts.state("anna")).version()).isZero();
    }

    @Test
    void a_caller_elsewhere_is_asked_and_its_refusal_is_no_fault_of_the_owner() {
        served();
        Aggregates<Command, Account> remote = connect(10_000);
        Future<Outcome<Account>> given = deposit(remote, this::prove);
        Applications.until(vertx, "the permit is asked for", () -> asked.get() == 1);
        assertThat(given.isComplete()).isFalse();
        proof.complete();
        assertThat(accepted(given).state()).isEqualTo(new Account(100, 1));
        assertThat(failure(deposit(
                        remote, () -> Future.failedFuture(new StrandlineException.Fenced("the lease is over")))))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessage("the lease is over");
        assertThat(accepted(deposit(remote, Future::succeededFuture)).version()).isEqualTo(2);
        assertThat(remote.statistics().callsUnderWay()).isZero();
        assertThat(asked).hasValue(1);
    }

    /** Without the permit it would be executed, although the caller was told that nobody knows. */
    @Test
    void a_call_that_arrives_after_its_caller_has_given_it_up_is_refused() {
        Aggregates<Command, Account> owner = served();
        AtomicReference<DeliveryContext<Object>> held = new AtomicReference<>();
        Handler<DeliveryContext<Object>> holding = delivery -> {
            if (!delivery.message().address().equals(ADDRESS) || !held.compareAndSet(null, delivery)) {
                delivery.next();
            }
        };
        vertx.eventBus().addInboundInterceptor(holding);
        assertThat(failure(deposit(connect(200), Future::succeededFuture)))
                .isInstanceOf(StrandlineException.Unknown.class);
        vertx.eventBus().removeInboundInterceptor(holding);
        AtomicInteger questions = new AtomicInteger();
        vertx.eventBus().addOutboundInterceptor(delivery -> {
            if (PERMIT.equals(delivery.body())) {
                questions.incrementAndGet();
            }
            delivery.next();
        });
        Objects.requireNonNull(held.get()).next();
        Applications.until(vertx, "the late call is asked for its permit", () -> questions.get() == 1);
        Applications.until(vertx, "and refused", () -> owner.statistics().callsUnderWay() == 0);
        assertThat(get(owner.state("anna")).version()).isZero();
    }

    /** The first owner has asked, and the second must, because the first answer may be older than its claim. */
    @Test
    void a_partition_that_is_scaled_while_its_caller_elsewhere_is_asked_asks_again() {
        Aggregates<Command, Account> owner = served();
        Aggregates<Command, Account> remote = connect(30_000);
        accepted(remote.execute("anna", new Deposit(1)));
        Future<Outcome<Account>> call = deposit(remote, this::prove);
        Applications.until(vertx, "the permit is asked for", () -> asked.get() == 1);
        Set<Long> open = get(log.catalog().describe(ACCOUNTS)).partitions().stream()
                .map(PartitionDescription::id)
                .collect(Collectors.toSet());
        get(log.catalog().scale(ACCOUNTS, open, List.of(KeyRange.ALL)));
        depositToMany(owner).forEach(OnBankLog::accepted);
        assertThat(call.isComplete()).isFalse();
        proof.complete();
        assertThat(accepted(call).state()).isEqualTo(new Account(101, 2));
        assertThat(asked).hasValue(2);
    }

    @Test
    void a_call_whose_owner_is_taken_over_while_its_caller_elsewhere_is_asked_goes_to_the_next_owner() {
        Aggregates<Command, Account> first = served();
        Future<Outcome<Account>> call = deposit(connect(30_000), this::prove);
        Applications.until(vertx, "the permit is asked for", () -> asked.get() == 1);
        served();
        depositToMany(first)
                .forEach(refused -> assertThat(failure(refused)).isInstanceOf(StrandlineException.Fenced.class));
        proof.complete();
        assertThat(accepted(call).state()).isEqualTo(new Account(100, 1));
        assertThat(asked).hasValue(2);
    }

    @Test
    void members_that_share_pass_the_question_on() {
        AggregateOptions shared =
                options().setPartitions(16).setAddress(ADDRESS).setLeaseMillis(3_600_000);
        List<BankMember> members =
                List.of(BankMember.deploy(vertx, other(port), shared), BankMember.deploy(vertx, other(port), shared));
        Applications.until(vertx, "both own", () -> members.stream().allMatch(member -> member.partitions() == 8));
        proof.complete();
        for (Aggregates<Command, Account> through :
                List.of(members.get(0).accounts(), members.get(1).accounts(), connect(10_000))) {
            for (int i = 0; i < 20; i++) {
                String id = "account-" + i;
                accepted(through.execute(id, new Deposit(1), new CommandOptions(), this::prove));
                assertThat(failure(through.execute(
                                id,
                                new Deposit(1),
                                new CommandOptions(),
                                () -> Future.failedFuture(new StrandlineException.Fenced("over")))))
                        .isInstanceOf(StrandlineException.Fenced.class)
                        .hasMessage("over");
            }
        }
        assertThat(asked).hasValue(60);
        for (int i = 0; i < 20; i++) {
            assertThat(history(ACCOUNTS, "account-" + i)).hasSize(3);
        }
    }
}
