package io.strandline.server.impl.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.server.impl.listening.Network;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailureLimitTest {

    private final AtomicLong nanos = new AtomicLong(-5);
    private final FailureLimit<Network> limit = new FailureLimit<>(3, 10_000, 4, nanos::get);

    private void fail(String address, int times) {
        for (int i = 0; i < times; i++) {
            limit.failed(Network.of(address));
        }
    }

    private long secondsLeft(String address) {
        return limit.secondsLeft(Network.of(address));
    }

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void an_address_is_not_heard_after_its_failures_until_the_window_is_over() {
        fail("10.0.0.1", 2);
        assertThat(secondsLeft("10.0.0.1")).isZero();
        pass(1);
        fail("10.0.0.1", 1);
        assertThat(secondsLeft("10.0.0.1")).isEqualTo(10);
        assertThat(secondsLeft("10.0.0.2")).isZero();
        pass(9_500);
        assertThat(secondsLeft("10.0.0.1")).isEqualTo(1);
        pass(500);
        assertThat(secondsLeft("10.0.0.1")).isZero();
        fail("10.0.0.1", 1);
        assertThat(secondsLeft("10.0.0.1")).isZero();
    }

    @Test
    void an_ipv6_network_is_one_address() {
        fail("2001:db8:1:2:3:4:5:6", 2);
        fail("2001:db8:1:2:ffff:4:5:6", 1);
        assertThat(secondsLeft("2001:db8:1:2:0:0:0:1")).isPositive();
        assertThat(secondsLeft("2001:db8:1:3:0:0:0:1")).isZero();
    }

    @Test
    void a_bounded_number_of_addresses_is_counted_and_those_that_are_over_go_first() {
        fail("old", 3);
        pass(10_000);
        fail("bad", 3);
        for (int i = 0; i < 3; i++) {
            fail("10.0.1." + i, 1);
        }
        assertThat(limit.counted()).isLessThanOrEqualTo(4);
        assertThat(secondsLeft("bad")).isPositive();
        for (int i = 0; i < 100; i++) {
            fail("10.0.2." + i, 1);
        }
        assertThat(limit.counted()).isLessThanOrEqualTo(4);
    }

    @Test
    void failures_of_many_addresses_do_not_make_those_of_one_forgotten() {
        fail("bad", 2);
        for (int i = 0; i < 100; i++) {
            fail("10.0.2." + i, 1);
        }
        fail("bad", 1);
        assertThat(secondsLeft("bad")).isPositive();
        for (int i = 0; i < 100; i++) {
            fail("10.0.2." + i, 1);
        }
        assertThat(secondsLeft("bad")).isPositive();
        assertThat(limit.counted()).isLessThanOrEqualTo(4);
    }
}
