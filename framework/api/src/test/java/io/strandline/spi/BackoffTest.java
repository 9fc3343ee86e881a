package io.strandline.spi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void pauses_double_to_the_longest_one_and_begin_again_after_a_reset() {
        Backoff pauses = Backoff.exact(10, 40);
        assertThat(new long[] {pauses.next(), pauses.next(), pauses.next(), pauses.next()})
                .containsExactly(10, 20, 40, 40);
        pauses.reset();
        assertThat(pauses.next()).isEqualTo(10);
    }

    @Test
    void a_pause_follows_from_the_number_of_failed_attempts() {
        assertThat(Backoff.afterFailed(10, 45, 1)).isEqualTo(10);
        assertThat(Backoff.afterFailed(10, 45, 2)).isEqualTo(20);
        assertThat(Backoff.afterFailed(10, 45, 3)).isEqualTo(40);
        assertThat(Backoff.afterFailed(10, 45, 4)).isEqualTo(45);
        assertThat(Backoff.afterFailed(0, 45, 4)).isZero();
    }

    @Test
    void no_number_of_attempts_is_too_high() {
        assertThat(Backoff.afterFailed(1, 3_600_000, Integer.MAX_VALUE)).isEqualTo(3_600_000);
        assertThat(Backoff.afterFailed(1L << 31, Long.MAX_VALUE, Integer.MAX_VALUE))
                .isEqualTo(1L << 62);
    }
}
