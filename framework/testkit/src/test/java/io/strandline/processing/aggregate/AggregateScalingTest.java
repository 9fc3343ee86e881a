package io.strandline.processing.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.log.Applications;
import io.strandline.processing.aggregate.Bank.Account;
import io.strandline.processing.aggregate.Bank.Command;
import io.strandline.processing.aggregate.Bank.Deposit;
import io.strandline.processing.aggregate.Bank.Withdraw;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Partitions are split and merged under commands: callers notice nothing. */
class AggregateScalingTest extends OnBankLog {

    private static final int IDS = 20;

    /** Sends commands one after the other for each id, many under way, until it is told to stop. */
    private final class Load {

        private final Aggregates<Command, Account> accounts;
        private final Context context = ((VertxInternal) vertx).createEventLoopContext();
        private final Promise<Long> ended = Promise.promise();
        private final long[] sent = new long[IDS];
        private int underWay;
        private volatile boolean stopping;

        Load(Aggregates<Command, Account> accounts) {
            this.accounts = accounts;
            context.runOnContext(ignored -> {
                for (int i = 0; i < IDS; i++) {
                    for (int window = 0; window < 8; window++) {
                        send(i);
                    }
                }
            });
        }

        private void send(int id) {
            long version = ++sent[id];
            underWay++;
            accounts.execute("account-" + id, new Deposit(1), new CommandOptions().setExpectedVersion(version - 1))
                    .onComplete((outcome, cause) -> {
                        underWay--;
                        if (cause != null) {
                            ended.tryFail(cause);
                        } else if (outcome.version() != version) {
                            ended.tryFail(
                                    new AssertionError("account-" + id + ": " + outcome + ", expected " + version));
                        } else if (!stopping) {
                            send(id);
                        } else if (underWay == 0) {
                            long all = 0;
                            for (long one : sent) {
                                all += one;
                            }
                            ended.tryComplete(all);
                        }
                    });
        }

        long stop() {
            stopping = true;
            return get(ended.future());
        }
    }

    private StreamDescription described() {
        return get(log.catalog().describe(ACCOUNTS));
    }

    private Set<Long> partitions() {
        Set<Long> ids = new TreeSet<>();
        described().partitions().forEach(partition -> ids.add(partition.id()));
        return ids;
    }

    private long balances(Aggregates<Command, Account> accounts) {
        long total = 0;
        for (int i = 0; i < IDS; i++) {
            total += get(accounts.state("account-" + i)).state().balance();
        }
        return total;
    }

    @Test
    void commands_go_on_in_their_order_through_splits_and_merges() {
        Aggregates<Command, Account> accounts =
                accounts(log, options().setSnapshotEvents(20).setOwners(2));
        Load load = new Load(accounts);
        for (int round = 0; round < 3; round++) {
            get(log.catalog().scale(ACCOUNTS, partitions(), KeyRange.equalRanges(4)));
            get(log.catalog().scale(ACCOUNTS, partitions(), KeyRange.equalRanges(3)));
            get(log.catalog().scale(ACCOUNTS, partitions(), List.of(KeyRange.ALL)));
            assertThat(get(accounts.execute("round", new Deposit(1))).version()).isEqualTo(round + 1);
        }
        long sent = load.stop();
        assertThat(balances(accounts)).isEqualTo(sent);
        assertThat(accounts.statistics().callsUnderWay()).isZero();
        reopen();
        assertThat(balances(accounts())).isEqualTo(sent);
    }

    @Test
    void an_owner_at_rest_learns_of_a_scaling_by_its_next_call() {
        Aggregates<Command, Account> accounts = accounts();
        accepted(accounts.execute("anna", new Deposit(10)));
        PartitionDescription first = described().partitions().get(0);
        get(log.catalog().scale(ACCOUNTS, Set.of(first.id()), first.keys().halves()));
        get(log.catalog().scale(ACCOUNTS, partitions(), KeyRange.equalRanges(2)));
        List<Future<?>> answers = new ArrayList<>();
        for (int i = 0; i < IDS; i++) {
            answers.add(accounts.state("account-" + i));
        }
        get(Future.all(answers));
        assertThat(get(accounts.execute("anna", new Withdraw(11))).isAccepted()).isFalse();
        assertThat(get(accounts.state("anna")).state()).isEqualTo(new Account(10, 1));
    }

    /** After a merge a call goes from the context of its key to that of the owner, and the close goes there at once. */
    @Test
    void a_call_that_meets_the_close_on_its_way_to_another_owner_is_answered() {
        Aggregates<Command, Account> accounts = accounts(log, options().setOwners(2));
        Map<String, Thread> entries = new HashMap<>();
        for (int i = 0; i < IDS; i++) {
            entries.put("account-" + i, ownerOf(accounts, "account-" + i));
        }
        get(log.catalog().scale(ACCOUNTS, partitions(), List.of(KeyRange.ALL)));
        accepted(accounts.execute("account-0", new Deposit(1)));
        Thread owner = ownerOf(accounts, "account-0");
        String far = entries.keySet().stream()
                .filter(id -> entries.get(id) != owner)
                .findFirst()
                .orElseThrow();
        accepted(accounts.execute(far, new Deposit(1)));
        CountDownLatch busy = new CountDownLatch(1);
        contextOf(Objects.requireNonNull(entries.get(far))).runOnContext(turn -> await(busy));
        Future<Outcome<Account>> call = accounts.execute(far, new Deposit(1));
        Future<Void> closed = accounts.close();
        awaitLetGo(accounts);
        busy.countDown();
        assertThat(failure(call)).isInstanceOf(StrandlineException.Unavailable.class);
        get(closed);
        assertThat(accounts.statistics().callsUnderWay()).isZero();
    }

