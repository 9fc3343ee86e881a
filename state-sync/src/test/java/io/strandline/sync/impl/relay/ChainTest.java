package io.strandline.sync.impl.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ChainTest {

    private final UUID writer = UUID.randomUUID();

    @Test
    void numbered_revisions_become_durable_from_the_front_or_are_cut() {
        List<Revision> five = behind(Position.NONE, 5);
        Chain chain = Chain.EMPTY.numbered(five.subList(0, 2)).numbered(five.subList(2, 5));
        assertThat(chain.durableEnd()).isEqualTo(Position.NONE);
        assertThat(chain.end()).isEqualTo(at(five, 4));
        assertThat(chain.durableAfter(Position.NONE)).isEmpty();

        Chain confirmed = chain.confirmed(2);
        assertThat(confirmed.durableEnd()).isEqualTo(at(five, 1));
        assertThat(confirmed.durableAfter(at(five, 0))).containsExactly(five.get(1));
        assertThat(confirmed.allAfter(at(five, 0))).isEqualTo(five.subList(1, 5));
        assertThat(confirmed.durableAfter(at(five, 3))).isEmpty();
        assertThat(confirmed.cut().end()).isEqualTo(at(five, 1));
        assertThat(confirmed.cut().allAfter(at(five, 3))).isNull();
    }

    @Test
    void a_position_of_another_history_is_not_part_of_it() {
        Chain chain = Chain.EMPTY.learned(new CatchUp(Position.NONE, behind(Position.NONE, 3)));
        assertThat(chain.durableAfter(new Position(2, new AppendId(UUID.randomUUID(), 2))))
                .isNull();
        assertThat(chain.durableAfter(new Position(7, new AppendId(writer, 7)))).isNull();
        assertThat(chain.isWhole()).isTrue();
    }

    @Test
    void what_one_read_brought_stays_whole_and_makes_room_later() {
        int many = 3 * Chain.MAX_REVISIONS;
        List<Revision> missed = behind(Position.NONE, many);
        Chain chain = Chain.EMPTY.learned(new CatchUp(Position.NONE, missed));
        assertThat(chain.durableAfter(Position.NONE)).hasSize(many);

        List<Revision> more = behind(chain.end(), 1);
        Chain next = chain.learned(new CatchUp(chain.durableEnd(), more));
        assertThat(next.durableAfter(Position.NONE)).isNull();
        assertThat(next.isWhole()).isFalse();
        assertThat(next.allDurable()).hasSize(Chain.MAX_REVISIONS + 1);
        assertThat(next.durableAfter(at(missed, many - 1))).isEqualTo(more);
    }

    @Test
    void large_revisions_make_room_by_their_bytes() {
        Chain chain = Chain.EMPTY;
        for (int i = 0; i < 20; i++) {
            Position next = chain.end().next(new AppendId(writer, i + 1L));
            chain = chain.numbered(List.of(new Revision(next, Revision.Form.CHANGE, new byte[1 << 20])))
                    .confirmed(1);
        }
        assertThat(chain.allDurable()).hasSize(Chain.MAX_BYTES >> 20);
    }

    @Test
    void numbered_revisions_make_no_room() {
        List<Revision> many = behind(Position.NONE, 2 * Chain.MAX_REVISIONS);
        Chain chain = Chain.EMPTY.numbered(many).numbered(behind(at(many, many.size() - 1), 1));
        assertThat(chain.allAfter(Position.NONE)).hasSize(many.size() + 1);
    }

    @Test
    void older_revisions_can_be_put_before_it() {
        List<Revision> ten = behind(Position.NONE, 10);
        Chain late = Chain.EMPTY.learned(new CatchUp(at(ten, 6), ten.subList(7, 10)));
        List<Revision> numbered = behind(late.end(), 2);
        Chain whole = late.numbered(numbered).reachingBackTo(new CatchUp(Position.NONE, ten));
        assertThat(whole.durableAfter(Position.NONE)).isEqualTo(ten);
        assertThat(whole.allAfter(at(ten, 9))).isEqualTo(numbered);
    }

    /** Else it would keep fewer and fewer, or more and more, than its bound says. */
    @Test
    void what_was_cut_or_put_before_it_counts_once() {
        Revision huge = new Revision(
                Position.NONE.next(new AppendId(writer, 1)), Revision.Form.CHANGE, new byte[Chain.MAX_BYTES]);
        List<Revision> two = behind(Position.NONE, 2);
        Chain cut = Chain.EMPTY.numbered(List.of(huge)).cut().numbered(two).confirmed(2);
        assertThat(cut.numbered(behind(cut.end(), 1)).confirmed(1).isWhole()).isTrue();

        Revision next = new Revision(
                huge.position().next(new AppendId(writer, 2)), Revision.Form.CHANGE, new byte[Chain.MAX_BYTES / 2]);
        Chain joined = Chain.EMPTY
                .learned(new CatchUp(huge.position(), List.of(next)))
                .reachingBackTo(new CatchUp(Position.NONE, List.of(huge, next)));
        Chain after = joined.numbered(behind(joined.end(), 1)).confirmed(1);
        assertThat(after.isWhole()).isFalse();
        assertThat(after.durableAfter(huge.position())).hasSize(2);
    }

    private static Position at(List<Revision> revisions, int index) {
        return revisions.get(index).position();
    }

    private List<Revision> behind(Position position, int count) {
        List<Revision> all = new ArrayList<>();
        Position last = position;
        for (int i = 0; i < count; i++) {
            last = last.next(new AppendId(writer, last.revision() + 1));
            all.add(new Revision(last, Revision.Form.CHANGE, new byte[1]));
        }
        return all;
    }
}
