package io.strandline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class SimulatedSchedulerTest {

    @Test
    void a_serial_executor_keeps_the_order_of_its_tasks() {
        for (long seed = 0; seed < 50; seed++) {
            SimulatedScheduler scheduler = new SimulatedScheduler(seed);
            List<Integer> ran = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int number = i;
                scheduler.serial("one").execute(() -> ran.add(number));
                scheduler.serial("other").execute(() -> {});
            }
            runAll(scheduler);
            assertThat(ran).isSorted().hasSize(20);
        }
    }

    @Test
    void executors_run_in_different_orders_for_different_seeds() {
        assertThat(ordersOver50Seeds("serial")).hasSizeGreaterThan(20);
    }

    @Test
    void a_parallel_executor_runs_its_tasks_in_any_order() {
        assertThat(ordersOver50Seeds("parallel")).hasSizeGreaterThan(20);
    }

    private static Set<String> ordersOver50Seeds(String kind) {
        Set<String> orders = new HashSet<>();
        for (long seed = 0; seed < 50; seed++) {
            SimulatedScheduler scheduler = new SimulatedScheduler(seed);
            StringBuilder order = new StringBuilder();
            for (int i = 0; i < 6; i++) {
                int number = i;
                Executor executor = kind.equals("serial") ? scheduler.serial("e" + i) : scheduler.parallel("all");
                executor.execute(() -> order.append(number));
            }
            runAll(scheduler);
            orders.add(order.toString());
        }
        return orders;
    }

    @Test
    void the_same_seed_gives_the_same_run() {
        for (long seed = 0; seed < 20; seed++) {
            assertThat(traceOf(seed)).isEqualTo(traceOf(seed));
        }
        assertThat(traceOf(1)).isNotEqualTo(traceOf(2));
    }

    private static List<String> traceOf(long seed) {
        SimulatedScheduler scheduler = new SimulatedScheduler(seed);
        List<String> trace = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String name = "e" + i;
            scheduler.serial(name).execute(() -> spawn(scheduler, trace, name, 30));
            scheduler.after(i, 1 + i, () -> trace.add("timer " + name));
        }
        runAll(scheduler);
        return trace;
    }

    private static void spawn(SimulatedScheduler scheduler, List<String> trace, String name, int left) {
        trace.add(name + " at " + scheduler.monotonicNanos() + " and " + scheduler.wallMillis());
        if (left > 0) {
            scheduler.serial(name).execute(() -> spawn(scheduler, trace, name, left - 1));
        }
    }

    @Test
    void timers_run_in_the_order_of_their_times_and_never_early() {
        SimulatedScheduler scheduler = new SimulatedScheduler(3);
        List<Long> ran = new ArrayList<>();
        for (long delay : new long[] {500, 20, 100_000, 7}) {
            scheduler.after(0, delay, () -> {
                assertThat(scheduler.monotonicNanos()).isGreaterThanOrEqualTo(delay * 1_000_000);
                ran.add(delay);
            });
        }
        runAll(scheduler);
        assertThat(ran).containsExactly(7L, 20L, 500L, 100_000L);
        assertThat(scheduler.step()).isFalse();
    }

    @Test
    void a_delay_below_a_millisecond_is_refused() {
        assertThatThrownBy(() -> new SimulatedScheduler(1).after(0, 0, () -> {}))
                .hasMessageContaining("delay of 0 ms");
    }

    @Test
    void abandoned_tasks_and_timers_never_run() {
        SimulatedScheduler scheduler = new SimulatedScheduler(4);
        Executor before = scheduler.serial("shard-0");
        List<String> ran = new ArrayList<>();
        before.execute(() -> ran.add("waiting"));
        scheduler.after(0, 1, () -> ran.add("timer"));
        scheduler.abandon();
        before.execute(() -> ran.add("late"));
        scheduler.serial("shard-0").execute(() -> ran.add("next process"));
        runAll(scheduler);
        assertThat(ran).containsExactly("next process");
    }

    @Test
    void run_until_stops_at_the_condition_or_the_bound() {
        SimulatedScheduler scheduler = new SimulatedScheduler(5);
        List<String> trace = new ArrayList<>();
        scheduler.serial("e").execute(() -> spawn(scheduler, trace, "e", 1_000));
        assertThat(scheduler.runUntil(() -> trace.size() == 10, 100)).isTrue();
        assertThat(trace).hasSize(10);
        assertThat(scheduler.runUntil(() -> trace.size() == 500, 100)).isFalse();
        assertThat(trace).hasSize(110);
    }

    private static void runAll(SimulatedScheduler scheduler) {
        assertThat(scheduler.runUntil(() -> false, 10_000)).isFalse();
        assertThat(scheduler.hasReadyTask()).isFalse();
    }
}
