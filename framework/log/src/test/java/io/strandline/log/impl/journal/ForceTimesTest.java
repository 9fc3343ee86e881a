package io.strandline.log.impl.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.spi.ForceFigures;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The figures of forces: all that were, and the longest of a while. */
class ForceTimesTest {

    private final ForceTimes times = new ForceTimes();

    private static long at(int seconds) {
        return TimeUnit.SECONDS.toNanos(seconds) - TimeUnit.DAYS.toNanos(300);
    }

    private long recentMax(int seconds) {
        return times.figures(at(seconds)).recentMaxNanos();
    }

    @Test
    void forces_are_counted() {
        assertThat(times.figures(at(0))).isEqualTo(ForceFigures.NONE);
        times.add(5, 100, at(1));
        times.add(3, 10, at(2));
        assertThat(times.figures(at(2))).isEqualTo(new ForceFigures(2, 110, 8, 5));
    }

    @Test
    void the_longest_is_shown_for_half_a_minute_to_a_minute() {
        times.add(50, 1, at(0));
        times.add(7, 1, at(29));
        assertThat(recentMax(29)).isEqualTo(50);
        times.add(9, 1, at(31));
        assertThat(recentMax(59)).isEqualTo(50);
        assertThat(recentMax(61)).isEqualTo(9);
        assertThat(recentMax(95)).isZero();
        times.add(2, 1, at(1_000));
        assertThat(recentMax(1_000)).isEqualTo(2);
    }
}
