package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Event;
import io.strandline.processing.aggregate.Bank.Pay;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Snapshots: when they are written, what they spare, what they remember, and that nothing needs them. */
class AggregateSnapshotTest extends OnBankLog {

    private static AggregateOptions every(int events) {
        return options().setSnapshotEvents(events);
    }

    private static CommandOptions command(int number) {
        return new CommandOptions().setCommandId("c-" + number);
    }

    private static List<Outcome.Accepted<Account>> deposits(Aggregates<Command, Account> accounts, int from, int to) {
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        for (int i = from; i < to; i++) {
            calls.add(accounts.execute("anna", new Deposit(1), command(i)));
        }
        return calls.stream().map(OnBankLog::accepted).toList();
    }

    @Test
    void an_aggregate_begins_with_its_newest_snapshot() {
        Aggregates<Command, Account> accounts = accounts(log, every(10));
        deposits(accounts, 0, 25);
        assertThat(snapshots(2))
                .hasSize(2)
                .extracting(EventRecord::type)
                .extracting(Object::toString)
                .containsOnly("account v1");
        reopen();
        Aggregates<Command, Account> next = accounts(log, every(10));
        assertThat(get(next.state("anna"))).isEqualTo(new AggregateState<>(new Account(25, 25), 25));
        assertThat(next.statistics().rebuiltFromSnapshots()).isEqualTo(1);
        deposits(next, 25, 30);
        assertThat(snapshots(3)).hasSize(3);
    }

    @Test
    void a_repeated_command_has_the_first_outcome_from_a_snapshot_too() {
        Aggregates<Command, Account> accounts = accounts(log, every(10));
        List<Outcome.Accepted<Account>> first = deposits(accounts, 0, 20);
        snapshots(2);
        reopen();
        // Without the events before it: what the snapshot does not say is not known.
        Aggregates<Command, Account> next = accounts(log, every(10));
        for (int i = 4; i < 20; i++) {
            Outcome.Accepted<Account> again = accepted(next.execute("anna", new Deposit(1), command(i)));
            assertThat(again.repeated()).as("command %s", i).isTrue();
            assertThat(again.version()).isEqualTo(first.get(i).version());
            assertThat(again.position()).isEqualTo(first.get(i).position());
        }
        assertThat(next.statistics().rebuiltFromSnapshots()).isEqualTo(1);
        assertThat(get(next.state("anna")).version()).isEqualTo(20);
    }

    @Test
    void a_snapshot_is_of_durable_events_while_others_are_under_way() {
        Aggregates<Command, Account> accounts = accounts(log, every(7).setOwners(1));
        for (int round = 0; round < 20; round++) {
            deposits(accounts, round * 50, round * 50 + 50);
            Aggregates<Command, Account> next = accounts(log, every(7).setOwners(1));
            long version = 50L * (round + 1);
            assertThat(get(next.state("anna")))
                    .isEqualTo(new AggregateState<>(new Account(version, (int) version), version));
            accounts = next;
        }
    }

    @Test
    void snapshots_are_written_by_bytes_too() {
        Aggregates<Command, Account> accounts =
                accounts(log, options().setSnapshotEvents(0).setSnapshotBytes(200));
        for (int i = 0; i < 30; i++) {
            accepted(accounts.execute("anna", new Deposit(1_000_000)));
        }
        get(accounts.close());
        int written = (int) accounts.statistics().snapshots();
        assertThat(snapshots(written)).hasSizeBetween(2, 5).hasSize(written);
    }

    /** The log as one sees it for whom each look into a history takes 20 ms at least. */
    private Strandline slow() {
        return other((LogPort) Proxy.newProxyInstance(
                LogPort.class.getClassLoader(), new Class<?>[] {LogPort.class}, (proxy, method, arguments) -> {
                    boolean isSlow = method.getName().equals("history");
                    return isSlow
                            ? vertx.timer(20, TimeUnit.MILLISECONDS)
                                    .compose(due -> (Future<?>) invoked(method, arguments))
                            : method.invoke(port, arguments);
                }));
    }

