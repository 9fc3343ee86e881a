package io.strandline.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.testkit.Flaw;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whole logs by seed. {@code -Dstrandline.seed=n} runs one again, {@code -Dstrandline.seeds=n} so many. */
class LogSimulationTest {

    private static final int THREADS = 2;

    @Test
    void invariants_hold_through_crashes_kills_and_failing_disks() throws Exception {
        Long seed = Long.getLong("strandline.seed");
        if (seed != null) {
            LogSimulation again = new LogSimulation(seed);
            for (StreamChange change : StreamChange.values()) {
                if (System.getProperty("strandline.changes", "").contains(change.name())) {
                    again.with(change);
                }
            }
            again.run();
            return;
        }
        List<SimulationReport> reports = run(1, Long.getLong("strandline.seeds", 400), LogSimulationTest::manySorts);
        assertThat(average(reports, SimulationReport::openings)).isGreaterThan(3);
        assertThat(average(reports, SimulationReport::crashes)).isGreaterThan(2);
        assertThat(average(reports, SimulationReport::kills)).isGreaterThan(0.5);
        assertThat(average(reports, SimulationReport::crashesWhileOpening)).isGreaterThan(0.5);
        assertThat(average(reports, SimulationReport::bytesAcked)).isGreaterThan(200_000);
        assertThat(average(reports, SimulationReport::scalings)).isGreaterThan(2);
        assertThat(average(reports, SimulationReport::eventsRetired)).isGreaterThan(100);
    }

    /** Half of the seeds scale, half have retention, an eighth policies of scaling. */
    private static LogSimulation manySorts(long seed) {
        LogSimulation simulation = new LogSimulation(seed);
        if (seed % 2 == 0) {
            simulation.with(StreamChange.SCALING);
        }
        if (seed % 4 < 2) {
            simulation.with(StreamChange.RETENTION);
        }
        if (seed % 8 > 5) {
            simulation.with(StreamChange.POLICIES);
        }
        return simulation;
    }

    @Test
    void appends_that_rest_on_their_key_hold_through_crashes_and_scalings() throws Exception {
        List<SimulationReport> reports = run(1, Long.getLong("strandline.seeds", 100), seed -> manySorts(seed)
                .with(StreamChange.KEY_CONDITIONS));
        assertThat(average(reports, SimulationReport::bytesAcked)).isGreaterThan(100_000);
    }

    /**
     * Seeds that once broke an invariant: streams created again while a deletion was unfinished, anonymous writers that were
     * forgotten or numbered twice, pages that vanished between two reads, a close on a full disk, a spare file used before
     * its name was forced.
     */
    @ParameterizedTest
    @ValueSource(
            longs = {
                15, 17, 65, 72, 81, 334, 376, 549, 609, 842, 973, 1139, 1256, 1763, 2128, 2326, 2453, 3233, 4592, 7338,
                8623, 8774, 10736, 11735, 13476, 13531
            })
    void seeds_that_once_failed(long seed) {
        new LogSimulation(seed).queued().run();
    }

    /** A writer whose early answers were lost, and that went on where others took over. */
    @ParameterizedTest
    @ValueSource(longs = {384, 586, 766, 1030})
    void scaling_seeds_that_once_failed(long seed) {
        new LogSimulation(seed).queued().with(StreamChange.SCALING).run();
    }

    /** Passes of retention went on by the rule or without the subscriber of before when a change of them had completed. */
    @ParameterizedTest
    @ValueSource(longs = {325, 356, 486})
    void retention_seeds_that_once_failed(long seed) {
        new LogSimulation(seed).queued().with(StreamChange.RETENTION).run();
    }

    /** A repeated earlier pass, a start cut that a deletion overtook, and one after a scaling that was not answered. */
    @ParameterizedTest
    @ValueSource(longs = {169, 189, 609, 1007788})
    void scaling_and_retention_seeds_that_once_failed(long seed) {
        new LogSimulation(seed)
                .queued()
                .with(StreamChange.SCALING, StreamChange.RETENTION)
                .run();
    }

    /** A log did not open on a full disk, because a scaling that a crash had interrupted could not be finished. */
    @Test
    void a_log_with_an_unfinished_scaling_opens_on_a_full_disk() {
        new LogSimulation(771015188)
                .with(StreamChange.SCALING, StreamChange.RETENTION)
                .run();
    }

