package io.strandline.processing.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.RatedShopSeed.Report;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Windows, a join and a table after shuffles by seed. {@code -Dstrandline.seed=n} runs one, {@code -Dstrandline.seeds=n} so many.
 */
class RatedShopSeedsTest {

    private static final int SEEDS_TO_NOTICE = 20;

    @Test
    void windows_and_joins_are_those_of_a_fold_whatever_disk_and_zombies_do() throws Exception {
        Long seed = Long.getLong("strandline.seed");
        if (seed != null) {
            new RatedShopSeed(seed, true).run();
            return;
        }
        run(1, Long.getLong("strandline.seeds", 5));
    }

    @Test
    @Tag("soak")
    void the_same_over_many_seeds() throws Exception {
        run(1_000_000, 1_000_000 + Long.getLong("strandline.seeds", 200));
    }

    private static void run(long from, long to) throws Exception {
        int restored = 0;
        int cutWithin = 0;
        int zombies = 0;
        int fenced = 0;
        int damaged = 0;
        for (long seed = from; seed <= to; seed++) {
            Report report = new RatedShopSeed(seed, true).run();
            restored += report.restored();
            cutWithin += report.cutWithin();
            zombies += report.zombies();
            fenced += report.fenced();
            damaged += report.damaged();
        }
        long runs = to - from + 1;
        assertThat((long) restored).as("lives that began at a checkpoint").isGreaterThan(2 * runs);
        assertThat(cutWithin).as("lives whose power was cut at an operation").isPositive();
        assertThat(zombies).as("runs that went on after another one").isPositive();
        assertThat(fenced).as("of them fenced").isPositive();
        assertThat(damaged).as("starts that met a damaged snapshot").isPositive();
    }

    @Test
    void it_is_noticed_when_writers_are_not_fenced_and_repeats_not_dropped() throws Exception {
        for (long seed = 1; seed <= SEEDS_TO_NOTICE; seed++) {
            try {
                new RatedShopSeed(seed, false).run();
            } catch (AssertionError noticed) {
                assertThat(noticed).hasMessageStartingWith("-Dstrandline.seed=" + seed + ": ");
                return;
            }
        }
        throw new AssertionError("not noticed in " + SEEDS_TO_NOTICE + " seeds");
    }
}
