package io.strandline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoundsTest {

    private final Rounds rounds = new Rounds(Rounds.Key.SPEED);

    @Test
    void the_median_round_is_the_middle_one_by_speed_with_all_its_figures() {
        Measurement middle = new Measurement(2_000, 0.3, 9, 10);
        rounds.add("ours", new Measurement(3_000, 0.1, 1, 2));
        rounds.add("ours", new Measurement(1_000, 0.2, 3, 4));
        rounds.add("ours", middle);
        assertThat(rounds.median("ours")).isEqualTo(middle);
    }

    @Test
    void the_key_can_be_the_latency() {
        Rounds byLatency = new Rounds(Rounds.Key.LATENCY);
        byLatency.add("ours", new Measurement(2_000, 0.1, 30, 40));
        byLatency.add("ours", new Measurement(1_000, 0.1, 10, 20));
        byLatency.add("ours", new Measurement(3_000, 0.1, 20, 30));
        assertThat(byLatency.median("ours").p50Millis()).isEqualTo(20);
    }

    @Test
    void ratios_are_of_medians() {
        rounds.add("ours", new Measurement(8_000, 0.1, 3, 4));
        rounds.add("theirs", new Measurement(1_000, 0.1, 2, 4));
        assertThat(rounds.speedRatio("ours", "theirs")).isEqualTo(8);
        assertThat(rounds.latencyRatio("ours", "theirs")).isEqualTo(1.5);
    }

    @Test
    void the_table_aligns_columns_and_leaves_out_what_was_not_measured() {
        rounds.add("strandline", new Measurement(6_100_000, 0.11, 0.8, 2.4));
        rounds.add("bare", Measurement.ofDuration(0.19));
        assertThat(ResultTable.lines(rounds))
                .containsExactly(
                        "side         events/s  CPU µs/event  p50 ms  p99 ms  every round",
                        "strandline  6,100,000         0.110   0.800   2.400  6,100,000",
                        "bare                -             -   0.190   0.190  -");
    }

    @Test
    void a_line_of_progress_leaves_out_what_was_not_measured() {
        assertThat(ResultTable.figures(new Measurement(6_100_000, 0.11, 0.8, 2.4)))
                .isEqualTo("6,100,000 events/s, 0.110 µs CPU per event, p50 0.800 ms, p99 2.400 ms");
        assertThat(ResultTable.figures(Measurement.ofDuration(20))).isEqualTo("p50 20.000 ms, p99 20.000 ms");
    }

    @Test
    void a_side_that_was_not_measured_has_no_figures_and_meets_no_bar() {
        rounds.add("ours", new Measurement(8_000, 0.1, 3, 4));
        assertThat(rounds.median("theirs")).isEqualTo(Measurement.NONE);
        assertThat(Bar.ratioAtLeast("commands", rounds.speedRatio("ours", "theirs"), "theirs", 10))
                .isEqualTo(new Bar("commands: NaNx theirs (target 10x)", false));
    }

    @Test
    void bytes_have_a_column_only_where_they_are_measured() {
        rounds.add("ours", new Measurement(1_000, 2, 3, 4));
        rounds.add("theirs", new Measurement(1_000, 2, 3, 4).withBytes(12_345));
        assertThat(ResultTable.lines(rounds))
                .containsExactly(
                        "side    events/s  CPU µs/event  p50 ms  p99 ms   bytes  every round",
                        "ours       1,000         2.000   3.000   4.000       -  1,000",
                        "theirs     1,000         2.000   3.000   4.000  12,345  1,000");
    }

    @Test
    void the_longest_latency_has_a_column_only_where_it_is_measured() {
        Measurement ours = new Measurement(1_000, 2, 3, 4).withLatencies(5, 6, 7.25);
        rounds.add("ours", ours.withBytes(8));
        rounds.add("theirs", new Measurement(1_000, 2, 3, 4));
        assertThat(ResultTable.lines(rounds))
                .containsExactly(
                        "side    events/s  CPU µs/event  p50 ms  p99 ms  longest ms  bytes  every round",
                        "ours       1,000         2.000   5.000   6.000       7.250    8.0  1,000",
                        "theirs     1,000         2.000   3.000   4.000           -      -  1,000");
        assertThat(ResultTable.figures(ours))
                .isEqualTo("1,000 events/s, 2.000 µs CPU per event, p50 5.000 ms, p99 6.000 ms, longest 7.250 ms");
        assertThat(Measurement.fromJson(ours.toJson())).isEqualTo(ours);
    }

    @Test
    void the_key_can_be_the_bytes_and_few_of_them_have_a_decimal() {
        Rounds byBytes = new Rounds(Rounds.Key.BYTES);
        byBytes.add("ours", Measurement.ofBytes(45.67));
        byBytes.add("ours", Measurement.ofBytes(40));
        byBytes.add("theirs", Measurement.ofBytes(91.34));
        assertThat(ResultTable.lines(byBytes).get(1)).endsWith("45.7  45.7 / 40.0");
        assertThat(ResultTable.figures(Measurement.ofBytes(45.67))).isEqualTo("45.7 bytes");
        assertThat(byBytes.bytesRatio("ours", "theirs")).isEqualTo(0.5);
    }
}
