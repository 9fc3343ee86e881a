package io.strandline.processing.aggregate.impl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

class HotSetTest {

    private final Counters counters = new Counters();
    private final HotSet<String, String> hot = new HotSet<>(3, 1_000_000, counters);

    private HotAggregate<String, String> add(String id, Object claim) {
        HotAggregate<String, String> made = new HotAggregate<>(id, claim);
        hot.add(made);
        made.begin(new Folded<>("", 2));
        hot.changed(made);
        return made;
    }

    @Test
    void what_was_not_used_for_longest_goes_first_and_what_is_busy_stays() {
        add("a", this).pending = 1;
        add("b", this);
        add("c", this);
        assertThat(hot.get("b")).isNotNull();
        add("d", this);
        assertThat(hot.get("c")).isNull();
        assertThat(hot.get("a")).isNotNull();
        assertThat(hot.get("b")).isNotNull();
        assertThat(counters.read().hot()).isEqualTo(3);
    }

    @Test
    void bytes_are_bounded_too() {
        HotSet<String, String> small = new HotSet<>(100, 1_000, counters);
        for (int i = 0; i < 50; i++) {
            HotAggregate<String, String> made = new HotAggregate<>("a-" + i, this);
            small.add(made);
            made.begin(new Folded<>("", 2));
            small.changed(made);
        }
        assertThat(counters.read().hotBytes()).isBetween(1L, 1_000L);
        assertThat(counters.read().hot()).isEqualTo(2);
    }

    @Test
    void what_an_aggregate_has_grown_by_counts() {
        HotSet<String, String> small = new HotSet<>(100, 10_000, counters);
        HotAggregate<String, String> first = new HotAggregate<>("a", this);
        small.add(first);
        HotAggregate<String, String> grown = new HotAggregate<>("b", this);
        small.add(grown);
        Folded<String> state = new Folded<>("", 2);
        grown.begin(state);
        first.begin(new Folded<>("", 2));
        for (int bytes = 2_000; bytes <= 8_000; bytes += 2_000) {
            state.bytesSinceSnapshot = bytes;
            small.changed(grown);
            assertThat(counters.read().hotBytes()).isEqualTo(first.weight + grown.weight);
        }
        assertThat(counters.read().hot()).isEqualTo(2);
        state.bytesSinceSnapshot = 10_000 - first.weight;
        small.changed(grown);
        assertThat(small.get("a")).isNull();
        assertThat(small.get("b")).as("as much as there may be").isSameAs(grown);
        assertThat(counters.read().hotBytes()).isEqualTo(10_000);
    }

    @Test
    void one_look_for_room_passes_over_a_bounded_number_of_busy_ones() {
        for (int i = 0; i < 64; i++) {
            hot.add(new HotAggregate<>("busy-" + i, this)); // busy, since it is not rebuilt yet
        }
        HotAggregate<String, String> free = add("free", this);
        assertThat(hot.get("free")).isSameAs(free);
        hot.changed(free);
        assertThat(counters.read().hot()).isEqualTo(65);
        hot.remove(Objects.requireNonNull(hot.get("busy-0")));
        hot.changed(free);
        assertThat(hot.get("free")).isNull();
        assertThat(counters.read().hot()).isEqualTo(63);
    }

    @Test
    void what_was_made_under_a_claim_goes_with_it() {
        Object other = new Object();
        add("a", this);
        HotAggregate<String, String> kept = add("b", other);
        hot.discard(this);
        assertThat(hot.get("a")).isNull();
        assertThat(hot.get("b")).isSameAs(kept);
        assertThat(counters.read().hotBytes()).isEqualTo(kept.weight);
    }

    @Test
    void what_was_made_under_an_earlier_claim_is_not_there_for_a_later_one() {
        Object later = new Object();
        HotAggregate<String, String> earlier = add("a", this);
        assertThat(hot.get("a", this)).isSameAs(earlier);
        assertThat(hot.get("a", later)).isNull();
        assertThat(counters.read().hot()).isZero();
        assertThat(counters.read().hotBytes()).isZero();
        HotAggregate<String, String> now = add("a", later);
        hot.changed(earlier);
        hot.discard(this);
        assertThat(hot.get("a", later)).isSameAs(now);
        assertThat(counters.read().hot()).isEqualTo(1);
        assertThat(counters.read().hotBytes()).isEqualTo(now.weight);
    }
}
