package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.impl.member.GroupSimulation.Broken;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class GroupSimulationTest {

    private static final int SEEDS = Integer.getInteger("strandline.group.seeds", 50);
    private static final int SOAK_SEEDS = Integer.getInteger("strandline.group.seeds", 2_000);

    @Test
    void readersKeepTheRulesWhateverHappens() {
        run(0, SEEDS);
    }

    @Test
    @Tag("soak")
    void readersKeepTheRulesForLong() {
        run(1_000_000, 1_000_000 + SOAK_SEEDS);
    }

    /**
     * As many named checkpoints as a group may keep left no place for the automatic one. Readers that left with handlers at work came to
     * boundaries, and said that they had handed over what they had not.
     */
    @Test
    void readersKeepTheRulesInSeedsThatFailedOnce() {
        for (long seed : new long[] {1_001_323, 14_000_973, 18_000_036}) {
            run(seed, Broken.NOTHING);
        }
    }

    private static void run(long from, long to) {
        for (long seed = from; seed < to; seed++) {
            run(seed, Broken.NOTHING);
        }
    }

    /** Without the check of claims zombies commit, and what they commit was not processed. */
    @Test
    void aGroupThatBelievesEveryClaimBreaksThem() {
        assertThat(isFound(Broken.CLAIMS, 20)).isTrue();
    }

    /** Two readers may both park an event, if one of them was believed to be dead. */
    @Test
    void aParkingStreamThatTakesRepeatsBreaksThem() {
        assertThat(isFound(Broken.PARKING_DEDUP, 30)).isTrue();
    }

    private static boolean isFound(Broken broken, int seeds) {
        for (long seed = 0; seed < seeds; seed++) {
            try {
                run(seed, broken);
            } catch (AssertionError breach) {
                return true;
            }
        }
        return false;
    }

    private static void run(long seed, Broken broken) {
        try {
            new GroupSimulation(seed, broken).run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }
}
