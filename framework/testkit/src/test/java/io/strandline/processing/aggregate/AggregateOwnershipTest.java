package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Touch;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.strandline.processing.aggregate.FaultyPort.Fate;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who may decide: two owners, failed appends, claims that are lost and let go. */
class AggregateOwnershipTest extends OnBankLog {

    @Test
    void an_owner_that_was_taken_over_answers_nothing_from_what_it_remembers() {
        Aggregates<Command, Account> stale = accounts();
        CommandOptions once = new CommandOptions().setCommandId("c-1");
        accepted(stale.execute("anna", new Deposit(100), once));
        Aggregates<Command, Account> next = accounts(other(port), options());
        accepted(next.execute("anna", new Withdraw(100)));
        List<Future<?>> answers = List.of(
                stale.state("anna"),
                stale.execute("anna", new Withdraw(200)),
                stale.execute("anna", new Touch()),
                stale.execute("anna", new Deposit(100), once),
                stale.execute("anna", new Deposit(1), new CommandOptions().setExpectedVersion(9L)),
                stale.execute("anna", new Deposit(1)));
        for (Future<?> answer : answers) {
            assertThat(failure(answer)).isInstanceOf(StrandlineException.Fenced.class);
        }
        assertThat(failure(stale.execute("bert", new Deposit(1)))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(get(next.state("anna")).state()).isEqualTo(new Account(0, 2));
        assertThat(history(ACCOUNTS, "anna")).hasSize(2);
        assertThat(history(ACCOUNTS, "bert")).isEmpty();
    }

    @Test
    void each_kind_of_answer_is_fenced_by_itself() {
        CommandOptions once = new CommandOptions().setCommandId("c-1");
        for (int kind = 0; kind < 5; kind++) {
            Strandline own = other(port);
            Aggregates<Command, Account> stale = accounts(own, options());
            if (kind == 0) {
                accepted(stale.execute("anna", new Deposit(1), once));
            }
            get(stale.state("anna"));
            Aggregates<Command, Account> next = accounts(other(port), options());
            get(next.state("anna"));
            Future<?> answer =
                    switch (kind) {
                        case 0 -> stale.state("anna");
                        case 1 -> stale.execute("anna", new Withdraw(200));
                        case 2 -> stale.execute("anna", new Touch());
                        case 3 -> stale.execute("anna", new Deposit(1), once);
                        default -> stale.execute("anna", new Deposit(1), new CommandOptions().setExpectedVersion(9L));
                    };
            assertThat(failure(answer)).as("kind %s", kind).isInstanceOf(StrandlineException.Fenced.class);
        }
    }

    @Test
    void what_was_decided_on_a_lost_append_fails_and_is_forgotten() {
        FaultyPort faulty = new FaultyPort(port);
        Aggregates<Command, Account> accounts =
                accounts(other(faulty.asPort()), options().setRetryTimeoutMillis(1));
        accepted(accounts.execute("anna", new Deposit(100)));
        faulty.fate(Fate.LOST);
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        run(() -> {
            calls.add(accounts.execute("anna", new Deposit(900)));
            calls.add(accounts.execute("anna", new Withdraw(500)));
            calls.add(accounts.execute("anna", new Withdraw(5_000)));
            return Future.succeededFuture();
        });
        for (Future<Outcome<Account>> call : calls) {
            assertThat(failure(call))
                    .isInstanceOfAny(StrandlineException.Unknown.class, StrandlineException.Unavailable.class);
        }
        faulty.fate(Fate.TAKEN);
        assertThat(get(accounts.execute("anna", new Withdraw(500))).isAccepted())
                .isFalse();
        assertThat(get(accounts.state("anna")).state()).isEqualTo(new Account(100, 1));
        assertThat(history(ACCOUNTS, "anna")).hasSize(1);
        assertThat(accounts.statistics().callsUnderWay()).isZero();
    }

    /** Unavailable would say of one that it was not executed. */
    @Test
    void no_command_whose_event_is_in_the_log_is_said_to_have_appended_nothing() {
        FaultyPort faulty = new FaultyPort(port);
        Aggregates<Command, Account> accounts = accounts(
                other(faulty.asPort()), options().setPartitions(1).setOwners(1).setRetryTimeoutMillis(1));
        List<String> ids = List.of("anna", "bert", "carl");
        ids.forEach(id -> get(accounts.state(id)));
        faulty.fate(Fate.UNANSWERED);
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        run(() -> {
            ids.forEach(id -> calls.add(accounts.execute(id, new Deposit(1))));
            return Future.succeededFuture();
        });
        calls.forEach(OnBankLog::failure);
        int taken = 0;
        for (int i = 0; i < ids.size(); i++) {
            if (!history(ACCOUNTS, ids.get(i)).isEmpty()) {
                assertThat(failure(calls.get(i))).isInstanceOf(StrandlineException.Unknown.class);
                taken++;
            }
        }
        assertThat(taken).isGreaterThan(1);
    }

    @Test
    void a_command_that_was_taken_and_not_answered_is_not_executed_again() {
        FaultyPort faulty = new FaultyPort(port);
        Aggregates<Command, Account> accounts =
                accounts(other(faulty.asPort()), options().setRetryTimeoutMillis(1));
        CommandOptions once = new CommandOptions().setCommandId("c-1");
        faulty.fate(Fate.UNANSWERED);
        assertThat(failure(accounts.execute("anna", new Deposit(100), once)))
                .isInstanceOf(StrandlineException.Unknown.class);
        faulty.fate(Fate.TAKEN);
        Outcome.Accepted<Account> repeated = accepted(accounts.execute("anna", new Deposit(100), once));
        assertThat(repeated.repeated()).isTrue();
        assertThat(repeated.state()).isEqualTo(new Account(100, 1));
    }

    @Test
    void a_repeated_command_is_answered_without_what_is_not_durable_yet() {
        FaultyPort faulty = new FaultyPort(port);
        Aggregates<Command, Account> accounts = accounts(other(faulty.asPort()), options());
        CommandOptions once = new CommandOptions().setCommandId("c-1");
        accepted(accounts.execute("anna", new Deposit(100), once));
        accepted(accounts.execute("anna", new Deposit(10)));
        faulty.fate(Fate.HELD);
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        run(() -> {
            calls.add(accounts.execute("anna", new Deposit(100), once));
            calls.add(accounts.execute("anna", new Deposit(1)));
            return Future.succeededFuture();
        });
        try {
            Outcome.Accepted<Account> repeated = accepted(calls.get(0));
            assertThat(calls.get(1).isComplete()).isFalse();
            assertThat(repeated.repeated()).isTrue();
            assertThat(repeated.state()).isEqualTo(new Account(110, 2));
            assertThat(repeated.version()).isEqualTo(1);
        } finally {
            faulty.release();
        }
        assertThat(accepted(calls.get(1)).state()).isEqualTo(new Account(111, 3));
    }

    @Test
    void answers_get_lost_and_come_late_under_load_and_no_money_does() {
        FaultyPort faulty = new FaultyPort(port);
        Aggregates<Command, Account> accounts =
                accounts(other(faulty.asPort()), options().setRetryTimeoutMillis(500));
        long expected = 0;
        for (int round = 0; round < 20; round++) {
            List<Future<Outcome<Account>>> calls = new ArrayList<>();
            int number = round;
            run(() -> {
                for (int i = 0; i < 50; i++) {
                    Fate lost = i % 2 == 0 ? Fate.LOST : Fate.UNANSWERED;
                    faulty.fate(i % 7 == number % 7 ? lost : Fate.TAKEN);
                    calls.add(accounts.execute(
                            "account-" + i % 10, new Deposit(1), new CommandOptions().setCommandId(number + "-" + i)));
                }
                faulty.fate(Fate.TAKEN);
                return Future.succeededFuture();
            });
            for (int i = 0; i < 50; i++) {
                if (get(calls.get(i).transform(done -> Future.succeededFuture(done.failed())))) {
                    accepted(accounts.execute(
                            "account-" + i % 10, new Deposit(1), new CommandOptions().setCommandId(number + "-" + i)));
                }
            }
            expected += 50;
        }
        long total = 0;
        for (int i = 0; i < 10; i++) {
            total += get(accounts.state("account-" + i)).state().balance();
        }
        assertThat(total).isEqualTo(expected);
    }

    @Test
    void an_owner_at_rest_is_fenced_at_once_by_one_of_its_own_process() {
        Aggregates<Command, Account> old = accounts();
        accepted(old.execute("anna", new Deposit(1)));
        Aggregates<Command, Account> next = accounts();
        assertThat(failure(old.state("anna"))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(get(next.state("anna")).version()).isEqualTo(1);
    }

    @Test
    void a_stream_that_others_may_append_to_is_refused() {
        get(log.catalog().createScope("bank"));
        get(log.catalog().createStream(ACCOUNTS, new StreamOptions()));
        assertThat(failure(Aggregates.open(vertx, log, Bank.ACCOUNT, options())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("not exclusive");
        assertThat(failure(Aggregates.open(vertx, log, Bank.ACCOUNT, new AggregateOptions())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("stream");
    }

    @Test
    void a_claim_that_cannot_be_had_fails_what_waits_and_is_tried_again_by_the_next_call() {
        Aggregates<Command, Account> accounts = accounts();
        accepted(accounts.execute("anna", new Deposit(1)));
        get(log.catalog().deleteStream(ACCOUNTS));
        assertThat(failure(accounts.execute("anna", new Deposit(1)))).isInstanceOf(StrandlineException.class);
        assertThat(failure(accounts.state("anna"))).isInstanceOf(StrandlineException.class);
        assertThat(accounts.statistics().callsUnderWay()).isZero();
    }

    @Test
    void what_a_verticle_opened_closes_when_it_is_undeployed() {
        AtomicReference<@Nullable Aggregates<Command, Account>> opened = new AtomicReference<>();
        String id = get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                return Aggregates.open(vertx, log, Bank.ACCOUNT, options()).onSuccess(opened::set);
            }
        }));
        Aggregates<Command, Account> accounts = Objects.requireNonNull(opened.get());
        accepted(accounts.execute("anna", new Deposit(1)));
        get(vertx.undeploy(id));
        get(accounts.close());
        assertThat(failure(accounts.state("anna"))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(get(accounts().state("anna")).version()).isEqualTo(1);
        // The claims of what was closed are not in the way, nor is anything left to be taken over.
        assertThat(get(log.catalog().describe(StreamName.parse(ACCOUNTS).toString()))
                        .exclusive())
                .isTrue();
    }
}
