package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.strandline.EventCodec;
import io.strandline.KeyRange;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.operator.EventTime;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFileTest {

    private static final EventCodec<String> CODEC = TextCodec.STRING;
    private static final SortedMap<Long, WriterMark> MARKS = new TreeMap<>(Map.of(
            11L,
            new WriterMark(new Sequence(89, 1), 0x1122334455667788L),
            12L,
            new WriterMark(new Sequence(7, 0), -2)));

    private static final String MARKS_BYTES = "0b00000000000000" + "5900000000000000" + "0100000000000000"
            + "8877665544332211" + "0c00000000000000" + "0700000000000000" + "0000000000000000" + "feffffffffffffff";
    private static final String STRING_TYPE = "06000000737472696e67" + "01000000";

    private static final StreamName SINK = StreamName.parse("bank/states");

    private static final Taken TAKEN = new Taken(5, 3, 2);

    private static Vertx vertx;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void close() {
        await(vertx.close());
    }

    private static PipelineSnapshots snapshots(Path directory) {
        return new PipelineSnapshots(
                vertx.getOrCreateContext(),
                new FileCheckpointStore(vertx, pipeline -> new DirectoryFiles(directory)),
                "ledger");
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("nothing came within 20 s", e);
        }
    }

    private static Manifest write(Path directory, Map<String, String> states) {
        return write(directory, states, CODEC);
    }

    private static Manifest write(Path directory, Map<String, String> states, EventCodec<String> codec) {
        List<Snapshot> written = await(snapshots(directory).write(TAKEN, List.of(cut(states, codec))));
        return new Manifest(TAKEN, new TreeMap<>(), Manifest.NOTHING, written);
    }

    private static Map<Long, TaskState> read(Path directory, Manifest manifest) {
        return await(snapshots(directory).read(manifest.snapshots(), OneOperator.topology(CODEC, "")));
    }

    private static TaskCut cut(Map<String, String> states, EventCodec<String> codec) {
        return new TaskCut(
                7,
                100,
                90,
                false,
                Map.of(SINK, MARKS),
                OneOperator.states(OneOperator.topology(codec, ""), states).capture(),
                0);
    }

    private static Path file(Path directory, Manifest manifest) {
        return directory.resolve(manifest.snapshots().get(0).file());
    }

    @Test
    void returns_what_was_written_also_beyond_one_buffer(@TempDir Path directory) throws Exception {
        Random random = new Random(1);
        Map<String, String> states = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            states.put("clé " + i, "x".repeat(random.nextInt(4_000)));
        }
        states.put("huge", "y".repeat(3 * SnapshotFormat.BUFFER_BYTES));
        Manifest manifest = write(directory, states);
        Snapshot snapshot = manifest.snapshots().get(0);

        TaskState found = Objects.requireNonNull(read(directory, manifest).get(7L));
        assertThat(found.marks()).isEqualTo(Map.of(SINK, MARKS));
        assertThat(OneOperator.map(found.states())).isEqualTo(states);
        assertThat(found.states().time())
                .isEqualTo(new EventTime(1_000, 2_000, List.of(new EventTime.Floor(new KeyRange(3, 4), 1_001))));
        assertThat(snapshot.length()).isEqualTo(Files.size(file(directory, manifest)));
        assertThat(snapshot.keys()).isEqualTo(501);
    }

    @Test
    void keys_that_would_become_one_are_refused(@TempDir Path directory) {
        assertThatThrownBy(() -> write(directory, Map.of("ann \uD83D", "1", "ann \uDE00", "2", "ann ?", "3")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("surrogate");
    }

    @Test
    void has_the_bytes_that_the_format_draws(@TempDir Path directory) throws Exception {
        byte[] bytes = Files.readAllBytes(file(directory, write(directory, Map.of("b", "two", "a", "1"))));
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

        assertThat(new String(bytes, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("SLSNAP03");
        assertThat(List.of(header.getLong(8), header.getLong(16), header.getLong(24)))
                .containsExactly(3L, 5L, 7L);
        assertThat(List.of(header.getLong(32), header.getLong(40), header.getLong(48), header.getLong(56)))
                .containsExactly(100L, 90L, 1_000L, 2_000L);
        assertThat(List.of(header.getInt(64), header.getInt(68), header.getInt(72), header.getInt(76)))
                .containsExactly(2, 1, 1, 1);
        assertThat(header.getLong(80)).isEqualTo(2);
        assertThat(HexFormat.of().formatHex(bytes, 88, bytes.length - 4))
                .isEqualTo("0300000000000000" + "0400000000000000" + "e903000000000000" + "0b000000"
                        + "62616e6b2f737461746573" + "02000000" + MARKS_BYTES
                        + "05000000" + "7374617465" + "05000000" + "6b65796564" + "0200000000000000"
                        + "0000000000000000" + "0100000061" + "00000000" + STRING_TYPE + "0100000031"
                        + "0000000000000000" + "0100000062" + "00000000" + STRING_TYPE + "0300000074776f");
    }

    /** A snapshot of the version before, which had one operator and one sink. */
    @Test
    void reads_version_2(@TempDir Path directory) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(1_000).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put("SLSNAP02".getBytes(StandardCharsets.US_ASCII));
        bytes.putLong(3)
                .putLong(5)
                .putLong(7)
                .putLong(100)
                .putLong(90)
                .putInt(2)
                .putInt(2)
                .putLong(2);
        bytes.put(HexFormat.of()
                .parseHex(MARKS_BYTES + "0100000061" + STRING_TYPE + "0100000031" + "0100000062" + STRING_TYPE
                        + "0300000074776f"));
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().flip());
        bytes.putInt((int) crc.getValue());
        Files.write(directory.resolve("e3-c5-p7.snapshot"), Arrays.copyOf(bytes.array(), bytes.position()));
        Snapshot snapshot =
                new Snapshot(TAKEN, 7, 100, 90, 2, "e3-c5-p7.snapshot", bytes.position(), (int) crc.getValue());
        TaskState found = Objects.requireNonNull(
                read(directory, new Manifest(TAKEN, new TreeMap<>(), Manifest.NOTHING, List.of(snapshot)))
                        .get(7L));
        assertThat(found.marks()).isEqualTo(Map.of(SINK, MARKS));
        assertThat(OneOperator.map(found.states())).isEqualTo(Map.of("a", "1", "b", "two"));
        assertThatThrownBy(() -> await(snapshots(directory).read(List.of(snapshot), windows("state"))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("keyed", "windows of 1000 ms");
        assertThat(found.states().time()).isEqualTo(EventTime.START);
    }

    private static Topology windows(String id) {
        return Pipeline.named("one", 1)
                .from("bank/deposits", CODEC)
                .keyByRoutingKey()
                .window(Windows.tumbling(Duration.ofSeconds(1)))
                .reduce(id, CODEC, (one, other) -> other)
                .build()
                .topology();
    }

    /** Otherwise a state would come out as the result of a window of 1970, as if it were final. */
    @Test
    void the_state_of_another_kind_of_operator_is_refused_and_no_damage(@TempDir Path directory) {
        Manifest manifest = write(directory, Map.of("a", "1"));
        assertThatThrownBy(() -> await(snapshots(directory).read(manifest.snapshots(), windows("state"))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("operator state", "keyed", "windows of 1000 ms");
        assertThatThrownBy(() -> await(snapshots(directory).read(manifest.snapshots(), windows("other"))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("operator state", "other");
    }

    @Test
    void an_operator_without_state_may_be_gone_or_be_another_kind(@TempDir Path directory) {
        Manifest manifest = write(directory, Map.of());
        for (String id : List.of("state", "other")) {
            assertThat(await(snapshots(directory).read(manifest.snapshots(), windows(id))))
                    .containsOnlyKeys(7L);
        }
    }

    @Test
    void notices_every_changed_byte_and_every_cut(@TempDir Path directory) throws Exception {
        Manifest manifest = write(directory, Map.of("a", "1", "b", "two"));
        Path file = file(directory, manifest);
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 0x10;
            Files.write(file, changed);
            assertThat(damage(directory, manifest)).as("byte %s", i).contains(file.toString());
            Files.write(file, Arrays.copyOf(whole, i));
            assertThat(damage(directory, manifest)).as("cut at %s", i).contains(i + " bytes");
        }
        Files.delete(file);
        assertThat(damage(directory, manifest)).contains("missing");
        Files.write(file, whole);
        assertThat(read(directory, manifest)).containsKey(7L);
    }

    /** What reading a damaged file says. */
    private static String damage(Path directory, Manifest manifest) {
        Throwable damage = catchThrowable(() -> read(directory, manifest));
        assertThat(damage).isInstanceOf(StrandlineException.Corrupt.class);
        return String.valueOf(damage.getMessage());
    }

    @Test
    void notices_the_file_of_another_checkpoint(@TempDir Path directory) throws Exception {
        Snapshot snapshot = write(directory, Map.of("a", "1")).snapshots().get(0);
        Snapshot other = new Snapshot(
                new Taken(6, 3, 2),
                snapshot.partition(),
                snapshot.offset(),
                snapshot.step(),
                snapshot.keys(),
                snapshot.file(),
                snapshot.length(),
                snapshot.crc());
        assertThat(damage(directory, new Manifest(TAKEN, new TreeMap<>(), Manifest.NOTHING, List.of(other))))
                .contains("is checkpoint 5 of epoch 3");
    }

    @Test
    void a_later_checkpoint_may_name_the_file_of_an_earlier_one(@TempDir Path directory) throws Exception {
        Snapshot snapshot = write(directory, Map.of("a", "1")).snapshots().get(0);
        Manifest later = new Manifest(new Taken(9, 4, 3), new TreeMap<>(), Manifest.NOTHING, List.of(snapshot));
        assertThat(read(directory, later)).containsKey(7L);
    }

    @Test
    void names_the_key_that_a_codec_cannot_read_or_write(@TempDir Path directory) throws Exception {
        Manifest manifest = write(directory, Map.of("a", "1"));
        EventCodec<String> other = TextCodec.of("other", text -> text, text -> text);
        assertThatThrownBy(
                        () -> await(snapshots(directory).read(manifest.snapshots(), OneOperator.topology(other, ""))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key a")
                .hasMessageContaining("string v1");

        EventCodec<String> broken = TextCodec.of(
                "broken",
                text -> {
                    throw new IllegalStateException("no");
                },
                text -> text);
        assertThatThrownBy(() -> write(directory, Map.of("a", "1"), broken))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key a");
    }

    @Test
    void a_sweep_leaves_what_is_retained_what_is_newer_and_what_is_not_ours(@TempDir Path directory) throws Exception {
        Manifest retained = write(directory, Map.of());
        Files.createFile(directory.resolve("e3-c4-p7.snapshot"));
        Files.createFile(directory.resolve("e2-c9-p7.snapshot"));
        Files.createFile(directory.resolve("e4-c1-p7.snapshot"));
        Files.createFile(directory.resolve("notes.txt"));

        await(snapshots(directory).sweep(List.of(new CheckpointEntry.StoredManifest(0, retained)), 3));

        assertThat(directory.toFile().list())
                .containsExactlyInAnyOrder("e3-c5-p7.snapshot", "e4-c1-p7.snapshot", "notes.txt");
    }
}
