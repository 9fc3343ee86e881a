package io.strandline.processing.group.impl.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Where a reader has to stop for its group: for a commit, at the end of a bounded group, and among suspects. */
class FeedPositionTest {

    private final Settings settings = new Settings(new GroupOptions().setMaxUncommittedEvents(10));

    /** A feed of a partition at offset 100. */
    private FeedPosition at(long until, long suspectUntil, int stride) {
        return new FeedPosition(
                settings, new PartitionState(0, 100, until, List.of(), 1, 1, 0, suspectUntil, stride, null, 0));
    }

    private FeedPosition unbounded() {
        return at(-1, 0, 0);
    }

    /** The positions from here on at which there is something to see to. */
    private static List<Long> stops(FeedPosition position, int events) {
        List<Long> stops = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            long next = position.offset() + 1;
            if (position.pass(next)) {
                stops.add(next);
                position.drawBarrier();
            }
        }
        return stops;
    }

    @Test
    void a_reader_that_commits_is_stopped_when_half_and_when_all_that_may_be_is_not_committed() {
        FeedPosition position = unbounded();
        assertThat(position.isCommitted()).isTrue();
        assertThat(stops(position, 4)).isEmpty();
        assertThat(position.isHalfFull()).isFalse();
        assertThat(stops(position, 1)).containsExactly(105L);
        assertThat(position.isHalfFull()).isTrue();
        assertThat(position.waitIfFull()).isFalse();
        assertThat(stops(position, 5)).containsExactly(110L);
        assertThat(position.waitIfFull()).isTrue();
        assertThat(position.waitsForCommit()).isTrue();
        assertThat(position.isCommitted()).isFalse();
    }

    @Test
    void a_commit_that_makes_room_ends_the_wait_and_a_late_one_takes_nothing_back() {
        FeedPosition position = unbounded();
        position.pass(110);
        position.waitIfFull();
        assertThat(position.commit(100)).isFalse();
        assertThat(position.waitsForCommit()).isTrue();
        assertThat(position.commit(101)).isTrue();
        assertThat(position.waitsForCommit()).isFalse();
        assertThat(position.commit(99)).isFalse();
        assertThat(position.waitIfFull()).isFalse();
        assertThat(position.commit(110)).isFalse();
        assertThat(position.isCommitted()).isTrue();
        assertThat(stops(position, 10)).containsExactly(115L, 120L);
    }

    @Test
    void a_bounded_group_stops_at_its_end() {
        FeedPosition position = at(103, 0, 0);
        assertThat(position.isAtEnd()).isFalse();
        assertThat(stops(position, 3)).containsExactly(103L);
        assertThat(position.isAtEnd()).isTrue();
        assertThat(at(100, 0, 0).isAtEnd()).isTrue();
        assertThat(unbounded().isAtEnd()).isFalse();
        assertThat(at(0, 0, 0).isAtEnd()).isTrue();
    }

    @Test
    void among_suspects_a_reader_commits_at_every_stride_until_the_last_is_passed() {
        FeedPosition position = at(-1, 105, 4);
        assertThat(position.isCounted()).isFalse();
        assertThat(position.leaveSuspects()).isFalse();
        assertThat(stops(position, 2)).containsExactly(102L);
        assertThat(stops(position, 2)).containsExactly(104L);
        assertThat(position.waitIfFull()).isTrue();
        position.commit(104);
        assertThat(stops(position, 1)).containsExactly(105L);
        assertThat(position.leaveSuspects()).isTrue();
        assertThat(position.leaveSuspects()).isFalse();
        position.commit(105);
        assertThat(stops(position, 10)).containsExactly(110L, 115L);
    }

    @Test
    void a_stride_never_leaves_more_uncommitted_than_the_group_allows() {
        FeedPosition position = at(-1, 5_000, 1_024);
        assertThat(stops(position, 10)).containsExactly(105L, 110L);
        assertThat(position.waitIfFull()).isTrue();
    }

    @Test
    void each_delivery_is_counted_once_the_suspects_are_narrowed_to_one() {
        FeedPosition position = at(-1, 101, 1);
        assertThat(position.isCounted()).isTrue();
        assertThat(stops(position, 1)).containsExactly(101L);
        assertThat(position.waitIfFull()).isTrue();
        assertThat(position.leaveSuspects()).isTrue();
        assertThat(position.isCounted()).isFalse();
    }

    @Test
    void other_options_change_the_bounds_at_once() {
        FeedPosition position = unbounded();
        FeedPosition fresh = unbounded();
        position.pass(104);
        assertThat(position.boundsChanged()).isFalse();
        assertThat(fresh.barrier()).isEqualTo(105);
        String smaller = new GroupOptions().setMaxUncommittedEvents(4).toJson().encode();
        settings.follow(new GroupState(
                smaller,
                0,
                0,
                0,
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                List.of(),
                List.of(),
                new TreeMap<>()));
        assertThat(position.boundsChanged()).isTrue();
        assertThat(position.waitsForCommit()).isTrue();
        assertThat(fresh.boundsChanged()).isFalse();
        assertThat(fresh.barrier()).isEqualTo(102);
    }

    @Test
    void a_position_that_is_skipped_to_draws_the_bound_again() {
        FeedPosition position = at(200, 0, 0);
        position.skipTo(198);
        assertThat(position.barrier()).isEqualTo(199);
        position.commit(198);
        assertThat(position.barrier()).isEqualTo(200);
    }

    // ---- the delivery in hand

    @Test
    void a_delivery_that_was_given_up_is_not_ended_by_its_handler() {
        InHand<String> inHand = new InHand<>();
        assertThat(inHand.isEmpty()).isTrue();
        long first = inHand.begin("one", 1);
        assertThat(inHand.isEmpty()).isFalse();
        long second = inHand.begin("two", 3);
        assertThat(inHand.attempt()).isEqualTo(3);
        assertThat(inHand.end(first)).isNull();
        assertThat(inHand.isEmpty()).isFalse();
        assertThat(inHand.end(second)).isEqualTo("two");
        assertThat(inHand.end(second)).isNull();
        assertThat(inHand.isEmpty()).isTrue();
    }

    @Test
    void the_age_of_a_delivery_counts_from_the_first_look_at_it() {
        InHand<String> inHand = new InHand<>();
        assertThat(inHand.endIfOlder(10, 500)).isNull();
        inHand.begin("one", 1);
        assertThat(inHand.endIfOlder(10, 1_000)).isNull();
        assertThat(inHand.endIfOlder(10, 1_009)).isNull();
        long number = inHand.begin("two", 1);
        assertThat(inHand.endIfOlder(10, 1_015)).isNull();
        assertThat(Objects.requireNonNull(inHand.endIfOlder(10, 1_025))).isEqualTo("two");
        assertThat(inHand.end(number)).isNull();
        assertThat(inHand.endIfOlder(10, 9_000)).isNull();
    }
}
