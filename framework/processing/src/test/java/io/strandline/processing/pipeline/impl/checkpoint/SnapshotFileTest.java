package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.KeyRange;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.impl.state.EventTime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The format of a snapshot, the damage that it notices, and the states that it gives back. */
class SnapshotFileTest extends OnSnapshotFiles {

    /** The length of the state is the first thing that has no room in the buffer. */
    @Test
    void a_key_that_fills_the_buffer_is_read_back() {
        for (int rest = 0; rest < 12; rest++) {
            Map<String, String> states = Map.of("k".repeat(SnapshotFormat.BUFFER_BYTES - rest), "x".repeat(300));
            Manifest manifest = write(states);
            assertThat(OneOperator.map(
                            Objects.requireNonNull(read(manifest).get(7L)).states()))
                    .isEqualTo(states);
        }
    }

    @Test
    void returns_what_was_written_also_beyond_one_buffer() throws Exception {
        Random random = new Random(1);
        Map<String, String> states = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            states.put("clé " + i, "x".repeat(random.nextInt(4_000)));
        }
        states.put("huge", "y".repeat(3 * SnapshotFormat.BUFFER_BYTES));
        Manifest manifest = write(states);
        Snapshot snapshot = manifest.snapshots().get(0);

        TaskState found = Objects.requireNonNull(read(manifest).get(7L));
        assertThat(found.marks()).isEqualTo(Map.of(SINK, MARKS));
        assertThat(OneOperator.map(found.states())).isEqualTo(states);
        assertThat(found.states().time())
                .isEqualTo(new EventTime(1_000, 2_000, List.of(new EventTime.Floor(new KeyRange(3, 4), 1_001))));
        assertThat(snapshot.length()).isEqualTo(Files.size(file(manifest)));
        assertThat(snapshot.keys()).isEqualTo(501);
    }

    @Test
    void keys_that_would_become_one_are_refused() {
        assertThatThrownBy(() -> write(Map.of("ann \uD83D", "1", "ann \uDE00", "2", "ann ?", "3")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("surrogate");
    }

    @Test
    void has_the_bytes_that_the_format_draws() throws Exception {
        byte[] bytes = Files.readAllBytes(file(write(Map.of("b", "two", "a", "1"))));
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

        assertThat(new String(bytes, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("SLSNAP05");
        assertThat(List.of(header.getLong(8), header.getLong(16), header.getLong(24)))
                .containsExactly(3L, 5L, 7L);
        assertThat(List.of(header.getLong(32), header.getLong(40), header.getLong(48), header.getLong(56)))
                .containsExactly(100L, 90L, 1_000L, 2_000L);
        assertThat(List.of(header.getInt(64), header.getInt(68), header.getInt(72), header.getInt(76)))
                .containsExactly(2, 1, 1, 2);
        assertThat(header.getLong(80)).isEqualTo(2);
        assertThat(List.of(header.getInt(88), header.getInt(92), header.getInt(96), header.getInt(100)))
                .containsExactly(1_024, 0, 1, 0);
        assertThat(List.of(header.getLong(104), header.getLong(112))).containsExactly(0L, -1L);
        assertThat(HexFormat.of().formatHex(bytes, 120, bytes.length - 4)).isEqualTo(FIFTH_BYTES);
    }

    /** Otherwise a state would come out as the result of a window of 1970, as if it were final. */
    @Test
    void the_state_of_another_kind_of_operator_is_refused_and_no_damage() {
        Manifest manifest = write(Map.of("a", "1"));
        assertThatThrownBy(
                        () -> await(snapshots().read(manifest.snapshots(), windows("state"), RestoreTerms.unlimited())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("operator state", "keyed", "windows of 1000 ms");
        assertThatThrownBy(
                        () -> await(snapshots().read(manifest.snapshots(), windows("other"), RestoreTerms.unlimited())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("operator state", "other");
    }

    @Test
    void an_operator_without_state_may_be_gone_or_be_another_kind() {
        Manifest manifest = write(Map.of());
        for (String id : List.of("state", "other")) {
            assertThat(await(snapshots().read(manifest.snapshots(), windows(id), RestoreTerms.unlimited())))
                    .containsOnlyKeys(7L);
        }
    }

    @Test
    void notices_every_changed_byte_and_every_cut() throws Exception {
        Manifest manifest = write(Map.of("a", "1", "b", "two"));
        Path file = file(manifest);
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 0x10;
            Files.write(file, changed);
            assertThat(damage(manifest)).as("byte %s", i).contains(file.toString());
            Files.write(file, Arrays.copyOf(whole, i));
            assertThat(damage(manifest)).as("cut at %s", i).contains(i + " bytes");
        }
        Files.delete(file);
        assertThat(damage(manifest)).contains("missing");
        Files.write(file, whole);
        assertThat(read(manifest)).containsKey(7L);
    }

    /** What reading a damaged file says. */
    private String damage(Manifest manifest) {
        Throwable damage = catchThrowable(() -> read(manifest));
        assertThat(damage).isInstanceOf(StrandlineException.Corrupt.class);
        return String.valueOf(damage.getMessage());
    }

    @Test
    void notices_the_file_of_another_checkpoint() throws Exception {
        Snapshot snapshot = write(Map.of("a", "1")).snapshots().get(0);
        Snapshot other = new Snapshot(
                new Taken(6, 3, 2),
                snapshot.partition(),
                snapshot.offset(),
                snapshot.step(),
                snapshot.keys(),
                snapshot.file(),
                snapshot.length(),
                snapshot.crc());
        assertThat(damage(new Manifest(TAKEN, new TreeMap<>(), Manifest.NOTHING, List.of(other))))
                .contains("number=5, epoch=3", "number=6, epoch=3");
    }

    @Test
    void a_later_checkpoint_may_name_the_file_of_an_earlier_one() throws Exception {
        Snapshot snapshot = write(Map.of("a", "1")).snapshots().get(0);
        Manifest later = new Manifest(new Taken(9, 4, 3), new TreeMap<>(), Manifest.NOTHING, List.of(snapshot));
        assertThat(read(later)).containsKey(7L);
    }

    @Test
    void names_the_key_that_a_codec_cannot_read_or_write() throws Exception {
        Manifest manifest = write(Map.of("a", "1"));
        EventCodec<String> other = TextCodec.of("other", text -> text, text -> text);
        assertThatThrownBy(() -> await(snapshots()
                        .read(manifest.snapshots(), OneOperator.topology(other, ""), RestoreTerms.unlimited())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key a")
                .hasMessageContaining("string v1");

        EventCodec<String> broken = TextCodec.of(
                "broken",
                text -> {
                    throw new IllegalStateException("no");
                },
                text -> text);
        assertThatThrownBy(() -> write(Map.of("a", "1"), broken))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key a");
    }

    /** The files before it have the state in that type still. */
    @Test
    void a_state_of_an_earlier_version_reaches_the_codec() {
        EventCodec<String> first = TextCodec.of("string", text -> text, text -> text);
        Manifest manifest = write(Map.of("a", "1", "b", "2"), first);
        EventCodec<String> second = new Upcasting();
        Topology topology = OneOperator.topology(second, "");
        TaskState found =
                Objects.requireNonNull(await(snapshots().read(manifest.snapshots(), topology, RestoreTerms.unlimited()))
                        .get(7L));
        OneOperator.put(found.states(), "b", "third");
        assertThat(OneOperator.map(found.states())).isEqualTo(Map.of("a", "upcast 1", "b", "third"));

        TaskCut cut = new TaskCut(7, 101, 91, false, Map.of(), found.states().capture(), new SnapshotChain(), 0);
        Taken taken = new Taken(6, 3, 2);
        List<Snapshot> written = await(snapshots().write(taken, List.of(cut)));
        TaskState again = Objects.requireNonNull(await(snapshots().read(written, topology, RestoreTerms.unlimited()))
                .get(7L));
        assertThat(OneOperator.map(again.states())).isEqualTo(Map.of("a", "upcast 1", "b", "third"));
    }

    /** Writes version 2, and reads version 1 too. */
    private static final class Upcasting implements EventCodec<String> {

        @Override
        public EventType typeOf(String state) {
            return new EventType("string", 2);
        }

        @Override
        public void encode(String state, PayloadOutput out) {
            byte[] bytes = state.getBytes(StandardCharsets.UTF_8);
            out.write(bytes, 0, bytes.length);
        }

        @Override
        public String decode(EventType type, byte[] bytes, int from, int length) {
            String text = new String(bytes, from, length, StandardCharsets.UTF_8);
            return type.version() == 1 ? "upcast " + text : text;
        }
    }

    @Test
    void a_sweep_leaves_what_is_retained_what_is_newer_and_what_is_not_ours() throws Exception {
        Manifest retained = write(Map.of());
        Files.createFile(directory.resolve("e3-c4-p7.snapshot"));
        Files.createFile(directory.resolve("e2-c9-p7.snapshot"));
        Files.createFile(directory.resolve("e4-c1-p7.snapshot"));
        Files.createFile(directory.resolve("notes.txt"));

        await(snapshots().sweep(List.of(new CheckpointEntry.StoredManifest(0, 0, retained)), 3));

        assertThat(directory.toFile().list())
                .containsExactlyInAnyOrder("e3-c5-p7.snapshot", "e4-c1-p7.snapshot", "notes.txt");
    }
}
