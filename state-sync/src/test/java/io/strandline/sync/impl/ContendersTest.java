package io.strandline.sync.impl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ContendersTest {

    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);
    private static final UUID C = new UUID(0, 3);

    private final Contenders contenders = new Contenders();
    private long nowMillis = -1_000;

    private long now() {
        return TimeUnit.MILLISECONDS.toNanos(nowMillis);
    }

    private void appends(UUID writer) {
        assertThat(contenders.mayAppend(writer, now())).isZero();
        contenders.appended(writer, now());
    }

    @Test
    void writers_that_do_not_contend_notice_nothing() {
        for (int i = 0; i < 1_000; i++) {
            UUID writer = i % 3 == 0 ? A : i % 3 == 1 ? B : C;
            nowMillis += i % 7;
            assertThat(contenders.behind(writer, now())).isZero();
            appends(writer);
        }
    }

    @Test
    void who_is_refused_again_gets_a_share_when_that_of_the_other_is_over() {
        appends(A);
        assertThat(contenders.behind(B, now())).isZero();
        appends(A);
        long wait = contenders.behind(B, now());
        assertThat(wait).isBetween(Contenders.SHARE_MILLIS, Contenders.SHARE_MILLIS + 1);
        nowMillis += wait - 2;
        appends(A);
        nowMillis += 2;
        assertThat(contenders.mayAppend(A, now())).isPositive();
        assertThat(contenders.behind(B, now())).isZero();
        appends(B);
        nowMillis += Contenders.SHARE_MILLIS - 1;
        appends(B);
    }

    @Test
    void a_share_waits_for_its_holder_and_then_no_longer() {
        appends(A);
        contenders.behind(B, now());
        contenders.behind(B, now());
        nowMillis += Contenders.SHARE_MILLIS;
        long wait = contenders.mayAppend(A, now());
        assertThat(wait).isPositive();
        nowMillis += 2 * Contenders.SHARE_MILLIS;
        appends(A);
    }

    @Test
    void more_than_may_wait_are_told_to_come_again() {
        appends(A);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 10 * Contenders.MAX_WAITING; i++) {
                assertThat(contenders.behind(new UUID(1, i), now()))
                        .isBetween(0L, (Contenders.MAX_WAITING + 2) * Contenders.SHARE_MILLIS);
            }
        }
    }

    /** The nearest asks ten times as often as the others, and every answer takes a time that is drawn. */
    @Test
    void contenders_append_about_equally_often() {
        List<UUID> writers = List.of(A, B, C);
        Map<UUID, Long> next = new HashMap<>();
        Map<UUID, Long> known = new HashMap<>();
        Map<UUID, Integer> appended = new HashMap<>();
        List<UUID> log = new ArrayList<>();
        Random random = new Random(5);
        int attempts = 0;
        for (long micros = 0; micros < 2_000_000; micros += 50) {
            for (UUID writer : writers) {
                if (next.getOrDefault(writer, 0L) > micros) {
                    continue;
                }
                attempts++;
                long now = TimeUnit.MICROSECONDS.toNanos(micros);
                boolean newest = known.getOrDefault(writer, -1L) == log.size();
                long wait = newest ? contenders.mayAppend(writer, now) : contenders.behind(writer, now);
                if (newest && wait == 0) {
                    contenders.appended(writer, now);
                    log.add(writer);
                    appended.merge(writer, 1, Integer::sum);
                }
                known.put(writer, (long) log.size());
                long trip = (writer.equals(A) ? 50L : 500L) + random.nextInt(50);
                next.put(writer, micros + trip + 1_000 * wait);
            }
        }
        int b = appended.getOrDefault(B, 0);
        int c = appended.getOrDefault(C, 0);
        assertThat(b).isGreaterThan(c / 2).isGreaterThan(500);
        assertThat(c).isGreaterThan(b / 2).isGreaterThan(500);
        assertThat((double) attempts / log.size()).isLessThan(1.1);
    }
}
