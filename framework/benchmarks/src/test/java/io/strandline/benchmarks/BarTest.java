package io.strandline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BarTest {

    @Test
    void a_ratio_that_must_be_high_is_met_from_its_target_on() {
        assertThat(Bar.ratioAtLeast("append", 8, "kafka", 8))
                .isEqualTo(new Bar("append: 8.00x kafka (target 8x)", true));
        assertThat(Bar.ratioAtLeast("append", 7.9, "kafka", 8).met()).isFalse();
    }

    @Test
    void a_ratio_that_must_be_low_is_met_up_to_its_target() {
        assertThat(Bar.ratioAtMost("ack", 1.6, "bare", 1.6)).isEqualTo(new Bar("ack: 1.60x bare (target 1.6x)", true));
        assertThat(Bar.ratioAtMost("ack", 1.7, "bare", 1.6).met()).isFalse();
    }

    @Test
    void a_value_names_its_unit() {
        assertThat(Bar.valueAtMost("recover", 0.5, "s", 2)).isEqualTo(new Bar("recover: 0.50 s (target 2)", true));
        assertThat(Bar.valueAtMost("recover", 2.1, "s", 2).met()).isFalse();
    }

    @Test
    void a_value_that_must_be_high_is_met_from_its_target_on() {
        assertThat(Bar.valueAtLeast("sync", 2_000, "updates/s", 2_000))
                .isEqualTo(new Bar("sync: 2000.00 updates/s (target 2000)", true));
        assertThat(Bar.valueAtLeast("sync", 1_999, "updates/s", 2_000).met()).isFalse();
    }

    @Test
    void what_is_not_a_number_meets_nothing() {
        assertThat(Bar.ratioAtLeast("append", Double.NaN, "kafka", 8).met()).isFalse();
        assertThat(Bar.ratioAtMost("ack", Double.NaN, "bare", 1.6).met()).isFalse();
        assertThat(Bar.valueAtMost("recover", Double.NaN, "s", 2).met()).isFalse();
        assertThat(Bar.valueAtLeast("sync", Double.NaN, "updates/s", 2).met()).isFalse();
    }
}
