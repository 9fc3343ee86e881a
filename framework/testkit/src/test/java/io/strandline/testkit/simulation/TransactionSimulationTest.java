package io.strandline.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.testkit.Flaw;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs transactions by seed. {@code -Dstrandline.seed=n} runs one again, {@code -Dstrandline.seeds=n} so many. */
class TransactionSimulationTest {

    @Test
    void x1_x2_committedIsWholeAndNothingElseIsSeenThroughCrashesAndFailingDisks() {
        Long seed = Long.getLong("strandline.seed");
        if (seed != null) {
            boolean scales = System.getProperty("strandline.changes", "").contains(StreamChange.SCALING.name());
            (scales ? new TransactionSimulation(seed).scaling() : new TransactionSimulation(seed)).run();
            return;
        }
        run(1, Long.getLong("strandline.seeds", 100));
    }

    @Test
    @Tag("soak")
    void x1_x2_overManySeeds() {
        run(1_000_000, 1_000_000 + Long.getLong("strandline.seeds", 20_000));
    }

    private static void run(long from, long to) {
        long committed = 0;
        long aborted = 0;
        long openings = 0;
        long scalings = 0;
        for (long seed = from; seed <= to; seed++) {
            TransactionSimulation simulation = new TransactionSimulation(seed);
            TransactionSimulation.Report report = (seed % 2 == 0 ? simulation.scaling() : simulation).run();
            scalings += report.scalings();
            committed += report.committed();
            aborted += report.aborted();
            openings += report.openings();
        }
        long runs = to - from + 1;
        assertThat(openings).isGreaterThan(3 * runs);
        assertThat(committed).isGreaterThan(5 * runs);
        assertThat(aborted).isGreaterThan(5 * runs);
        assertThat(scalings).isGreaterThan(2 * runs);
    }

    @Test
    void oneSeedIsOneRun() {
        for (long seed = 1; seed <= 5; seed++) {
            assertThat(new TransactionSimulation(seed).run()).isEqualTo(new TransactionSimulation(seed).run());
        }
    }

    @Test
    void aLogThatTakesRepeatedPartsIsNoticed() {
        assertNoticed(200, seed -> new TransactionSimulation(seed).flaw(Flaw.TAKES_REPEATS));
    }

    @Test
    void partitionsThatDoNotInheritWhichPartsTheyHaveAreNoticed() {
        SeedSearch.assertNoticed(
                50,
                seed -> new TransactionSimulation(seed).scaling()::run,
                seed -> new TransactionSimulation(seed).scaling().flaw(Flaw.INHERITS_NOTHING)::run);
    }

    @Test
    void aLogThatForgetsTheOrderOfCommitsIsNoticed() {
        assertNoticed(50, seed -> new TransactionSimulation(seed).flaw(Flaw.FORGETS_THE_ORDER_OF_DECISIONS));
    }

    @Test
    void aLogThatHoldsDecisionsToTheLimitsOfWritersIsNoticed() {
        SeedSearch.assertNoticed(
                50,
                seed -> new TransactionSimulation(seed).scaling()::run,
                seed -> new TransactionSimulation(seed).scaling().flaw(Flaw.LIMITS_DECISIONS)::run);
    }

    private static void assertNoticed(int withinSeeds, LongFunction<TransactionSimulation> broken) {
        SeedSearch.assertNoticed(
                withinSeeds, seed -> new TransactionSimulation(seed)::run, seed -> broken.apply(seed)::run);
    }
}
