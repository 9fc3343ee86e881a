package io.strandline.sync.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.vertx.core.buffer.Buffer;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RevisionEventTest {

    private static final UUID WRITER = new UUID(1, 2);
    private static final Revision CHANGE =
            new Revision(new Position(7, new AppendId(WRITER, 3)), Revision.Form.CHANGE, new byte[] {10, 11});
    private static final Revision WHOLE =
            new Revision(new Position(8, new AppendId(WRITER, 4)), Revision.Form.WHOLE, new byte[] {12});
    private static final RevisionHistory HISTORY =
            new RevisionHistory(WHOLE.position(), List.of(), WHOLE, List.of(CHANGE.position(), WHOLE.position()), 5);

    private static final String POSITION_7 =
            "0000000000000007" + "00000000000000010000000000000002" + "0000000000000003";
    private static final String POSITION_8 =
            "0000000000000008" + "00000000000000010000000000000002" + "0000000000000004";

    @Test
    void the_bytes_of_an_append_stay_as_they_are() {
        assertThat(RevisionEvent.ofAppend(List.of(CHANGE, WHOLE)))
                .extracting(RevisionEventTest::hex)
                .containsExactly(
                        "01" + "01" + "00" + POSITION_7 + "00000001" + "0a0b",
                        "01" + "01" + "01" + POSITION_8 + "00000000" + "0c");
    }

    @Test
    void the_bytes_of_a_snapshot_stay_as_they_are() {
        assertThat(hex(RevisionEvent.ofSnapshot(WHOLE, HISTORY)))
                .isEqualTo("01" + "02" + "01" + POSITION_8 + "0000000000000005" + "00000002" + POSITION_7 + POSITION_8
                        + "0c");
    }

    @Test
    void what_was_written_is_read() {
        List<Buffer> events = RevisionEvent.ofAppend(List.of(CHANGE, WHOLE));
        assertThat(RevisionEvent.read(events.get(0)))
                .usingRecursiveComparison()
                .isEqualTo(new RevisionEvent.Appended(CHANGE, 1));
        assertThat(RevisionEvent.read(events.get(1)))
                .usingRecursiveComparison()
                .isEqualTo(new RevisionEvent.Appended(WHOLE, 0));
        assertThat(RevisionEvent.read(RevisionEvent.ofSnapshot(WHOLE, HISTORY)))
                .usingRecursiveComparison()
                .isEqualTo(new RevisionEvent.Snapshot(WHOLE, HISTORY.writers(), 5));
    }

    @Test
    void an_event_that_ends_early_is_refused() {
        Buffer revision = RevisionEvent.ofAppend(List.of(CHANGE)).get(0);
        for (int length = 0; length < RevisionEvent.REVISION_HEADER_BYTES; length++) {
            refused(revision.slice(0, length), "ends within its header, at byte " + length);
        }
        Buffer snapshot = RevisionEvent.ofSnapshot(WHOLE, HISTORY);
        for (int length = 0; length < RevisionEvent.SNAPSHOT_HEADER_BYTES; length++) {
            refused(snapshot.slice(0, length), "at byte " + length);
        }
        refused(snapshot.slice(0, snapshot.length() - 2), "number of writers is 2, it must be 0 to 1");
    }

    @Test
    void a_field_out_of_its_bounds_is_refused_with_its_value() {
        Buffer revision = RevisionEvent.ofAppend(List.of(CHANGE)).get(0);
        refused(revision.copy().setByte(0, (byte) 2), "format is 2, it must be 1 to 1");
        refused(revision.copy().setByte(1, (byte) 3), "kind is 3, it must be 1 to 2");
        refused(revision.copy().setByte(2, (byte) 2), "form is 2, it must be 0 to 1");
        refused(revision.copy().setLong(3, 0), "revision is 0, it must be 1 to");
        refused(revision.copy().setInt(35, -1), "number of revisions left is -1");
        Buffer snapshot = RevisionEvent.ofSnapshot(WHOLE, HISTORY);
        refused(snapshot.copy().setByte(2, (byte) 0), "form is 0, it must be 1 to 1");
    }

    private static void refused(Buffer event, String why) {
        assertThatThrownBy(() -> RevisionEvent.read(event))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    private static String hex(Buffer event) {
        return HexFormat.of().formatHex(event.getBytes());
    }
}
