package io.strandline.client.impl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoundTripsTest {

    /** The end of a long, which nanoTime may pass. */
    private static final long NOW = Long.MAX_VALUE - 100;

    private static final long DEADLINE = 64_000;

    private final RoundTrips trips = new RoundTrips(DEADLINE);

    private static long at(long nanos) {
        return NOW + nanos;
    }

    /** A ping that is answered at once. */
    private long trip(long newestId, long nanos) {
        return trips.answered(trips.asked(newestId, at(nanos)), at(nanos));
    }

    @Test
    void a_request_is_overdue_when_a_ping_is_answered_that_was_sent_a_deadline_after_the_server_had_it() {
        assertThat(trip(7, 0)).isZero();
        assertThat(trip(9, DEADLINE - 1)).isZero();
        assertThat(trip(9, DEADLINE)).isEqualTo(7);
        assertThat(trip(9, 2 * DEADLINE - 2)).isZero();
        assertThat(trip(9, 2 * DEADLINE - 1)).isEqualTo(9);
        assertThat(trip(9, 9 * DEADLINE)).as("told once").isZero();
    }

    @Test
    void a_pong_that_takes_long_makes_nothing_overdue_because_answers_may_be_before_it() {
        trip(7, 0);
        long ping = trips.asked(7, at(1));
        assertThat(trips.answered(ping, at(5 * DEADLINE))).isZero();
    }

    @Test
    void a_request_that_is_long_on_its_way_has_its_whole_time_at_the_server() {
        long ping = trips.asked(7, NOW);
        assertThat(trips.answered(ping, at(5 * DEADLINE))).isZero();
        assertThat(trip(7, 6 * DEADLINE - 1)).isZero();
        assertThat(trip(7, 6 * DEADLINE)).isEqualTo(7);
    }

    @Test
    void a_ping_beside_one_that_is_not_answered_and_a_pong_of_no_ping_tell_nothing() {
        long ping = trips.asked(7, NOW);
        assertThat(trips.asked(8, at(10))).isZero();
        assertThat(trips.answered(0, at(20))).isZero();
        assertThat(trips.answered(ping + 1, at(20))).isZero();
        trips.answered(ping, at(30));
        assertThat(trip(8, 30 + DEADLINE)).as("8 was sent after the ping").isEqualTo(7);
    }

    @Test
    void requests_that_come_all_the_time_are_overdue_a_part_of_the_deadline_late_at_most() {
        long overdue = 0;
        for (long nanos = 0; nanos < 3 * DEADLINE; nanos += 10) {
            overdue = Math.max(overdue, trip(1 + nanos, nanos));
            if (nanos >= DEADLINE) {
                assertThat(overdue).isBetween(nanos - DEADLINE - DEADLINE / 32 - 20, nanos - DEADLINE + 1);
            }
        }
        assertThat(overdue).isPositive();
    }
}
