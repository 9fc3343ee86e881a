package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Files in the formats of earlier versions, byte for byte, and what is read from them. */
class EarlierSnapshotsTest extends OnSnapshotFiles {

    private static ByteBuffer begin(String magic) {
        ByteBuffer bytes = ByteBuffer.allocate(1_000).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(magic.getBytes(StandardCharsets.US_ASCII));
        return bytes.putLong(3).putLong(5).putLong(7).putLong(100).putLong(90);
    }

    /** A snapshot of the version before, whose groups were those of all hashes, whatever the partition. */
    @Test
    void reads_version_4() throws Exception {
        ByteBuffer bytes = begin("SLSNAP04").putLong(1_000).putLong(2_000);
        bytes.putInt(2).putInt(1).putInt(1).putInt(2).putLong(2);
        bytes.putInt(1_024).putInt(0).putInt(1).putInt(0);
        bytes.put(HexFormat.of().parseHex(FIFTH_BYTES));
        TaskState found = read(store(bytes));
        assertThat(found.marks()).isEqualTo(Map.of(SINK, MARKS));
        assertThat(OneOperator.map(found.states())).isEqualTo(Map.of("a", "1", "b", "two"));
        assertThat(found.states().time())
                .isEqualTo(new EventTime(1_000, 2_000, List.of(new EventTime.Floor(new KeyRange(3, 4), 1_001))));
        assertThat(found.chain().size()).isOne();
        assertThat(start(found, KeyRange.ALL).chain().size())
                .as("the groups are the same")
                .isOne();
        assertThat(start(found, new KeyRange(0, 1L << 60)).chain().size())
                .as("the next one has everything again")
                .isZero();
    }

    private static TaskStart start(TaskState state, KeyRange keys) {
        return new TaskStart(new PartitionDescription(7, 0, keys), 100, 90, state.states(), state.chain(), null);
    }

    /** A snapshot that always had everything. */
    @Test
    void reads_version_3() throws Exception {
        ByteBuffer bytes = begin("SLSNAP03").putLong(1_000).putLong(2_000);
        bytes.putInt(2).putInt(1).putInt(1).putInt(1).putLong(2);
        bytes.put(HexFormat.of()
                .parseHex(FLOOR_BYTES + SINK_BYTES + OPERATOR_BYTES + "0200000000000000"
                        + "0000000000000000" + "0100000061" + "00000000" + STRING_TYPE + "0100000031"
                        + "0000000000000000" + "0100000062" + "00000000" + STRING_TYPE + "0300000074776f"));
        Snapshot snapshot = store(bytes);
        TaskState found = read(snapshot);
        assertThat(found.marks()).isEqualTo(Map.of(SINK, MARKS));
        assertThat(OneOperator.map(found.states())).isEqualTo(Map.of("a", "1", "b", "two"));
        assertThat(found.states().time())
                .isEqualTo(new EventTime(1_000, 2_000, List.of(new EventTime.Floor(new KeyRange(3, 4), 1_001))));
        assertThat(found.chain().size()).as("the next one has everything again").isZero();
    }

