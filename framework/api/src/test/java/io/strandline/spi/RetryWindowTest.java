package io.strandline.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RetryWindowTest {

    private final StrandlineException away = new StrandlineException.Unavailable("away");

    private long nanos = Long.MAX_VALUE - 5; // it wraps, as the clock of a JVM may
    private final RetryWindow window = new RetryWindow(() -> nanos, Backoff.exact(10, 40), 1_000);

    private void pass(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void pauses_grow_to_the_longest_one() {
        assertThat(window.pauseAfter(away)).isEqualTo(10);
        assertThat(window.pauseAfter(away)).isEqualTo(20);
        assertThat(window.pauseAfter(away)).isEqualTo(40);
        assertThat(window.pauseAfter(away)).isEqualTo(40);
    }

    @Test
    void the_bound_counts_from_the_first_failure() {
        pass(5_000);
        assertThat(window.pauseAfter(away)).isEqualTo(10);
        pass(999);
        assertThat(window.pauseAfter(away)).isEqualTo(20);
        pass(1);
        assertThat(window.pauseAfter(away)).isEqualTo(RetryWindow.OVER);
    }

    @Test
    void the_bound_counts_from_the_beginning_where_there_is_one() {
        window.begin();
        pass(1_000);
        assertThat(window.pauseAfter(away)).isEqualTo(RetryWindow.OVER);
    }

    @Test
    void a_success_ends_the_window_and_its_pauses() {
        window.pauseAfter(away);
        window.pauseAfter(away);
        pass(2_000);
        window.close();
        assertThat(window.pauseAfter(away)).isEqualTo(10);
    }

    @Test
    void what_is_not_transient_is_over_at_once() {
        assertThat(window.pauseAfter(new StrandlineException.Invalid("wrong"))).isEqualTo(RetryWindow.OVER);
        assertThat(window.pauseAfter(new IllegalStateException())).isEqualTo(RetryWindow.OVER);
        assertThat(window.pauseAfter(null)).isEqualTo(RetryWindow.OVER);
    }
}
