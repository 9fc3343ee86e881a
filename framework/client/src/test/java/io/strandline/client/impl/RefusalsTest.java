package io.strandline.client.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.client.impl.Approach.Shown;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RefusalsTest {

    private static final SocketAddress A = SocketAddress.inetSocketAddress(1, "a");
    private static final SocketAddress B = SocketAddress.inetSocketAddress(1, "b");
    private static final Shown OLD = new Shown(Buffer.buffer("old"), null);
    private static final Shown NEW = new Shown(Buffer.buffer("new"), null);
    private final StrandlineException.Unauthorized byA = new StrandlineException.Unauthorized("a");
    private final StrandlineException.Unauthorized byB = new StrandlineException.Unauthorized("b");

    /** The end of a long, which nanoTime may pass. */
    private static final long NOW = Long.MAX_VALUE - 10;

    private final Refusals refusals = new Refusals(1_000);

    private static long at(long millis) {
        return NOW + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void what_was_refused_is_shown_again_when_its_time_is_over() {
        refusals.add(A, OLD, byA, NOW);
        assertThat(refusals.whyNot(A, OLD, at(1_000) - 1)).isSameAs(byA);
        assertThat(refusals.whyNot(A, OLD, at(1_500))).isNull();
        assertThat(refusals.whyNot(A, OLD, NOW)).as("it is being asked").isNull();
    }

    @Test
    void something_else_and_another_server_are_not_held_back() {
        refusals.add(A, OLD, byA, NOW);
        assertThat(refusals.whyNot(B, OLD, NOW)).isNull();
        assertThat(refusals.whyNot(A, NEW, NOW)).isNull();
        refusals.add(A, OLD, byA, NOW);
        refusals.add(B, NEW, byB, NOW);
        assertThat(refusals.byAll(List.of(A, B))).isNull();
    }

    @Test
    void all_have_refused_until_one_is_asked_again() {
        refusals.add(A, OLD, byA, NOW);
        assertThat(refusals.byAll(List.of(A, B))).isNull();
        refusals.add(B, OLD, byB, at(800));
        assertThat(refusals.byAll(List.of(A, B))).isNotNull();
        assertThat(refusals.whyNot(A, OLD, at(1_500))).isNull();
        assertThat(refusals.byAll(List.of(A, B))).isNull();
        assertThat(refusals.whyNot(B, OLD, at(1_500))).isSameAs(byB);
    }

    @Test
    void the_time_left_is_that_of_the_first_server() {
        assertThat(refusals.millisLeft(NOW)).isZero();
        refusals.add(B, OLD, byB, at(800));
        assertThat(refusals.millisLeft(at(800))).isBetween(1_000L, 1_500L);
        refusals.add(A, OLD, byA, NOW);
        assertThat(refusals.millisLeft(NOW)).isBetween(1_000L, 1_500L);
        long left = refusals.millisLeft(at(800));
        assertThat(left).isBetween(200L, 700L);
        assertThat(refusals.millisLeft(at(800 + left - 1))).isOne();
        assertThat(refusals.millisLeft(at(800 + left))).isZero();
    }
}
