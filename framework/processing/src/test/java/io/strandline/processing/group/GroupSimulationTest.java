package io.strandline.processing.group;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GroupSimulationTest {

    private static final int SEEDS = Integer.getInteger("strandline.group.seeds", 100);

    @Test
    void readersKeepTheRulesWhateverHappens() {
        for (long seed = 0; seed < SEEDS; seed++) {
            run(seed, true);
        }
    }

    /** Without the check of claims zombies commit, and what they commit was not processed. */
    @Test
    void aGroupThatBelievesEveryClaimBreaksThem() {
        int broken = 0;
        for (long seed = 0; seed < 20; seed++) {
            try {
                run(seed, false);
            } catch (AssertionError found) {
                broken++;
            }
        }
        assertThat(broken).isPositive();
    }

    private static void run(long seed, boolean claimsChecked) {
        try {
            new GroupSimulation(seed, claimsChecked).run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }
}
