package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.CheckpointStatistics.Pauses;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class CutPausesTest {

    private static CutPauses of(LongStream nanos) {
        CutPauses pauses = new CutPauses();
        nanos.forEach(pauses::record);
        return pauses;
    }

    private static Pauses pauses(LongStream nanos) {
        return CutPauses.together(List.of(of(nanos)));
    }

    @Test
    void no_cut_has_no_pause() {
        assertThat(pauses(LongStream.empty())).isEqualTo(Pauses.NONE);
    }

    @Test
    void few_nanoseconds_are_exact() {
        assertThat(pauses(LongStream.rangeClosed(1, 31))).isEqualTo(new Pauses(31, 16, 31, 31));
    }

    @Test
    void one_of_a_hundred_may_exceed_the_percentile() {
        LongStream hundred = LongStream.concat(
                LongStream.of(50_000_000), LongStream.generate(() -> 7).limit(99));
        assertThat(pauses(hundred)).isEqualTo(new Pauses(100, 7, 7, 50_000_000));
    }

    @Test
    void two_of_a_hundred_may_not() {
        LongStream hundred = LongStream.concat(
                LongStream.of(20, 21), LongStream.generate(() -> 7).limit(98));
        assertThat(pauses(hundred)).isEqualTo(new Pauses(100, 7, 20, 21));
    }

    /** 1,000,000 is 30.5 * 2^15, and so in the bucket from 61 * 2^14 to 62 * 2^14. */
    @Test
    void a_percentile_is_the_end_of_a_bucket() {
        LongStream two = LongStream.of(1_000_000, 3_000_000);
        assertThat(pauses(two)).isEqualTo(new Pauses(2, 62 * (1 << 14) - 1, 3_000_000, 3_000_000));
    }

    @Property
    void a_percentile_is_at_most_a_part_above_the_exact_value(
            @ForAll @LongRange(min = 0, max = Long.MAX_VALUE) long nanos) {
        long told = pauses(LongStream.of(nanos, Long.MAX_VALUE)).medianNanos();
        assertThat(told - nanos).isBetween(0L, nanos / 32);
    }

    @Test
    void the_pauses_of_several_runs_are_one_distribution() {
        CutPauses first = of(LongStream.rangeClosed(1, 20));
        CutPauses second = of(LongStream.rangeClosed(21, 30));
        assertThat(CutPauses.together(List.of(first, second))).isEqualTo(new Pauses(30, 15, 30, 30));
        assertThat(CutPauses.together(List.of(second, first))).isEqualTo(new Pauses(30, 15, 30, 30));
    }
}