    /** Two writers had one number: the first had got it by an admission that became durable when the disk had space again. */
    @Test
    void policies_seed_that_once_failed() {
        new LogSimulation(2134)
                .queued()
                .with(StreamChange.SCALING, StreamChange.POLICIES)
                .run();
    }

    @Test
    @Tag("soak")
    void invariants_hold_over_many_seeds() throws Exception {
        run(1_000_000, 1_000_000 + Long.getLong("strandline.seeds", 40_000), LogSimulationTest::manySorts);
    }

    @Test
    void one_seed_is_one_run() {
        for (long seed = 1; seed <= 10; seed++) {
            assertThat(new LogSimulation(seed).run()).isEqualTo(new LogSimulation(seed).run());
        }
    }

    @Test
    void a_disk_that_does_not_force_files_is_noticed() {
        assertNoticed(5, seed -> new LogSimulation(seed).ignoreForces());
    }

    @Test
    void a_disk_that_does_not_force_directories_is_noticed() {
        assertNoticed(5, seed -> new LogSimulation(seed).ignoreDirectoryForces());
    }

    @Test
    void a_log_that_takes_repeated_batches_is_noticed() {
        assertNoticed(5, seed -> new LogSimulation(seed).flaw(Flaw.TAKES_REPEATS));
    }

    @Test
    void a_log_that_ignores_expected_offsets_is_noticed() {
        assertNoticed(20, seed -> new LogSimulation(seed).flaw(Flaw.IGNORES_EXPECTED_OFFSETS));
    }

    @Test
    void a_log_that_takes_batches_of_older_epochs_is_noticed() {
        assertNoticed(50, seed -> new LogSimulation(seed).flaw(Flaw.DOES_NOT_FENCE));
    }

    @Test
    void partitions_that_do_not_inherit_what_was_written_are_noticed() {
        assertNoticed(20, StreamChange.SCALING, Flaw.INHERITS_NOTHING);
    }

    @Test
    void retention_that_passes_a_subscriber_over_is_noticed() {
        assertNoticed(20, StreamChange.RETENTION, Flaw.PASSES_SUBSCRIBERS_OVER);
    }

    @Test
    void retention_that_removes_one_event_too_many_is_noticed() {
        assertNoticed(20, StreamChange.RETENTION, Flaw.REMOVES_ONE_EVENT_TOO_MANY);
    }

    @Test
    void compaction_that_deletes_before_its_frame_is_forced_is_noticed() {
        assertNoticed(50, seed -> new LogSimulation(seed).flaw(Flaw.DELETES_WHAT_IT_HAS_MERGED_AT_ONCE));
    }

    private static void assertNoticed(int withinSeeds, LongFunction<LogSimulation> broken) {
        SeedSearch.assertNoticed(withinSeeds, seed -> new LogSimulation(seed)::run, seed -> broken.apply(seed)::run);
    }

    private static void assertNoticed(int withinSeeds, StreamChange change, Flaw flaw) {
        SeedSearch.assertNoticed(
                withinSeeds,
                seed -> new LogSimulation(seed).with(change)::run,
                seed -> new LogSimulation(seed).with(change).flaw(flaw)::run);
    }

    private static double average(List<SimulationReport> reports, ToLongFunction<SimulationReport> of) {
        return reports.stream().mapToLong(of).average().orElse(0);
    }

    private static List<SimulationReport> run(long from, long to, LongFunction<LogSimulation> simulation)
            throws Exception {
        List<SimulationReport> reports = Collections.synchronizedList(new ArrayList<>());
        AtomicLong next = new AtomicLong(from);
        AtomicBoolean failed = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                running.add(threads.submit(() -> {
                    for (long seed = next.getAndIncrement();
                            seed <= to && !failed.get();
                            seed = next.getAndIncrement()) {
                        try {
                            reports.add(simulation.apply(seed).run());
                        } catch (SimulationFailure e) {
                            failed.set(true);
                            throw e;
                        }
                    }
                }));
            }
            for (Future<?> run : running) {
                run.get();
            }
        } finally {
            threads.shutdown();
        }
        return reports;
    }
}
