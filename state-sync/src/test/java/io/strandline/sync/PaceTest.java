package io.strandline.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {

    private long nowMillis = 1_000_000;
    private final StateSyncOptions options = new StateSyncOptions();
    private final Pace pace =
            new Pace(options, new SplittableRandom(1), () -> TimeUnit.MILLISECONDS.toNanos(nowMillis));

    @Test
    void a_writer_alone_never_rests() {
        for (int i = 0; i < 1_000; i++) {
            nowMillis++;
            assertThat(pace.taken()).isZero();
        }
    }

    @Test
    void a_writer_among_others_rests_after_its_share() {
        int rests = 0;
        for (int i = 0; i < 100; i++) {
            if (i % 50 == 0) {
                pace.othersWrote();
            }
            nowMillis++;
            long rest = pace.taken();
            assertThat(rest).isBetween(0L, Pace.MAX_REST_MILLIS);
            rests += rest > 0 ? 1 : 0;
        }
        assertThat(rests).isBetween(6, 10);
    }

    @Test
    void a_share_begins_anew_behind_others() {
        for (int i = 0; i < 100; i++) {
            pace.othersWrote();
            nowMillis += Pace.SHARE_MILLIS - 1;
            assertThat(pace.taken()).isZero();
        }
    }

    @Test
    void others_are_forgotten() {
        pace.othersWrote();
        nowMillis += Pace.OTHERS_MILLIS + 1;
        for (int i = 0; i < 100; i++) {
            nowMillis++;
            assertThat(pace.taken()).isZero();
        }
    }

    @Test
    void who_is_refused_tries_again_at_once_and_then_ever_later_up_to_the_limit() {
        assertThat(pace.refused()).isZero();
        for (int refusals = 2; refusals < 100; refusals++) {
            long bound =
                    Math.min(options.getMaxBackOffMillis(), options.getBackOffMillis() << Math.min(20, refusals - 2));
            assertThat(pace.refused()).isBetween(0L, bound);
        }
        pace.taken();
        assertThat(pace.refused()).isZero();
    }
}
