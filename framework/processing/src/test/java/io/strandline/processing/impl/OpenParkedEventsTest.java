package io.strandline.processing.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.impl.ParkingLog.Open;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which parked events are open, over a stream that begins at any offset and is as long as may be. */
class OpenParkedEventsTest {

    private static final StreamName STREAM = StreamName.parse("shop/bad");
    private static final long START = 5_000_000_000L;

    private final Open open = new Open(STREAM, 1, START);

    @Test
    void nothing_is_open_before_an_entry_was_looked_at() {
        assertThat(open.size()).isZero();
        assertThat(open.nextAfter(-1)).isEqualTo(-1);
        assertThat(open.contains(START)).isFalse();
    }

    @Test
    void an_event_is_open_until_it_is_settled() {
        open.add(START, true, -1);
        open.add(START + 1, true, -1);
        open.add(START + 2, false, START);
        assertThat(open.contains(START)).isFalse();
        assertThat(open.contains(START + 1)).isTrue();
        assertThat(open.contains(START + 2)).isFalse();
        assertThat(open.size()).isEqualTo(1);
        assertThat(open.nextAfter(-1)).isEqualTo(START + 1);
        assertThat(open.nextAfter(START)).isEqualTo(START + 1);
        assertThat(open.nextAfter(START + 1)).isEqualTo(-1);
        assertThat(open.nextAfter(Long.MAX_VALUE)).isEqualTo(-1);
    }

    @Test
    void ids_of_no_entry_are_not_open() {
        open.add(START, true, -1);
        assertThat(List.of(0L, START - 1, START + 1, START + (1L << 32), Long.MAX_VALUE))
                .allSatisfy(id -> assertThat(open.contains(id)).isFalse());
    }

    @Test
    void what_was_cut_can_be_settled_again() {
        open.add(START, true, -1);
        open.add(START + 1, false, START - 1);
        open.add(START + 2, false, 0);
        assertThat(open.contains(START)).isTrue();
    }

    @Test
    void more_entries_than_the_limit_are_refused() {
        open.add(START + ParkingLog.MAX_ENTRIES - 1, false, -1);
        assertThatThrownBy(() -> open.add(START + ParkingLog.MAX_ENTRIES, true, -1))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining(ParkingLog.MAX_ENTRIES + " entries are in shop/bad");
    }
}
