package io.strandline.processing.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.PoisonEventException;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.projection.ModelStore.Fault;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model in the application's store has each event once and in order, whatever happens to its members. */
class ProjectionTest extends OnProjectionLog {

    /** The process ends at each border between two batches: before one is applied, and after that. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"HANGS_BEFORE", "HANGS_AFTER"})
    void the_model_is_the_fold_of_the_log_after_a_crash_at_any_border(Fault fault) {
        append(5);
        for (int border = 0; border < 6; border++) {
            AtomicInteger calls = new AtomicInteger();
            AtomicInteger hanging = new AtomicInteger();
            int first = border % 3;
            store.faults(batch -> {
                if (calls.getAndIncrement() < first) {
                    return Fault.NONE;
                }
                hanging.incrementAndGet();
                return fault;
            });
            open(options().setBatchEvents(10 - border)); // batches of the next process end elsewhere
            append(1);
            until("a call hangs", () -> hanging.get() > 0);
            restart();
        }
        store.faults(batch -> Fault.NONE);
        Projection projection = open(options());
        get(projection.awaitPosition(end0()));
        assertModel();
        assertThat(projection.statistics().events()).isLessThan(store.events(ID));
    }

    @Test
    void members_share_the_partitions_and_hand_them_over() {
        append(2);
        ProjectionOptions options = options();
        options.getGroup().setLeaseMillis(60_000); // so that no pause has one taken for dead, and its batch refused
        Projection first = open(options);
        append(3);
        Projection second = open(options);
        until(
                "both have a partition",
                () -> first.statistics().partitions() == 1
                        && second.statistics().partitions() == 1);
        append(3);
        get(first.close());
        get(first.ended());
        append(3);
        get(second.awaitPosition(end0()));
        assertModel();
        assertThat(second.statistics().events()).isPositive();
        assertThat(first.statistics().refused() + second.statistics().refused()).isZero();
    }

    @Test
    void the_order_of_each_key_survives_splits_and_merges() {
        List<Projection> members = List.of(open(options()), open(options()));
        for (int i = 0; i < 4; i++) {
            append(3);
            split();
            append(3);
            merge();
        }
        append(3);
        members.forEach(member -> get(member.awaitPosition(end0())));
        assertModel();
    }

    /**
     * Its thread stands still while a batch is on its way to the store. The others believe it dead, apply the same events, and go
     * on before its own batch arrives.
     */
    @Test
    void the_batch_of_a_zombie_is_refused() throws InterruptedException {
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Set<Thread> frozen = ConcurrentHashMap.newKeySet();
        store.faults(batch -> {
            if (Thread.currentThread().getName().contains("worker") && frozen.add(Thread.currentThread())) {
                stuck.countDown();
                await(release);
            }
            return Fault.NONE;
        });
        Context worker = ((VertxInternal) vertx).createWorkerContext();
        Projection zombie = open(worker, options());
        append(2);
        await(stuck);
        Projection other = open(options());
        append(2);
        get(other.awaitPosition(end0()));
        assertModel();
        release.countDown();
        until("it was refused", () -> zombie.statistics().refused() > 0);
        append(2);
        get(other.awaitPosition(end0()));
        assertModel();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ---- the store

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"AWAY", "LOST_ANSWER"})
    void a_store_that_is_away_and_comes_back_costs_nothing(Fault fault) {
        AtomicInteger calls = new AtomicInteger();
        store.faults(batch -> calls.getAndIncrement() % 3 == 2 ? Fault.NONE : fault);
        ProjectionOptions options = options();
        options.getGroup().setPoison(PoisonPolicy.SKIP);
        Projection projection = open(options);
        append(10);
        get(projection.awaitPosition(end0()));
        assertModel();
        assertThat(projection.statistics().retries()).isPositive();
    }

    @Test
    void a_store_that_stays_away_stops_the_member_and_no_event_is_skipped() {
        store.faults(batch -> Fault.AWAY);
        ProjectionOptions options = options().setStoreTimeoutMillis(50).setBatchEvents(1);
        options.getGroup().setPoison(PoisonPolicy.SKIP).setMaxAttempts(1);
        Projection stops = open(options);
        append(1);
        assertThat(failure(stops.ended()))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessage("the database is away");
        assertThat(failure(stops.awaitPosition(end0()))).isInstanceOf(StrandlineException.Unavailable.class);
        store.faults(batch -> Fault.NONE);
        assertThat(get(get(ReaderGroup.open(vertx, log, sync, ID.group())).poisonDecisions()))
                .isEmpty();
        Projection projection = open(options);
        get(projection.caughtUp());
        assertModel();
    }

    /** The answer of a batch is lost, and the store goes away before it says where it is. */
    @Test
    void a_store_that_goes_away_after_a_lost_answer_stops_the_member_too() {
        AtomicBoolean away = new AtomicBoolean();
        store.readings(read ->
                away.get() ? Future.failedFuture(new StrandlineException.Unavailable("the database is away")) : read);
        store.faults(batch -> {
            away.set(true);
            return Fault.LOST_ANSWER;
        });
        ProjectionOptions options = options().setStoreTimeoutMillis(50).setBatchEvents(1);
        options.getGroup().setPoison(PoisonPolicy.SKIP).setMaxAttempts(1);
        Projection stops = open(options);
        append(1);
        assertThat(failure(stops.ended()))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessage("the database is away");
        store.faults(batch -> Fault.NONE);
        away.set(false);
        assertThat(get(get(ReaderGroup.open(vertx, log, sync, ID.group())).poisonDecisions()))
                .isEmpty();
        get(open(options).caughtUp());
        assertModel();
    }

    @Test
    void closing_while_the_store_is_away_is_no_failure_and_skips_nothing() {
        store.faults(batch -> Fault.AWAY);
        ProjectionOptions options = options().setBatchEvents(1);
        options.getGroup().setPoison(PoisonPolicy.SKIP).setMaxAttempts(1);
        Projection closed = open(options);
        append(1);
        until("the store is asked again", () -> closed.statistics().retries() > 0);
        get(closed.close());
        get(closed.ended());
        store.faults(batch -> Fault.NONE);
        assertThat(get(get(ReaderGroup.open(vertx, log, sync, ID.group())).poisonDecisions()))
                .isEmpty();
        get(open(options).caughtUp());
        assertModel();
    }

    /** Another member goes on after the store was read, and before its answer comes. */
    @Test
    void a_member_that_opens_under_load_leaves_the_group_where_it_is() {
        Projection first = open(options());
        append(1);
        get(first.awaitPosition(end0()));
        AtomicInteger reads = new AtomicInteger();
        store.readings(read -> reads.getAndIncrement() >= 2
                ? read
                : read.compose(positions -> vertx.executeBlocking(() -> {
                    append(1);
                    get(first.awaitPosition(end0()));
                    get(first.lag()); // after the group was told
                    return positions;
                })));
        Projection second = open(options());
        assertThat(reads.get()).isGreaterThanOrEqualTo(2);
        get(second.awaitPosition(end0()));
        assertThat(second.statistics().realigned()).isZero();
        assertModel();
    }

    /** A backup of the database knows less than the group, which has passed splits meanwhile. */
    @Test
    void the_group_goes_back_to_where_a_restored_store_is() {
        Projection first = open(options());
        append(3);
        get(first.awaitPosition(end0()));
        Map<ProjectionId, ?> backup = store.backup();
        append(3);
        split();
        append(3);
        get(first.awaitPosition(end0()));
        get(first.close());
        store.restore(backup);
        Projection second = open(options());
        get(second.caughtUp());
        assertModel();
        assertThat(second.statistics().realigned()).isEqualTo(1);
    }

    @Test
    void an_emptied_store_begins_at_the_beginning() {
        Projection first = open(options());
        append(3);
        get(first.awaitPosition(end0()));
        get(first.close());
        store.restore(Map.of());
        get(open(options()).caughtUp());
        assertModel();
    }

    // ---- poison events

    private Projection withPoison(PoisonPolicy policy) {
        store.poison(record -> record.event().equals("key3#1"));
        ProjectionOptions options = options();
        options.getGroup().setPoison(policy);
        return open(options);
    }

    private void assertAllButOne() {
        assertThat(store.model(ID).get("key3")).containsExactly("key3#0", "key3#2", "key3#3");
        assertThat(store.events(ID)).isEqualTo(4 * KEYS - 1);
    }

    @Test
    void an_event_that_cannot_be_applied_is_skipped_and_its_neighbours_are_not() {
        append(4);
        get(withPoison(PoisonPolicy.SKIP).caughtUp());
        assertAllButOne();
        restart();
        get(open(skipping()).caughtUp());
        assertAllButOne();
    }

    private static ProjectionOptions skipping() {
        ProjectionOptions options = options();
        options.getGroup().setPoison(PoisonPolicy.SKIP);
        return options;
    }

    @Test
    void an_event_that_cannot_be_applied_is_parked() {
        append(4);
        get(withPoison(PoisonPolicy.PARK).caughtUp());
        assertAllButOne();
        ReaderGroup group = get(ReaderGroup.open(vertx, log, sync, ID.group()));
        List<ParkedEvent> parked = get(group.parked());
        assertThat(parked).singleElement().satisfies(event -> {
            assertThat(event.key()).isEqualTo("key3");
            assertThat(event.cause()).contains("cannot apply key3#1");
        });
    }

    @Test
    void an_event_that_cannot_be_applied_stops_the_member_with_its_cause() {
        append(4);
        Projection projection = withPoison(PoisonPolicy.FAIL);
        Throwable cause = failure(projection.ended());
        assertThat(cause).isInstanceOf(PoisonEventException.class).hasMessageContaining("key3");
        assertThat(cause.getCause()).hasMessage("cannot apply key3#1");
        assertThat(failure(projection.caughtUp())).isInstanceOf(StrandlineException.Unavailable.class);
        store.poison(record -> false);
        get(open(options()).caughtUp());
        assertModel();
    }

    // ---- what it tells

    /** The group would tell only after a minute. */
    @Test
    void a_position_of_the_own_partitions_is_known_at_once() {
        ProjectionOptions options = options();
        options.getGroup().setCommitIntervalMillis(60_000).setLeaseMillis(600_000);
        Projection projection = open(options);
        append(1);
        get(projection.awaitPosition(end0()));
        assertModel();
        split();
        append(2);
        get(projection.awaitPosition(end0()));
        assertModel();
        assertThat(failure(projection.awaitPosition(new StreamCut(StreamName.parse("shop/other"), end0().offsets()))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("shop/other");
    }

    /** A member that lags waits for the other one, whichever has the partitions. */
    @Test
    void a_position_of_the_partitions_of_another_member_is_awaited() {
        open(options());
        Projection second = open(options());
        append(5);
        get(second.awaitPosition(end0()));
        assertModel();
    }

    @Test
    void events_from_before_the_opening_are_replayed_and_later_ones_are_not() {
        append(2);
        split();
        append(1);
        Projection projection = open(options());
        get(projection.caughtUp());
        assertThat(projection.statistics().replayed()).isEqualTo(3 * KEYS);
        append(2);
        split();
        append(1);
        get(projection.awaitPosition(end0()));
        assertThat(projection.statistics().replayed()).isEqualTo(3 * KEYS);
        assertThat(projection.statistics().events()).isEqualTo(6 * KEYS);
        assertModel();
    }

    @Test
    void a_paused_member_applies_nothing_and_lags() {
        Projection projection = open(options());
        append(1);
        get(projection.awaitPosition(end0()));
        get(projection.pause());
        append(2);
        assertThat(get(projection.lag()).total()).isEqualTo(2L * KEYS);
        assertThat(store.events(ID)).isEqualTo(KEYS);
        get(projection.resume());
        get(projection.awaitPosition(end0()));
        assertThat(get(projection.lag()).total()).isZero();
        assertModel();
    }

    // ---- versions

    @Test
    void a_new_version_is_built_beside_the_one_that_runs() {
        Projection first = open(options());
        append(3);
        get(first.awaitPosition(end0()));
        Projection second = open(options().setVersion(2));
        get(second.caughtUp());
        assertModel(second.id());
        append(2);
        get(first.awaitPosition(end0()));
        get(second.awaitPosition(end0()));
        assertModel();
        assertModel(second.id());
        get(first.drop());
        get(first.ended());
        assertThat(get(ReaderGroup.list(vertx, sync, "shop"))).containsExactly("shop/totals-v2");
        assertThat(get(store.positions(ID))).isEmpty();
        append(1);
        get(second.awaitPosition(end0()));
        assertModel(second.id());
    }

    // ---- in memory

    @Test
    void a_state_in_memory_is_folded_by_each_process() {
        append(3);
        for (int round = 0; round < 2; round++) {
            FoldedState<String, Map<String, Integer>> counts = FoldedState.of(Map.of(), (state, record) -> {
                Map<String, Integer> next = new TreeMap<>(state);
                next.merge(String.valueOf(record.key()), 1, Integer::sum);
                return next;
            });
            Projection projection = get(Projection.open(vertx, log, TEXT, counts, options()));
            get(projection.caughtUp());
            assertThat(counts.state()).hasSize(KEYS).containsEntry("key7", 3);
            restart();
        }
    }

    @Test
    void a_fold_that_throws_leaves_the_state_before_the_batch() {
        append(2);
        FoldedState<String, Integer> count = FoldedState.of(0, (state, record) -> {
            if (record.event().equals("key3#1")) {
                throw new AssertionError("unexpected");
            }
            return state + 1;
        });
        Projection projection = get(Projection.open(vertx, log, TEXT, count, skipping()));
        get(projection.caughtUp());
        assertThat(count.state()).isEqualTo(2 * KEYS - 1);
        assertThat(failure(Projection.open(
                        vertx,
                        log,
                        TEXT,
                        count,
                        options()
                                .setVersion(2)
                                .setGroup(new GroupOptions(options().getGroup())))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("shop/totals version 1");
    }

    // ---- the end

    @Test
    void it_closes_with_vertx_before_its_log() {
        Projection projection = open(options());
        append(1);
        get(projection.awaitPosition(end0()));
        get(vertx.close());
        get(projection.ended());
        get(projection.close());
        vertx = Vertx.vertx();
    }

    @Test
    void it_ends_with_its_verticle() {
        List<Projection> opened = new ArrayList<>();
        String deployment = get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                return Projection.open(super.vertx, log, sync, TEXT, store, options())
                        .onSuccess(opened::add);
            }
        }));
        append(1);
        get(opened.get(0).awaitPosition(end0()));
        get(vertx.undeploy(deployment));
        get(opened.get(0).ended());
        assertModel();
    }

    @Test
    void options_that_are_out_of_bounds_are_refused() {
        assertThat(failure(Projection.open(vertx, log, sync, TEXT, store, new ProjectionOptions())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("name is null");
        assertThat(failure(
                        Projection.open(vertx, log, sync, TEXT, store, options().setVersion(0))))
                .hasMessageContaining("version of projection shop/totals is 0");
    }
}