    private Object invoked(Method method, Object[] arguments) {
        try {
            return method.invoke(port, arguments);
        } catch (ReflectiveOperationException e) {
            return Future.failedFuture(e);
        }
    }

    @Test
    void an_aggregate_that_took_long_to_rebuild_is_written_as_it_was_read() {
        AggregateOptions byTime =
                options().setSnapshotEvents(0).setSnapshotBytes(0).setSnapshotRebuildMillis(10);
        deposits(accounts(log, byTime.setSnapshotRebuildMillis(3_600_000)), 0, 20);
        Aggregates<Command, Account> first = accounts(slow(), byTime.setSnapshotRebuildMillis(10));
        assertThat(get(first.state("anna")).version()).isEqualTo(20);
        assertThat(snapshots(1)).hasSize(1);
        Aggregates<Command, Account> second = accounts(slow(), byTime);
        assertThat(get(second.state("anna"))).isEqualTo(new AggregateState<>(new Account(20, 20), 20));
        assertThat(accepted(second.execute("anna", new Deposit(1), command(19))).repeated())
                .isTrue();
        assertThat(second.statistics().rebuiltFromSnapshots()).isEqualTo(1);
        get(second.close());
        assertThat(second.statistics().snapshots()).as("it had all events").isZero();
        assertThat(snapshots(1)).hasSize(1);
    }

    /** The command waits for the aggregate that it rests on, which is its own, and is decided in the turn in which that is rebuilt. */
    @Test
    void a_snapshot_after_a_rebuild_is_of_what_was_read_though_a_command_is_decided_at_once() {
        AggregateOptions byTime =
                options().setSnapshotEvents(0).setSnapshotBytes(0).setSnapshotRebuildMillis(3_600_000);
        deposits(accounts(log, byTime), 0, 20);
        Aggregates<Command, Account> slow = accounts(slow(), byTime.setSnapshotRebuildMillis(10));
        CommandOptions restsOnItself = new CommandOptions().requireNoEvent("anna", "withdrawn", 20);
        assertThat(accepted(slow.execute("anna", new Deposit(1), restsOnItself)).version())
                .isEqualTo(21);
        assertThat(snapshots(1)).hasSize(1);
        Aggregates<Command, Account> next = accounts(log, byTime.setSnapshotRebuildMillis(0));
        assertThat(get(next.state("anna"))).isEqualTo(new AggregateState<>(new Account(21, 21), 21));
        assertThat(next.statistics().rebuiltFromSnapshots()).isEqualTo(1);
    }

    @Test
    void a_state_that_cannot_be_stored_is_tried_ever_more_rarely() {
        StateCodec codec = new StateCodec(1);
        codec.fails = true;
        Aggregates<Command, Account> accounts = get(Aggregates.open(vertx, log, codec.accounts(), every(10)));
        deposits(accounts, 0, 1_000);
        assertThat(codec.asked).as("after 10, 30, 70, 150, 310, 630").hasValue(6);
        codec.fails = false;
        deposits(accounts, 1_000, 1_300);
        get(accounts.close());
        assertThat(codec.asked).as("and 1270, 1280, 1290, 1300").hasValue(10);
        assertThat(accounts.statistics().snapshotsSkipped()).isEqualTo(6);
        assertThat(accounts.statistics().snapshots()).isEqualTo(4);
    }

    @Test
    void a_state_that_is_too_large_for_a_snapshot_counts_with_its_size() {
        StateCodec codec = new StateCodec(2 << 20);
        Aggregates<Command, Account> accounts = get(Aggregates.open(vertx, log, codec.accounts(), every(10)));
        deposits(accounts, 0, 35);
        get(accounts.state("anna"));
        assertThat(codec.asked).hasValue(2);
        assertThat(accounts.statistics().hotBytes()).isBetween(2L << 20, 3L << 20);
        assertThat(accounts.statistics().snapshotsSkipped()).isEqualTo(2);
    }

    /** Takes states of one size, or none, and counts how often it is asked to. */
    private static final class StateCodec implements EventCodec<Account> {

        private final AtomicInteger asked = new AtomicInteger();
        private final byte[] bytes;
        private volatile boolean fails;

