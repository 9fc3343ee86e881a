package io.strandline.processing.process.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotsTest {

    private final Slots slots = new Slots(1, new ProcessCounters());
    private final List<String> begun = new ArrayList<>();

    @Test
    void nothing_begins_after_the_end_and_nobody_waits() {
        slots.take(() -> begun.add("first"));
        slots.take(() -> begun.add("waits"));
        Future<Void> before = slots.room();
        StrandlineException cause = new StrandlineException.Unavailable("closed");
        slots.end(cause);
        Future<Void> after = slots.room();
        assertThat(before.cause()).isSameAs(cause);
        assertThat(after.cause()).isSameAs(cause);
        slots.release();
        slots.take(() -> begun.add("late"));
        assertThat(begun).containsExactly("first");
        assertThat(slots.hasRoom()).isFalse();
        assertThat(slots.room().cause()).isSameAs(cause);
    }

    @Test
    void work_begins_in_its_order_and_room_comes_after_all_of_it() {
        ProcessCounters counters = new ProcessCounters();
        Slots two = new Slots(2, counters);
        for (String work : List.of("a", "b", "c", "d")) {
            two.take(() -> begun.add(work));
        }
        Future<Void> room = two.room();
        assertThat(begun).containsExactly("a", "b");
        assertThat(two.hasRoom()).isFalse();
        two.release();
        two.release();
        assertThat(begun).containsExactly("a", "b", "c", "d");
        assertThat(room.isComplete()).isFalse();
        assertThat(counters.underWay.sum()).isEqualTo(2);
        two.release();
        assertThat(room.succeeded()).isTrue();
        assertThat(two.room().succeeded()).isTrue();
        assertThat(two.hasRoom()).isTrue();
        two.take(() -> begun.add("e"));
        two.take(() -> begun.add("f"));
        assertThat(begun).endsWith("e");
        two.release();
        two.release();
        two.release();
        assertThat(begun).endsWith("e", "f");
        assertThat(counters.underWay.sum()).isZero();
    }
}
