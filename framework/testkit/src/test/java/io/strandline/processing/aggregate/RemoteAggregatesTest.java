package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.log.Applications;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Break;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Deposited;
import io.strandline.processing.aggregate.Bank.NoCover;
import io.strandline.processing.aggregate.Bank.Pay;
import io.strandline.processing.aggregate.Bank.Touch;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.strandline.processing.aggregate.FaultyPort.Fate;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Aggregates that are called over the event bus: answers, failures, and owners that take over. */
class RemoteAggregatesTest extends OnBankLog {

    private static final String ADDRESS = "bank.accounts";

    private static AggregateOptions served() {
        return options().setAddress(ADDRESS);
    }

    private static AggregateClientOptions client() {
        return new AggregateClientOptions().setAddress(ADDRESS).setStream(ACCOUNTS);
    }

    private Aggregates<Command, Account> open(AggregateOptions options) {
        return get(Aggregates.open(vertx, other(port), Bank.REACHABLE, options));
    }

    private Aggregates<Command, Account> connect(AggregateClientOptions options) {
        return get(Aggregates.connect(vertx, Bank.REACHABLE, options));
    }

    // ---- answers

    @Test
    void every_kind_of_answer_is_that_of_the_owner() {
        Aggregates<Command, Account> owner = open(served());
        Aggregates<Command, Account> remote = connect(client());
        CommandOptions once =
                new CommandOptions().setCommandId("c-1").setExpectedVersion(0L).setUser("anna");
        Outcome.Accepted<Account> first = accepted(remote.execute("anna", new Deposit(100), once));
        assertThat(first)
                .isEqualTo(new Outcome.Accepted<>(
                        new Account(100, 1), 1, List.of(new Deposited(100)), first.position(), false));
        assertThat(first.position().stream()).isEqualTo(StreamName.parse(ACCOUNTS));
        assertThat(first.position().offsets()).hasSize(1);
        assertThat(history(ACCOUNTS, "anna").get(0).headers().text("user")).isEqualTo("anna");
        Outcome.Accepted<Account> repeated = accepted(remote.execute("anna", new Deposit(100), once));
        assertThat(repeated).isEqualTo(accepted(owner.execute("anna", new Deposit(100), once)));
        assertThat(repeated.repeated()).isTrue();
        for (Command command : List.of(new Withdraw(101), new Pay(100, 1), new Touch())) {
            assertThat(get(remote.execute("anna", command))).isEqualTo(get(owner.execute("anna", command)));
        }
        assertThat(get(remote.execute("anna", new Withdraw(101))))
                .isEqualTo(new Outcome.Rejected<>(new Account(100, 1), 1, new NoCover(100)));
        assertThat(accepted(remote.execute("anna", new Pay(10, 1))).events()).hasSize(2);
        assertThat(get(remote.execute("bert", new Touch()))).isEqualTo(get(owner.execute("bert", new Touch())));
        assertThat(get(remote.state("anna"))).isEqualTo(new AggregateState<>(new Account(89, 3), 3));
        assertThat(get(remote.hasExecuted("anna", "c-1"))).isTrue();
        assertThat(get(remote.hasExecuted("bert", "c-1"))).isFalse();
        AggregateStatistics statistics = remote.statistics();
        assertThat(statistics.accepted()).isEqualTo(2);
        assertThat(statistics.repeated()).isEqualTo(1);
        assertThat(statistics.rejected()).isEqualTo(3);
        assertThat(statistics.callsUnderWay()).isZero();
    }

    @Test
    void commands_of_one_caller_are_decided_in_their_order() {
        open(served().setOwners(2));
        Aggregates<Command, Account> remote = connect(client());
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        run(() -> {
            for (int i = 0; i < 200; i++) {
                calls.add(remote.execute(
                        "account-" + i % 3, new Deposit(1), new CommandOptions().setExpectedVersion((long) (i / 3))));
            }
            return Future.succeededFuture();
        });
        calls.forEach(OnBankLog::accepted);
    }

