package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Break;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Deposited;
import io.strandline.processing.aggregate.Bank.NoCover;
import io.strandline.processing.aggregate.Bank.Pay;
import io.strandline.processing.aggregate.Bank.Touch;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.strandline.processing.aggregate.Bank.Withdrawn;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Commands and queries of one owner. */
class AggregatesTest extends OnBankLog {

    @Test
    void a_command_is_answered_by_state_version_events_and_position() {
        Aggregates<Command, Account> accounts = accounts();
        Outcome.Accepted<Account> first = accepted(accounts.execute("anna", new Deposit(100)));
        assertThat(first.state()).isEqualTo(new Account(100, 1));
        assertThat(first.version()).isEqualTo(1);
        assertThat(first.events()).isEqualTo(List.of(new Deposited(100)));
        Outcome.Accepted<Account> pay = accepted(accounts.execute("anna", new Pay(30, 1)));
        assertThat(pay.version()).isEqualTo(3);
        assertThat(pay.events()).isEqualTo(List.of(new Withdrawn(30), new Withdrawn(1)));
        EventRecord<Buffer> last = history(ACCOUNTS, "anna").get(2);
        assertThat(pay.position().offset(last.partition())).isEqualTo(last.offset() + 1);
        Outcome<Account> refused = get(accounts.execute("anna", new Withdraw(70)));
        assertThat(refused).isEqualTo(new Outcome.Rejected<>(new Account(69, 3), 3, new NoCover(69)));
        assertThat(refused.rejection(NoCover.class)).isEqualTo(new NoCover(69));
        assertThat(refused.rejection(Object.class)).isEqualTo(new NoCover(69));
        assertThatThrownBy(() -> refused.rejection(String.class))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(NoCover.class.getName())
                .hasMessageContaining(String.class.getName());
        assertThat(pay.rejection(NoCover.class)).isNull();
        Outcome.Accepted<Account> touched = accepted(accounts.execute("anna", new Touch()));
        assertThat(touched.events()).isEmpty();
        assertThat(touched.position()).isEqualTo(pay.position());
        assertThat(get(accounts.state("anna"))).isEqualTo(new AggregateState<>(new Account(69, 3), 3));
        assertThat(get(accounts.state("nobody"))).isEqualTo(new AggregateState<>(new Account(0, 0), 0));
        assertThat(accepted(accounts.execute("nobody", new Touch())).position().offsets())
                .isEmpty();
        assertThat(history(ACCOUNTS, "anna"))
                .extracting(event -> event.type().name())
                .containsExactly("deposited", "withdrawn", "withdrawn");
    }

    @Test
    void aggregates_of_a_sealed_stream_refuse_calls_and_say_why() {
        Aggregates<Command, Account> accounts = accounts();
        accepted(accounts.execute("anna", new Deposit(100)));
        get(log.catalog().sealStream(ACCOUNTS));
        for (int i = 0; i < 2; i++) {
            assertThat(failure(accounts.execute("anna", new Deposit(1))))
                    .isInstanceOf(StrandlineException.Sealed.class)
                    .hasMessage("stream " + ACCOUNTS + " is sealed");
        }
        assertThat(failure(accounts().execute("anna", new Deposit(1)))).isInstanceOf(StrandlineException.Sealed.class);
        assertThat(history(ACCOUNTS, "anna")).hasSize(1);
    }

    @Test
    void what_is_said_beside_a_command_is_in_the_headers_of_its_events() {
        Aggregates<Command, Account> accounts = accounts();
        CommandOptions options = new CommandOptions()
                .setCommandId("c-1")
                .setCorrelationId("order-17")
                .setCausationId("event-3")
                .setUser("anna")
                .setTraceparent("00-1-2-01")
                .putHeader("tenant", "t");
        accepted(accounts.execute("anna", new Deposit(100)));
        accepted(accounts.execute("anna", new Pay(3, 1), options));
        List<EventRecord<Buffer>> events = history(ACCOUNTS, "anna");
        assertThat(events.get(0).headers()).isEqualTo(Headers.NONE);
        for (EventRecord<Buffer> event : events.subList(1, 3)) {
            assertThat(event.headers().text(CommandOptions.COMMAND_ID)).isEqualTo("c-1");
            assertThat(event.headers().text(Headers.CORRELATION_ID)).isEqualTo("order-17");
            assertThat(event.headers().text(Headers.CAUSATION_ID)).isEqualTo("event-3");
            assertThat(event.headers().text(Headers.USER)).isEqualTo("anna");
            assertThat(event.headers().text(Headers.TRACEPARENT)).isEqualTo("00-1-2-01");
            assertThat(event.headers().text("tenant")).isEqualTo("t");
        }
    }

