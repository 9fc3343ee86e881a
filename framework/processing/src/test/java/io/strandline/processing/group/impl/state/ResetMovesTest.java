package io.strandline.processing.group.impl.state;

import static io.strandline.processing.group.impl.state.ElasticStream.NAME;
import static io.strandline.processing.group.impl.state.ElasticStream.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.ResetPlan.Move;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** In which partitions of an elastic stream a group goes on elsewhere. */
class ResetMovesTest {

    private static final Map<Long, Long> START = Map.of(1L, 0L);

    private static List<Move> moves(
            Map<Long, Long> before, Map<Long, Long> after, Map<Long, Long> kept, Map<Long, Long> until) {
        return new ResetMoves(STREAM, new TreeMap<>(until))
                .between(new TreeMap<>(before), new TreeMap<>(after), new TreeMap<>(kept));
    }

    private static List<Move> moves(Map<Long, Long> before, Map<Long, Long> after) {
        return moves(before, after, START, Map.of());
    }

    private static Move move(long partition, long from, long to) {
        return new Move(NAME, partition, from, to);
    }

    @Test
    void what_a_group_has_read_comes_again_and_what_is_still_to_come_does_not() {
        assertThat(moves(Map.of(4L, 40L), Map.of(1L, 4L)))
                .containsExactly(move(1, 10, 4), move(2, 20, 0), move(3, 30, 0), move(4, 40, 0));
        assertThat(moves(Map.of(2L, 5L, 3L, 6L), Map.of(1L, 4L)))
                .containsExactly(move(1, 10, 4), move(2, 5, 0), move(3, 6, 0));
    }

    @Test
    void what_is_passed_over_never_comes() {
        assertThat(moves(Map.of(1L, 4L), Map.of(4L, 1L)))
                .containsExactly(move(1, 4, 10), move(2, 0, 20), move(3, 0, 30), move(4, 0, 1));
        assertThat(moves(Map.of(2L, 5L), Map.of(2L, 5L, 3L, 6L))).containsExactly(move(3, 30, 6));
    }

    @Test
    void a_group_that_stays_where_it_is_does_not_move() {
        assertThat(moves(Map.of(2L, 5L, 3L, 6L), Map.of(2L, 5L, 3L, 6L))).isEmpty();
        assertThat(moves(Map.of(2L, 0L, 3L, 0L), Map.of(1L, 10L))).isEmpty();
    }

    @Test
    void events_that_are_removed_do_not_count() {
        Map<Long, Long> kept = Map.of(2L, 15L, 3L, 0L);
        assertThat(moves(Map.of(4L, 40L), Map.of(1L, 4L), kept, Map.of()))
                .containsExactly(move(2, 20, 15), move(3, 30, 0), move(4, 40, 0));
        assertThat(moves(Map.of(1L, 4L), Map.of(2L, 12L, 3L, 2L), kept, Map.of()))
                .containsExactly(move(3, 0, 2));
    }

    @Test
    void a_bounded_group_moves_within_its_bounds() {
        Map<Long, Long> until = Map.of(2L, 20L, 3L, 7L);
        assertThat(moves(Map.of(), Map.of(2L, 1L, 3L, 7L), START, until)).containsExactly(move(2, 20, 1));
        assertThat(moves(Map.of(3L, 2L), Map.of(1L, 0L), START, until))
                .containsExactly(move(1, 10, 0), move(2, 20, 0), move(3, 2, 0));
        assertThat(moves(Map.of(1L, 0L), Map.of(), START, until))
                .containsExactly(move(1, 0, 10), move(2, 0, 20), move(3, 0, 7));
    }
}
