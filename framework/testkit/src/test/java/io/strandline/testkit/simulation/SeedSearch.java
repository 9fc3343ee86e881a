package io.strandline.testkit.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongFunction;

/** Looks for a seed that shows that a log lacks something. */
final class SeedSearch {

    private SeedSearch() {}

    /** One run, from its beginning to its end. */
    interface Run {
        Object run();
    }

    /** Some seed breaks an invariant, and the same seed without the breakage does not. */
    static void assertNoticed(int withinSeeds, LongFunction<Run> sound, LongFunction<Run> broken) {
        for (long seed = 1; seed <= withinSeeds; seed++) {
            if (fails(broken.apply(seed)) && !fails(sound.apply(seed))) {
                return;
            }
        }
        throw new AssertionError("not noticed in " + withinSeeds + " seeds");
    }

    private static boolean fails(Run simulation) {
        try {
            simulation.run();
            return false;
        } catch (SimulationFailure noticed) {
            assertThat(noticed).hasMessageContaining("-Dstrandline.seed=" + noticed.seed());
            return true;
        }
    }
}
