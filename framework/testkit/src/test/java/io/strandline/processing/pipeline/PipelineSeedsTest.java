package io.strandline.processing.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.PipelineSeed.Breakage;
import io.strandline.processing.pipeline.PipelineSeed.Report;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pipelines by seed on a disk that tears, loses and refuses. {@code -Dstrandline.seed=n} runs one, {@code -Dstrandline.seeds=n}
 * so many.
 */
class PipelineSeedsTest {

    private static final int SEEDS_TO_NOTICE = 20;

    @Test
    void outputs_come_once_and_a_checkpoint_is_a_replay_whatever_the_disk_does() throws Exception {
        Long seed = Long.getLong("strandline.seed");
        if (seed != null) {
            new PipelineSeed(seed, Breakage.NONE).run();
            return;
        }
        run(1, Long.getLong("strandline.seeds", 12));
    }

    @Test
    void the_same_holds_through_a_shuffle() throws Exception {
        Long one = Long.getLong("strandline.seed");
        int restored = 0;
        long from = one == null ? 1 : one;
        long to = one == null ? Long.getLong("strandline.seeds", 8) : one;
        for (long seed = from; seed <= to; seed++) {
            restored += new PipelineSeed(seed, Breakage.NONE, true).run().restored();
        }
        assertThat(restored).as("lives that began at a checkpoint").isPositive();
    }

    /** Nothing of a state is anywhere else: what the files do not give back is missing in outputs and checkpoints. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void the_same_holds_with_states_in_files(boolean isShuffled, @TempDir Path directory) throws Exception {
        Long one = Long.getLong("strandline.seed");
        FileTables tables = new FileTables(directory);
        long from = one == null ? 1 : one;
        long to = one == null ? Long.getLong("strandline.seeds", 4) : one;
        for (long seed = from; seed <= to; seed++) {
            new PipelineSeed(seed, Breakage.NONE, isShuffled, tables).run();
            assertThat(tables.open())
                    .as("tables that are open after seed %s", seed)
                    .isZero();
        }
        assertThat(tables.puts()).as("records in files").isPositive();
        assertThat(tables.reads()).as("records from files").isPositive();
    }

    @Test
    @Tag("soak")
    void the_same_over_many_seeds() throws Exception {
        run(1_000_000, 1_000_000 + Long.getLong("strandline.seeds", 500));
    }

    private static void run(long from, long to) throws Exception {
        int restored = 0;
        int cutWithin = 0;
        int stopped = 0;
        for (long seed = from; seed <= to; seed++) {
            Report report = new PipelineSeed(seed, Breakage.NONE).run();
            restored += report.restored();
            cutWithin += report.cutWithin();
            stopped += report.stopped();
        }
        long runs = to - from + 1;
        assertThat((long) restored).as("lives that began at a checkpoint").isGreaterThan(2 * runs);
        assertThat((long) cutWithin)
                .as("lives whose power was cut at an operation")
                .isGreaterThan(runs / 2);
        assertThat((long) stopped).as("lives whose pipeline stopped").isPositive();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void what_a_checkpoint_rests_on_is_noticed_when_it_is_missing(Breakage breakage) throws Exception {
        for (long seed = 1; seed <= SEEDS_TO_NOTICE; seed++) {
            try {
                new PipelineSeed(seed, breakage).run();
            } catch (AssertionError noticed) {
                assertThat(noticed).hasMessageStartingWith("-Dstrandline.seed=" + seed + ": ");
                return;
            }
        }
        throw new AssertionError(breakage + " was not noticed in " + SEEDS_TO_NOTICE + " seeds");
    }
}
