package io.strandline.log.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StampWatchTest {

    private static final long NOW = 1_800_000_000_000L;
    private static final long DAY = 86_400_000;

    private final StampWatch watch = new StampWatch();

    @Test
    void a_clock_that_was_a_day_ahead_is_told_with_the_distance() {
        assertThat(watch.warning(7, NOW + DAY, NOW)).contains("partition 7", DAY + " ms ahead");
    }

    @Test
    void it_is_told_once_an_hour() {
        watch.warning(7, NOW + DAY, NOW);
        assertThat(watch.warning(8, NOW + DAY, NOW)).isNull();
        assertThat(watch.warning(7, NOW + DAY, NOW + StampWatch.PAUSE_MILLIS - 1))
                .isNull();
        assertThat(watch.warning(7, NOW + DAY, NOW + StampWatch.PAUSE_MILLIS)).isNotNull();
    }

    @Test
    void a_clock_that_is_set_back_again_is_told_at_once() {
        watch.warning(7, NOW + DAY, NOW);
        assertThat(watch.warning(7, NOW + DAY, NOW - 1)).isNotNull();
    }

    @Test
    void small_steps_are_not_worth_a_word() {
        assertThat(watch.warning(7, NOW, NOW)).isNull();
        assertThat(watch.warning(7, NOW + StampWatch.AHEAD_MILLIS - 1, NOW)).isNull();
        assertThat(watch.warning(7, NOW - DAY, NOW)).isNull();
    }
}
