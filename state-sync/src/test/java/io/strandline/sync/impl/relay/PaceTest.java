package io.strandline.sync.impl.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.sync.StateSyncOptions;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PaceTest {

    private final StateSyncOptions options = new StateSyncOptions();
    private final Pace pace = new Pace(options, new SplittableRandom(1));

    @Test
    void who_is_told_a_time_comes_then() {
        pace.refused(0);
        pace.refused(0);
        assertThat(pace.refused(17)).isEqualTo(17);
    }

    @Test
    void who_is_refused_tries_again_at_once_and_then_ever_later_up_to_the_limit() {
        assertThat(pace.refused(0)).isZero();
        for (int refusals = 2; refusals < 100; refusals++) {
            long bound =
                    Math.min(options.getMaxBackOffMillis(), options.getBackOffMillis() << Math.min(20, refusals - 2));
            assertThat(pace.refused(0)).isBetween(0L, bound);
        }
        pace.taken();
        assertThat(pace.refused(0)).isZero();
    }
}
