package io.strandline.processing.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.SharedPipelineSeed.Report;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Shared pipelines by seed, whose members come and go, are paused and killed. {@code -Dstrandline.seed=n} runs one, {@code
 * -Dstrandline.seeds=n} so many.
 */
class SharedPipelineSeedsTest {

    private static final int SEEDS_TO_NOTICE = 20;

    @Test
    void outputs_come_once_whatever_becomes_of_the_members() throws Exception {
        Long seed = Long.getLong("strandline.seed");
        if (seed != null) {
            new SharedPipelineSeed(seed, true).run();
            return;
        }
        run(1, Long.getLong("strandline.seeds", 6));
    }

    @Test
    @Tag("soak")
    void the_same_over_many_seeds() throws Exception {
        run(1_000_000, 1_000_000 + Long.getLong("strandline.seeds", 200));
    }

    /** What one part brings into a shuffle, all take out of it. */
    @Test
    void the_same_holds_for_parts_of_several_stages() throws Exception {
        Long seed = Long.getLong("strandline.seed");
        if (seed != null) {
            new SharedPipelineSeed(seed, true, true).run();
            return;
        }
        assertThat(run(1, Long.getLong("strandline.seeds", 6), true))
                .as("members stalled")
                .isPositive();
    }

    @Test
    @Tag("soak")
    void the_same_holds_for_parts_of_several_stages_over_many_seeds() throws Exception {
        run(1_000_000, 1_000_000 + Long.getLong("strandline.seeds", 200), true);
    }

    private static void run(long from, long to) throws Exception {
        run(from, to, false);
    }

    /** @return how many members stalled */
    private static int run(long from, long to, boolean isStaged) throws Exception {
        int killed = 0;
        int paused = 0;
        int left = 0;
        int stalled = 0;
        for (long seed = from; seed <= to; seed++) {
            Report report = new SharedPipelineSeed(seed, true, isStaged).run();
            killed += report.killed();
            paused += report.paused();
            left += report.left();
            stalled += report.stalled();
        }
        assertThat(killed).as("members killed").isPositive();
        assertThat(paused).as("members paused").isPositive();
        assertThat(left).as("members that left").isPositive();
        return stalled;
    }

    @Test
    void it_is_noticed_when_members_do_not_fence_each_other() throws Exception {
        requireNoticed(false);
    }

    @Test
    void it_is_noticed_when_parts_of_several_stages_do_not_fence_each_other() throws Exception {
        requireNoticed(true);
    }

    private static void requireNoticed(boolean isStaged) throws Exception {
        for (long seed = 1; seed <= SEEDS_TO_NOTICE; seed++) {
            try {
                new SharedPipelineSeed(seed, false, isStaged).run();
            } catch (AssertionError noticed) {
                assertThat(noticed).hasMessageStartingWith("-Dstrandline.seed=" + seed + ": ");
                return;
            }
        }
        throw new AssertionError("not noticed in " + SEEDS_TO_NOTICE + " seeds");
    }
}