    /** A snapshot that had one operator and one sink. */
    @Test
    void reads_version_2() throws Exception {
        ByteBuffer bytes = begin("SLSNAP02").putInt(2).putInt(2).putLong(2);
        bytes.put(HexFormat.of()
                .parseHex(MARKS_BYTES + "0100000061" + STRING_TYPE + "0100000031" + "0100000062" + STRING_TYPE
                        + "0300000074776f"));
        Snapshot snapshot = store(bytes);
        TaskState found = read(snapshot);
        assertThat(found.marks()).isEqualTo(Map.of(SINK, MARKS));
        assertThat(OneOperator.map(found.states())).isEqualTo(Map.of("a", "1", "b", "two"));
        assertThatThrownBy(() -> await(snapshots().read(List.of(snapshot), windows("state"), RestoreTerms.unlimited())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("keyed", "windows of 1000 ms");
        assertThat(found.states().time()).isEqualTo(EventTime.START);
    }

    private static final String GONE_BYTES = "04000000" + "676f6e65" + "05000000" + "6b65796564";
    private static final String WITHOUT_STATE = "ffffffff";

    /** Keyed state of operator {@code gone} before that of operator {@code state}, which must be found after it. */
    private Snapshot storeTwoOperators() throws Exception {
        ByteBuffer bytes = begin("SLSNAP03").putLong(1_000).putLong(2_000);
        bytes.putInt(2).putInt(0).putInt(1).putInt(2).putLong(3);
        bytes.put(HexFormat.of()
                .parseHex(SINK_BYTES + GONE_BYTES + "0200000000000000"
                        + "0000000000000000" + "0100000061" + "01000000" + "0700000000000000" + STRING_TYPE
                        + "0300000074776f"
                        + "0000000000000000" + "0100000062" + "00000000" + WITHOUT_STATE
                        + OPERATOR_BYTES + "0100000000000000"
                        + "0000000000000000" + "0100000061" + "00000000" + STRING_TYPE + "0100000031"));
        return store(bytes, 3);
    }

    private TaskState read(Snapshot snapshot, Topology topology, String... dropped) {
        RestoreTerms terms = new RestoreTerms(StateBudget.unlimited(), true, Set.of(dropped));
        return Objects.requireNonNull(
                await(snapshots().read(List.of(snapshot), topology, terms)).get(7L));
    }

    @Test
    void state_of_version_3_is_dropped_and_the_rest_is_read() throws Exception {
        Snapshot snapshot = storeTwoOperators();
        Topology topology = OneOperator.topology(CODEC, "");
        for (String[] dropped : new String[][] {{}, {"state"}, {"gnoe"}}) {
            assertThatThrownBy(() -> read(snapshot, topology, dropped))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContainingAll("operator gone", "droppedState, which has " + Arrays.toString(dropped));
        }
        TaskState found = read(snapshot, topology, "gone", "state");
        assertThat(OneOperator.map(found.states())).isEqualTo(Map.of("a", "1"));
        assertThat(found.marks()).isEqualTo(Map.of(SINK, MARKS));
    }

    @Test
    void state_of_version_3_of_another_kind_is_dropped() throws Exception {
        Snapshot snapshot = storeTwoOperators();
        assertThatThrownBy(() -> read(snapshot, windows("state"), "gone"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("operator state", "keyed", "windows of 1000 ms");
        List<StateEntry> entries = new ArrayList<>();
        read(snapshot, windows("state"), "gone", "state")
                .states()
                .store("state")
                .forEach(entries::add);
        assertThat(entries).isEmpty();
    }

    @Test
    void state_of_version_2_is_that_of_the_only_operator_and_can_be_dropped() throws Exception {
        ByteBuffer bytes = begin("SLSNAP02").putInt(2).putInt(2).putLong(2);
        bytes.put(HexFormat.of()
                .parseHex(MARKS_BYTES + "0100000061" + STRING_TYPE + "0100000031" + "0100000062" + STRING_TYPE
                        + "0300000074776f"));
        Snapshot snapshot = store(bytes);
        List<StateEntry> entries = new ArrayList<>();
        read(snapshot, windows("state"), "state").states().store("state").forEach(entries::add);
        assertThat(entries).isEmpty();
        assertThat(OneOperator.map(
                        read(snapshot, OneOperator.topology(CODEC, ""), "state").states()))
                .as("a state that can be read is kept")
                .containsOnlyKeys("a", "b");
    }

    private Snapshot store(ByteBuffer bytes) throws Exception {
        return store(bytes, 2);
    }

    /** Puts bytes into a file with their checksum. */
    private Snapshot store(ByteBuffer bytes, long keys) throws Exception {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().flip());
        bytes.putInt((int) crc.getValue());
        byte[] written = new byte[bytes.flip().limit()];
        bytes.get(written);
        Files.write(directory.resolve("e3-c5-p7.snapshot"), written);
        return new Snapshot(TAKEN, 7, 100, 90, keys, "e3-c5-p7.snapshot", written.length, (int) crc.getValue());
    }
}