    @Test
    void commands_of_one_id_are_decided_in_order_while_they_are_under_way() {
        Aggregates<Command, Account> accounts = accounts();
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            calls.add(accounts.execute("anna", new Deposit(1)));
            calls.add(accounts.execute("anna", new Withdraw(1)));
            calls.add(accounts.execute("anna", new Withdraw(1)));
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(get(calls.get(3 * i)).version()).isEqualTo(2L * i + 1);
            assertThat(get(calls.get(3 * i + 1)).isAccepted()).isTrue();
            assertThat(get(calls.get(3 * i + 2)).isAccepted()).isFalse();
        }
        assertThat(accounts.statistics().callsUnderWay()).isZero();
    }

    @Test
    void an_unexpected_version_is_a_conflict_with_both() {
        Aggregates<Command, Account> accounts = accounts();
        accepted(accounts.execute("anna", new Deposit(1), new CommandOptions().setExpectedVersion(0L)));
        assertThat(failure(accounts.execute("anna", new Deposit(1), new CommandOptions().setExpectedVersion(0L))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("anna")
                .hasMessageContaining("version 1, not 0");
        assertThat(history(ACCOUNTS, "anna")).hasSize(1);
    }

    @Test
    void a_repeated_command_has_the_first_outcome_while_the_first_is_under_way_too() {
        Aggregates<Command, Account> accounts = accounts();
        CommandOptions once = new CommandOptions().setCommandId("c-1");
        Future<Outcome<Account>> first = accounts.execute("anna", new Deposit(5), once);
        Future<Outcome<Account>> again = accounts.execute("anna", new Deposit(5), once);
        accepted(accounts.execute("anna", new Deposit(1)));
        for (Future<Outcome<Account>> repeat : List.of(again, accounts.execute("anna", new Deposit(5), once))) {
            Outcome.Accepted<Account> outcome = accepted(repeat);
            assertThat(outcome.repeated()).isTrue();
            assertThat(outcome.version()).isEqualTo(1);
            assertThat(outcome.position()).isEqualTo(accepted(first).position());
        }
        assertThat(history(ACCOUNTS, "anna")).hasSize(2);
        assertThat(accounts.statistics().repeated()).isEqualTo(2);
    }

    @Test
    void a_command_that_is_no_longer_remembered_is_found_in_the_history() {
        Aggregates<Command, Account> accounts = accounts(log, options().setCommandIds(1));
        accepted(accounts.execute("anna", new Deposit(1), new CommandOptions().setCommandId("c-1")));
        accepted(accounts.execute("anna", new Pay(1, 0), new CommandOptions().setCommandId("c-2")));
        accepted(accounts.execute("anna", new Deposit(1)));
        get(accounts.execute("anna", new Withdraw(5), new CommandOptions().setCommandId("c-3")));
        for (String executed : List.of("c-1", "c-2")) {
            assertThat(get(accounts.hasExecuted("anna", executed))).isTrue();
            assertThat(get(accounts.hasExecuted("bert", executed))).isFalse();
        }
        assertThat(get(accounts.hasExecuted("anna", "c-3"))).isFalse();
        assertThat(failure(accounts.hasExecuted("a/b", "c-1"))).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void a_restart_rebuilds_states_and_what_commands_have_done() {
        Aggregates<Command, Account> accounts = accounts();
        CommandOptions once = new CommandOptions().setCommandId("c-1");
        accepted(accounts.execute("anna", new Deposit(100)));
        Outcome.Accepted<Account> first = accepted(accounts.execute("anna", new Pay(5, 1), once));
        accepted(accounts.execute("anna", new Deposit(1)));
        reopen();
        Aggregates<Command, Account> next = accounts();
        Outcome.Accepted<Account> repeated = accepted(next.execute("anna", new Pay(5, 1), once));
        assertThat(repeated.repeated()).isTrue();
        assertThat(repeated.version()).isEqualTo(first.version()).isEqualTo(3);
        assertThat(repeated.position()).isEqualTo(first.position());
        assertThat(repeated.state()).isEqualTo(new Account(95, 4));
        assertThat(get(next.state("anna")).version()).isEqualTo(4);
    }

    @Test
    void aggregates_in_memory_are_within_their_bounds() {
        Aggregates<Command, Account> accounts =
                accounts(log, options().setHotAggregates(10).setOwners(1));
        List<Future<?>> calls = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 100; i++) {
                calls.add(accounts.execute("account-" + i, new Deposit(i)));
            }
            get(Future.all(calls));
        }
        assertThat(accounts.statistics().hot()).isEqualTo(10);
        assertThat(get(accounts.state("account-7")).state()).isEqualTo(new Account(14, 2));
        assertThat(accounts.statistics().rebuilt()).isGreaterThan(100);
        Aggregates<Command, Account> small =
                accounts(log, options().setHotBytes(5_000).setOwners(1));
        for (int i = 0; i < 100; i++) {
            get(small.state("account-" + i));
        }
        assertThat(small.statistics().hotBytes()).isBetween(1L, 5_000L);
    }

    @Test
    void bad_input_has_an_answer_with_its_values_and_others_go_on() {
        Aggregates<Command, Account> accounts = accounts();
        accepted(accounts.execute("anna", new Deposit(100)));
        for (String id : List.of("", "x".repeat(300), "a/b", "\ud800")) {
            assertThat(failure(accounts.execute(id, new Deposit(1)))).isInstanceOf(StrandlineException.Invalid.class);
            assertThat(failure(accounts.state(id))).isInstanceOf(StrandlineException.Invalid.class);
        }
        assertThat(failure(accounts.execute("x".repeat(300), new Deposit(1)))).hasMessageContaining("300");
        assertThat(failure(accounts.execute("a/b", new Deposit(1)))).hasMessageContaining("a/b");
        assertThat(failure(accounts.execute("anna", new Break("decide"))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("Break[where=decide]")
                .hasMessageContaining("anna")
                .hasMessageContaining("version 1")
                .hasRootCauseMessage("no decision");
        assertThat(failure(accounts.execute("anna", new Break("evolve"))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("Noted[text=evolve]")
                .hasRootCauseMessage("no evolution");
        assertThat(failure(accounts.execute("anna", new Break("size"))))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(failure(
                        accounts.execute("anna", new Deposit(1), new CommandOptions().setCommandId("x".repeat(300)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("300");
        assertThat(accepted(accounts.execute("anna", new Deposit(1))).version()).isEqualTo(2);
        assertThat(get(accounts.state("anna")).state()).isEqualTo(new Account(101, 2));
        assertThat(accounts.statistics().callsUnderWay()).isZero();
    }

    @Test
    void calls_above_the_limit_are_overloaded() {
        Aggregates<Command, Account> accounts = accounts(log, options().setMaxCalls(3));
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        run(() -> {
            for (int i = 0; i < 4; i++) {
                calls.add(accounts.execute("anna", new Deposit(1)));
            }
            return Future.succeededFuture();
        });
        // The first may be answered already: the last one of many is not.
        List<Future<Outcome<Account>>> many = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            many.add(accounts.execute("anna", new Deposit(1)));
        }
        get(Future.join(many).otherwiseEmpty());
        assertThat(many).anySatisfy(call -> assertThat(call.cause())
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("the limit is 3"));
        get(Future.join(calls).otherwiseEmpty());
        assertThat(accounts.statistics().callsUnderWay()).isZero();
    }

    @Test
    void aggregates_that_are_read_one_at_a_time_are_all_answered() {
        Aggregates<Command, Account> accounts = accounts();
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            calls.add(accounts.execute("account-" + i, new Deposit(i)));
        }
        get(Future.all(calls));
        reopen();
        Aggregates<Command, Account> next = accounts(log, options().setMaxRebuilds(1));
        List<Future<AggregateState<Account>>> states = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            states.add(next.state("account-" + i));
        }
        for (int i = 0; i < 100; i++) {
            assertThat(get(states.get(i))).isEqualTo(new AggregateState<>(new Account(i, 1), 1));
        }
        assertThat(next.statistics().rebuilt()).isEqualTo(100);
    }

    @Test
    void answers_come_on_the_context_of_the_caller() {
        Aggregates<Command, Account> accounts = accounts();
        List<Context> contexts = new ArrayList<>();
        run(() -> {
            contexts.add(Vertx.currentContext());
            Runnable note = () -> contexts.add(Vertx.currentContext());
            // Each part of the join ends after its note, which runs on a later turn than the answer.
            return Future.join(
                            accounts.execute("anna", new Deposit(1)).andThen(done -> note.run()),
                            accounts.execute("bert", new Withdraw(1)).andThen(done -> note.run()),
                            accounts.execute("anna", new Break("decide")).andThen(done -> note.run()),
                            accounts.state("anna").andThen(done -> note.run()))
                    .otherwiseEmpty();
        });
        assertThat(contexts).hasSize(5).doesNotContainNull().containsOnly(contexts.get(0));
    }

    @Test
    void the_name_of_the_stream_leaves_room_for_that_of_its_snapshots() {
        int most = StreamName.MAX_PART_LENGTH - "-snapshots".length();
        get(accounts(log, options().setStream("bank/" + "x".repeat(most))).close());
        assertThat(failure(
                        Aggregates.open(vertx, log, Bank.ACCOUNT, options().setStream("bank/" + "x".repeat(most + 1)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(String.valueOf(most + 1))
                .hasMessageContaining("the limit for aggregates is " + most);
    }

    @Test
    void what_is_closed_answers_what_is_under_way_and_nothing_more() {
        Aggregates<Command, Account> accounts = accounts();
        Future<Outcome<Account>> last = accounts.execute("anna", new Deposit(1));
        get(accounts.close());
        get(accounts.close());
        assertThat(last.isComplete()).isTrue();
        assertThat(failure(accounts.execute("anna", new Deposit(1))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("closed");
    }
}