        StateCodec(int size) {
            this.bytes = new byte[size];
        }

        Aggregate<Command, Event, Account> accounts() {
            return Bank.definition().snapshots(this).build();
        }

        @Override
        public EventType typeOf(Account state) {
            return new EventType("account", 1);
        }

        @Override
        public void encode(Account state, PayloadOutput out) {
            asked.incrementAndGet();
            if (fails) {
                throw new IllegalStateException("not " + state);
            }
            out.write(bytes, 0, bytes.length);
        }

        @Override
        public Account decode(EventType type, byte[] stored, int from, int length) {
            throw new IllegalStateException("nobody reads it");
        }
    }

    @Test
    void a_snapshot_of_another_schema_is_ignored_and_counted() {
        deposits(accounts(log, every(10)), 0, 25);
        snapshots(2);
        reopen();
        Aggregate<Command, Event, Account> other =
                Bank.definition().snapshots(2, Account.class).build();
        Aggregates<Command, Account> next = get(Aggregates.open(vertx, log, other, every(10)));
        assertThat(get(next.state("anna"))).isEqualTo(new AggregateState<>(new Account(25, 25), 25));
        assertThat(next.statistics().snapshotsUnreadable()).isEqualTo(2);
        assertThat(next.statistics().rebuiltFromSnapshots()).isZero();
        accepted(next.execute("anna", new Deposit(1)));
        Aggregate<Command, Event, Account> older = Bank.ACCOUNT;
        Aggregates<Command, Account> back = get(Aggregates.open(vertx, log, older, every(10)));
        assertThat(get(back.state("anna")).version()).isEqualTo(26);
        assertThat(back.statistics().rebuiltFromSnapshots())
                .as("the newest that can be read")
                .isEqualTo(1);
    }

    @Test
    void a_snapshot_whose_event_is_not_there_is_ignored() {
        deposits(accounts(log, every(10)), 0, 10);
        assertThat(snapshots(1)).hasSize(1);
        get(log.catalog().deleteStream(ACCOUNTS));
        Aggregates<Command, Account> next = accounts(log, every(100));
        accepted(next.execute("anna", new Pay(0, 0)));
        Aggregates<Command, Account> again = accounts(log, every(100));
        assertThat(get(again.state("anna"))).isEqualTo(new AggregateState<>(new Account(0, 2), 2));
        assertThat(again.statistics().snapshotsUnreadable()).isEqualTo(1);
    }

    @Test
    void nothing_needs_the_snapshots() {
        deposits(accounts(log, every(10)), 0, 25);
        get(log.catalog().deleteStream(SNAPSHOTS));
        reopen();
        Aggregates<Command, Account> next = accounts(log, every(10));
        assertThat(get(next.state("anna")).version()).isEqualTo(25);
        deposits(next, 25, 26);
        assertThat(snapshots(1)).hasSize(1);
    }

    @Test
    void an_event_that_cannot_be_read_fails_its_aggregate_alone() {
        accepted(accounts().execute("bert", new Deposit(1)));
        long partition = history(ACCOUNTS, "bert").get(0).partition();
        run(() -> log.createWriter(ACCOUNTS, new UnknownEvent(), new WriterOptions().setClaim(partition))
                .compose(writer -> writer.append("bert", "x").compose(done -> writer.end())));
        Aggregates<Command, Account> next = accounts();
        assertThat(failure(next.state("bert")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("bert")
                .hasMessageContaining("unknown v4");
        assertThat(failure(next.execute("bert", new Deposit(1)))).isInstanceOf(StrandlineException.Invalid.class);
        accepted(next.execute("anna", new Deposit(1)));
        assertThat(next.statistics().callsUnderWay()).isZero();
    }

    /** Events of a type that no account knows. */
    private static final class UnknownEvent implements EventCodec<String> {

        @Override
        public EventType typeOf(String event) {
            return new EventType("unknown", 4);
        }

        @Override
        public void encode(String event, PayloadOutput out) {
            out.write(1);
        }

        @Override
        public String decode(EventType type, byte[] bytes, int from, int length) {
            return "";
        }
    }
}