    /**
     * Two owners. Keys that enter at the second are owned by the first, after a merge, and go back to the second by another one. Calls
     * for them are on their way at the first while later calls could go straight to the second.
     */
    @Test
    void calls_keep_their_order_while_their_keys_go_back_to_the_context_at_which_they_enter() {
        GatedPort gated = new GatedPort(port);
        Aggregates<Command, Account> accounts =
                accounts(other(gated.asPort()), options().setOwners(2));
        StreamDescription halves = described();
        List<KeyRange> quarters = KeyRange.equalRanges(4);
        KeyRange middle = new KeyRange(quarters.get(1).from(), quarters.get(2).to());
        get(log.catalog().scale(ACCOUNTS, partitions(), List.of(quarters.get(0), middle, quarters.get(3))));
        StreamDescription thirds = described();
        String second = idIn(halves, 0, thirds, 1);
        String third = idIn(halves, 1, thirds, 1);
        String fourth = idIn(halves, 1, thirds, 2);
        Thread first = ownerOf(accounts, second); // it is the first to know the middle
        Thread entry = ownerOf(accounts, fourth);
        assertThat(ownerOf(accounts, third)).isSameAs(first).isNotSameAs(entry);
        get(log.catalog().scale(ACCOUNTS, partitions(), KeyRange.equalRanges(2)));
        accepted(accounts.execute(fourth, new Deposit(1))); // the second owner is the first to know the upper half

        gated.shutExit("describe");
        List<Future<Outcome<Account>>> calls = new ArrayList<>();
        calls.add(next(accounts, third, 1));
        Applications.until(vertx, "it asks who took over", () -> gated.hasHeld("describe"));
        Context firstContext = contextOf(first);
        Context entryContext = contextOf(entry);
        CountDownLatch opened = new CountDownLatch(1);
        CountDownLatch sent = new CountDownLatch(1);
        CountDownLatch handedOn = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(1);
        firstContext.runOnContext(turn -> {
            gated.open("describe");
            firstContext.runOnContext(after -> {
                handedOn.countDown();
                await(busy);
            });
            opened.countDown();
            await(sent);
        });
        await(opened);
        calls.add(next(accounts, third, 2));
        awaitTurn(entryContext); // it is on its way to the first owner
        sent.countDown();
        await(handedOn);
        awaitTurn(entryContext);
        calls.add(next(accounts, third, 3));
        awaitTurn(entryContext);
        busy.countDown();
        calls.forEach(AggregateScalingTest::accepted);
        assertThat(ownerOf(accounts, third)).isSameAs(entry);
    }

    /** Refused if one before it is not decided. */
    private static Future<Outcome<Account>> next(Aggregates<Command, Account> accounts, String id, long version) {
        return accounts.execute(id, new Deposit(1), new CommandOptions().setExpectedVersion(version));
    }

    /** An id of a partition of one description that is in a partition of another one too, each by its place. */
    private static String idIn(StreamDescription one, int place, StreamDescription other, int otherPlace) {
        for (int i = 0; ; i++) {
            String id = "account-" + i;
            if (one.partitionOf(id).equals(one.partitions().get(place))
                    && other.partitionOf(id).equals(other.partitions().get(otherPlace))) {
                return id;
            }
        }
    }

    /** All that the context was to do before is done. */
    private static void awaitTurn(Context context) {
        get(Applications.start(context, Future::succeededFuture));
    }

    /** The thread on which the owner of an id decides. */
    private static Thread ownerOf(Aggregates<Command, Account> accounts, String id) {
        AtomicReference<Thread> thread = new AtomicReference<>();
        accepted(accounts.execute(id, new Deposit(1), new CommandOptions(), () -> {
            thread.set(Thread.currentThread());
            return Future.succeededFuture();
        }));
        return Objects.requireNonNull(thread.get());
    }

    private Context contextOf(Thread thread) {
        for (int i = 0; i < 10 * VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE; i++) {
            Context context = ((VertxInternal) vertx).createEventLoopContext();
            if (get(Applications.start(context, () -> Future.succeededFuture(Thread.currentThread()))) == thread) {
                return context;
            }
        }
        throw new AssertionError("no context of " + thread);
    }

    /** Without timers: their thread may be busy. */
    private static void awaitLetGo(Aggregates<Command, Account> accounts) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (accounts.statistics().partitions() > 0) {
            assertThat(System.nanoTime()).as("it lets its claim go").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_stream_that_was_scaled_while_nobody_was_there_is_claimed_as_it_is() {
        accepted(accounts().execute("anna", new Deposit(10)));
        reopen();
        get(log.catalog().scale(ACCOUNTS, partitions(), KeyRange.equalRanges(3)));
        assertThat(get(accounts().state("anna")).version()).isEqualTo(1);
    }
}
