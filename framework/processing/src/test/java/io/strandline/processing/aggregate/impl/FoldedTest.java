package io.strandline.processing.aggregate.impl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a state counts in memory, and when its next snapshot is due. */
class FoldedTest {

    private static final long MOST_UNMEASURED = 64 << 10;

    private final Folded<String> folded = new Folded<>("", 16);

    private void events(long bytes) {
        folded.eventsSinceSnapshot++;
        folded.bytesSinceSnapshot += bytes;
    }

    @Test
    void a_stored_state_counts_with_its_size_and_the_events_after_it() {
        events(1_000_000);
        assertThat(folded.weigh()).isEqualTo(MOST_UNMEASURED);
        folded.stored(500);
        events(7);
        assertThat(folded.weigh()).isEqualTo(507);
    }

    @Test
    void a_state_that_is_too_large_counts_with_its_size_and_not_more_each_time() {
        for (int i = 0; i < 5; i++) {
            events(1_000_000);
            folded.refused(2_000_000);
            assertThat(folded.weigh()).isEqualTo(2_000_000);
        }
    }

    @Test
    void a_state_whose_size_the_codec_does_not_tell_counts_as_one_without_snapshots() {
        for (int i = 0; i < 5; i++) {
            events(1_000_000);
            folded.refused(3);
            assertThat(folded.weigh()).isEqualTo(MOST_UNMEASURED);
        }
    }

    @Test
    void a_refused_snapshot_doubles_the_distance_up_to_a_bound_and_a_stored_one_ends_that() {
        folded.refused(1);
        folded.refused(1);
        assertThat(folded.patience).isEqualTo(4);
        for (int i = 0; i < 100; i++) {
            folded.refused(1);
        }
        assertThat(folded.patience).isEqualTo(1 << 20);
        events(1);
        folded.stored(1);
        assertThat(folded.patience).isEqualTo(1);
        assertThat(folded.eventsSinceSnapshot).isZero();
    }
}
