package io.strandline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class LatenciesTest {

    private final Latencies latencies = new Latencies();

    @Property
    void keeps_every_latency_within_one_percent(@ForAll @LongRange(min = 1, max = Long.MAX_VALUE) long nanos) {
        Latencies one = new Latencies();
        one.open();
        one.record(nanos);
        assertThat(one.millisAt(0.5)).isCloseTo(nanos / 1e6, withinPercentage(1));
    }

    @Test
    void finds_the_latency_that_a_fraction_does_not_exceed() {
        latencies.open();
        for (int millis = 1; millis <= 100; millis++) {
            latencies.record(millis * 1_000_000L);
        }
        assertThat(latencies.millisAt(0.5)).isCloseTo(50, withinPercentage(1));
        assertThat(latencies.millisAt(0.99)).isCloseTo(99, withinPercentage(1));
        assertThat(latencies.millisAt(1)).isCloseTo(100, withinPercentage(1));
    }

    @Test
    void counts_only_while_it_is_open() {
        latencies.record(1_000_000);
        latencies.open();
        latencies.record(2_000_000);
        latencies.close();
        latencies.record(3_000_000);
        assertThat(latencies.millisAt(0)).isCloseTo(2, withinPercentage(1));
        assertThat(latencies.millisAt(1)).isCloseTo(2, withinPercentage(1));
    }

    @Test
    void has_no_figure_when_nothing_was_recorded() {
        assertThat(latencies.millisAt(0.5)).isNaN();
    }
}
