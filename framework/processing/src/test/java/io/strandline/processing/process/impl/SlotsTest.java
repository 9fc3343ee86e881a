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
}