    @Test
    void a_burst_of_calls_is_taken_whole_and_in_order() {
        open(served());
        Aggregates<Command, Account> remote = connect(client().setRequestTimeoutMillis(30_000));
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        run(() -> {
            for (long version = 0; version < 5_000; version++) {
                calls.add(remote.execute("anna", new Deposit(1), new CommandOptions().setExpectedVersion(version)));
            }
            return Future.succeededFuture();
        });
        calls.forEach(OnBankLog::accepted);
        assertThat(remote.statistics().accepted()).isEqualTo(5_000);
    }

    // ---- failures

    @Test
    void failures_keep_their_kinds_and_messages() {
        Aggregates<Command, Account> owner = open(served());
        Aggregates<Command, Account> remote = connect(client());
        CommandOptions wrong = new CommandOptions().setExpectedVersion(7L);
        assertThat(failure(remote.execute("anna", new Deposit(1), wrong)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessage(
                        failure(owner.execute("anna", new Deposit(1), wrong)).getMessage());
        for (String where : List.of("decide", "evolve", "size")) {
            assertThat(failure(remote.execute("anna", new Break(where))))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessage(failure(owner.execute("anna", new Break(where))).getMessage());
        }
        for (String id : List.of("", "a/b", "x".repeat(201), "x".repeat(70_000))) {
            assertThat(failure(remote.state(id))).isInstanceOf(StrandlineException.Invalid.class);
            assertThat(failure(remote.hasExecuted(id, "c-1"))).isInstanceOf(StrandlineException.Invalid.class);
            assertThat(failure(remote.execute(id, new Touch()))).isInstanceOf(StrandlineException.Invalid.class);
        }
        assertThat(failure(remote.execute("anna", new Touch(), new CommandOptions().setCommandId(""))))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(get(remote.state("anna")).version()).isZero();
        assertThat(remote.statistics().callsUnderWay()).isZero();
    }

    @Test
    void calls_above_a_limit_are_refused_on_either_side() {
        FaultyPort faulty = new FaultyPort(port);
        get(Aggregates.open(vertx, other(faulty.asPort()), Bank.REACHABLE, served().setMaxCalls(1)));
        Aggregates<Command, Account> remote = connect(client());
        Aggregates<Command, Account> small = connect(client().setMaxCalls(1));
        accepted(remote.execute("anna", new Deposit(1)));
        faulty.fate(Fate.HELD);
        Future<Outcome<Account>> first = small.execute("anna", new Deposit(1));
        assertThat(failure(small.state("anna")))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("at " + ADDRESS)
                .hasMessageContaining("the limit is 1");
        assertThat(failure(remote.state("anna")))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("the limit is 1");
        faulty.release();
        accepted(first);
        faulty.fate(Fate.TAKEN);
        assertThat(get(small.state("anna")).version()).isEqualTo(2);
    }

    @Test
    void bytes_above_the_limit_are_refused_and_given_back() {
        open(served().setMaxServedBytes(1 << 20));
        Aggregates<Command, Account> remote = connect(client());
        for (int i = 0; i < 3; i++) {
            assertThat(failure(remote.execute("anna", new Break("x".repeat(1 << 20)))))
                    .isInstanceOf(StrandlineException.Overloaded.class)
                    .hasMessageContaining("the limit is 1048576");
        }
        for (int i = 0; i < 4; i++) {
            accepted(remote.execute("anna", new Break("x".repeat(600_000))));
        }
    }

    @Test
    void a_command_without_an_answer_is_unknown_and_a_query_unavailable() {
        vertx.eventBus().consumer(ADDRESS, silent -> {});
        Aggregates<Command, Account> remote = connect(client().setRequestTimeoutMillis(50));
        assertThat(failure(remote.execute("anna", new Deposit(1))))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("within 50 ms");
        assertThat(failure(remote.state("anna"))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(remote.statistics().callsUnderWay()).isZero();
    }

    @Test
    void an_answer_that_cannot_be_read_is_no_answer() {
        AtomicReference<Object> answer = new AtomicReference<>("text");
        vertx.eventBus().consumer(ADDRESS, message -> message.reply(answer.get()));
        Aggregates<Command, Account> remote = connect(client());
        for (Object bad :
                List.of("text", Buffer.buffer(), Buffer.buffer(new byte[] {1, 9}), Buffer.buffer(new byte[99]))) {
            answer.set(bad);
            assertThat(failure(remote.execute("anna", new Deposit(1))))
                    .isInstanceOf(StrandlineException.Unknown.class)
                    .hasMessageContaining("cannot be read");
            for (Future<?> query : List.of(remote.state("anna"), remote.hasExecuted("anna", "c-1"))) {
                assertThat(failure(query))
                        .isInstanceOf(StrandlineException.Unavailable.class)
                        .hasMessageContaining("cannot be read");
            }
        }
    }

    @Test
    void messages_that_are_no_calls_are_refused_and_harm_nobody() {
        open(served());
        Aggregates<Command, Account> remote = connect(client());
        accepted(remote.execute("anna", new Deposit(1)));
        for (Object bad : List.of("text", new JsonObject(), Buffer.buffer(), Buffer.buffer(new byte[] {1, 1, 0, 9}))) {
            Throwable refused = get(vertx.eventBus()
                    .request(ADDRESS, bad)
                    .map(reply -> (Throwable) new AssertionError("answered"))
                    .recover(Future::succeededFuture));
            assertThat(refused)
                    .isInstanceOf(ReplyException.class)
                    .hasMessageContaining("a call of aggregate account cannot be read");
            assertThat(((ReplyException) refused).failureType()).isEqualTo(ReplyFailure.RECIPIENT_FAILURE);
            vertx.eventBus().publish(ADDRESS + ".owners", bad);
        }
        vertx.eventBus().publish(ADDRESS + ".owners", notice("bank/others", Long.MAX_VALUE));
        vertx.eventBus().publish(ADDRESS + ".owners", notice(ACCOUNTS, 0));
        assertThat(get(remote.state("anna")).version()).isEqualTo(1);
    }

    private static Buffer notice(String stream, long generation) {
        return Buffer.buffer(new byte[] {1, 0, (byte) stream.length()})
                .appendString(stream)
                .appendLong(generation);
    }

    /** How a message at the address fails. */
    private ReplyFailure failureOfAMessage() {
        return get(vertx.eventBus()
                .request(ADDRESS, "text")
                .map(ReplyFailure.ERROR)
                .recover(failed -> Future.succeededFuture(((ReplyException) failed).failureType())));
    }

    @Test
    void calls_for_other_aggregates_are_not_taken() {
        open(served());
        AggregateClientOptions others = client().setStream("bank/others");
        Applications.atSomePace("refused", 50, millis -> {
            Aggregates<Command, Account> strayed =
                    connect(new AggregateClientOptions(others).setRequestTimeoutMillis(millis));
            StrandlineException refused = failure(strayed.execute("anna", new Deposit(1)));
            if (refused instanceof StrandlineException.Unknown) {
                return false; // the answer to the last attempt was late
            }
            assertThat(refused)
                    .isInstanceOf(StrandlineException.NotOwner.class)
                    .hasMessageContaining("bank/others")
                    .hasMessageContaining(ACCOUNTS);
            return true;
        });
        assertThat(get(connect(client()).state("anna")).version()).isZero();
    }

    // ---- owners that come and go

    @Test
    void calls_wait_for_an_owner_that_is_away() {
        Aggregates<Command, Account> remote = connect(client());
        Future<Outcome<Account>> early = remote.execute("anna", new Deposit(1));
        open(served());
        accepted(early);
        Aggregates<Command, Account> hasty =
                connect(client().setAddress("nobody").setRequestTimeoutMillis(50));
        for (Future<?> call : List.of(hasty.execute("anna", new Deposit(1)), hasty.state("anna"))) {
            assertThat(failure(call))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("no owner of " + ACCOUNTS + " took a call at nobody");
        }
    }

    @Test
    void callers_notice_nothing_while_owners_take_over_from_each_other() {
        Aggregates<Command, Account> owner = open(served());
        Aggregates<Command, Account> remote = connect(client().setRequestTimeoutMillis(30_000));
        int sent = 0;
        for (int round = 0; round < 5; round++) {
            List<Future<Outcome<Account>>> calls = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                calls.add(remote.execute("account-" + i % 4, new Deposit(1)));
                sent++;
            }
            Aggregates<Command, Account> next = open(served());
            for (int i = 0; i < 40; i++) {
                calls.add(remote.execute("account-" + i % 4, new Deposit(1)));
                sent++;
            }
            get(owner.close());
            calls.forEach(OnBankLog::accepted);
            owner = next;
        }
        long total = 0;
        for (int i = 0; i < 4; i++) {
            total += get(remote.state("account-" + i)).state().balance();
        }
        assertThat(total).isEqualTo(sent);
    }

    @Test
    void callers_notice_nothing_while_an_owner_closes_and_opens_again() {
        Aggregates<Command, Account> owner = open(served());
        Aggregates<Command, Account> remote = connect(client().setRequestTimeoutMillis(30_000));
        int sent = 0;
        for (int round = 0; round < 10; round++) {
            List<Future<Outcome<Account>>> calls = new ArrayList<>();
            Future<Void> closed = Future.succeededFuture();
            for (int i = 0; i < 60; i++) {
                calls.add(remote.execute("anna", new Deposit(1)));
                closed = i == 30 ? owner.close() : closed;
                sent++;
            }
            get(closed);
            owner = open(served());
            calls.forEach(OnBankLog::accepted);
        }
        assertThat(get(remote.state("anna")).state().balance()).isEqualTo(sent);
    }

    @Test
    void an_owner_that_was_taken_over_takes_no_calls_any_more() {
        Aggregates<Command, Account> old = open(served());
        accepted(connect(client()).execute("anna", new Deposit(1)));
        // Without an address: the earlier owner is not told.
        Aggregates<Command, Account> next = open(options());
        Aggregates<Command, Account> remote = connect(client().setRequestTimeoutMillis(1_000));
        assertThat(failure(remote.execute("anna", new Deposit(1))))
                .isInstanceOfAny(StrandlineException.NotOwner.class, StrandlineException.Unavailable.class);
        assertThat(failure(remote.state("anna"))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failure(old.state("anna"))).isInstanceOf(StrandlineException.Fenced.class);
        accepted(next.execute("anna", new Deposit(1)));
        open(served());
        assertThat(accepted(connect(client()).execute("anna", new Deposit(1))).version())
                .isEqualTo(3);
    }

    @Test
    void an_earlier_owner_is_told_and_takes_no_calls_any_more() {
        open(served());
        get(open(served()).close());
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (failureOfAMessage() != ReplyFailure.NO_HANDLERS) {
            assertThat(System.nanoTime())
                    .as("the earlier owner still takes calls")
                    .isLessThan(deadline);
        }
    }

    // ---- ends

    @Test
    void a_client_that_is_closed_answers_what_is_under_way_and_takes_no_more() {
        FaultyPort faulty = new FaultyPort(port);
        get(Aggregates.open(vertx, other(faulty.asPort()), Bank.REACHABLE, served()));
        Aggregates<Command, Account> remote = connect(client());
        faulty.fate(Fate.HELD);
        Future<Outcome<Account>> underWay = remote.execute("anna", new Deposit(1));
        Future<Void> closed = remote.close();
        assertThat(failure(remote.state("anna")))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("are closed");
        assertThat(closed.isComplete()).isFalse();
        faulty.release();
        accepted(underWay);
        get(closed);
        get(remote.close());
    }

    @Test
    void what_a_verticle_connected_closes_when_it_is_undeployed() {
        open(served());
        AtomicReference<@Nullable Aggregates<Command, Account>> connected = new AtomicReference<>();
        String id = get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                return Aggregates.connect(vertx, Bank.REACHABLE, client()).onSuccess(connected::set);
            }
        }));
        Aggregates<Command, Account> remote = Objects.requireNonNull(connected.get());
        accepted(remote.execute("anna", new Deposit(1)));
        get(vertx.undeploy(id));
        assertThat(failure(remote.state("anna"))).isInstanceOf(StrandlineException.Unavailable.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = ThreadingModel.class,
            names = {"EVENT_LOOP", "WORKER"})
    void a_call_ends_although_the_verticle_that_made_it_does_not_wait(ThreadingModel threads) {
        vertx.eventBus().consumer("silent", silent -> {});
        for (String address : List.of("nobody", "silent")) {
            Aggregates<Command, Account> remote =
                    connect(client().setAddress(address).setRequestTimeoutMillis(300));
            Promise<Future<?>> made = Promise.promise();
            String id = get(vertx.deployVerticle(
                    new VerticleBase() {
                        @Override
                        public Future<?> start() {
                            made.complete(remote.execute("anna", new Deposit(1)));
                            return Future.succeededFuture();
                        }
                    },
                    new DeploymentOptions().setThreadingModel(threads)));
            get(vertx.undeploy(id));
            get(remote.close());
            assertThat(remote.statistics().callsUnderWay()).isZero();
            assertThat(failure(get(made.future())))
                    .isInstanceOfAny(StrandlineException.Unavailable.class, StrandlineException.Unknown.class);
        }
    }

    @Test
    void a_call_that_nobody_takes_does_not_keep_vertx_from_closing() {
        Vertx own = Vertx.vertx();
        Aggregates<Command, Account> remote =
                get(Aggregates.connect(own, Bank.REACHABLE, client().setRequestTimeoutMillis(3_600_000)));
        Promise<Throwable> failed = Promise.promise();
        remote.execute("anna", new Deposit(1)).onFailure(failed::complete);
        get(own.close());
        assertThat(get(failed.future())).isInstanceOf(StrandlineException.Unavailable.class);
    }

    // ---- options

    @Test
    void bad_options_are_refused() {
        assertThat(failure(Aggregates.open(vertx, log, Bank.ACCOUNT, served())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("commands have no names");
        Aggregate<Command, Bank.Event, Account> stateless =
                Bank.named(Bank.definition()).build();
        assertThat(failure(Aggregates.connect(vertx, stateless, client())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("states have no codec");
        for (AggregateClientOptions bad : List.of(
                client().setAddress(null),
                client().setAddress(" "),
                client().setStream(null),
                client().setStream("accounts"),
                client().setRequestTimeoutMillis(0),
                client().setMaxCalls(0))) {
            assertThat(failure(Aggregates.connect(vertx, Bank.REACHABLE, bad)))
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
        for (AggregateOptions bad : List.of(served().setAddress(" "), served().setMaxServedBytes(1))) {
            assertThat(failure(Aggregates.open(vertx, log, Bank.REACHABLE, bad)))
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
        AggregateClientOptions copy =
                new AggregateClientOptions(client().setRequestTimeoutMillis(7).setMaxCalls(8));
        assertThat(copy.toJson())
                .isEqualTo(new JsonObject()
                        .put("address", ADDRESS)
                        .put("stream", ACCOUNTS)
                        .put("requestTimeoutMillis", 7L)
                        .put("maxCalls", 8));
        AggregateOptions open = new AggregateOptions(served().setMaxServedBytes(2 << 20));
        assertThat(open.getAddress()).isEqualTo(ADDRESS);
        assertThat(open.getMaxServedBytes()).isEqualTo(2 << 20);
    }
}
