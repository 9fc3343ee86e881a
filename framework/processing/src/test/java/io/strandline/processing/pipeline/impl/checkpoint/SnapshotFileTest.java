package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.KeyRange;
import io.strandline.PayloadOutput;
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
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateBudget;
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
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
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

    private static final String FLOOR_BYTES = "0300000000000000" + "0400000000000000" + "e903000000000000";
    private static final String SINK_BYTES = "0b000000" + "62616e6b2f737461746573" + "02000000" + MARKS_BYTES;
    private static final String OPERATOR_BYTES = "05000000" + "7374617465" + "05000000" + "6b65796564";

    /** Keys that are held, of which there are none. */
    private static final String HELD_BYTES = "0f000000" + "737472616e646c696e652e68656c64" + "09000000"
            + "68656c64206b657973" + "0000000000000000" + "00000000" + "00000000";

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
        return await(snapshots(directory)
                .read(manifest.snapshots(), OneOperator.topology(CODEC, ""), RestoreTerms.unlimited()));
    }

    private static TaskCut cut(Map<String, String> states, EventCodec<String> codec) {
        return new TaskCut(
                7,
                100,
                90,
                false,
                Map.of(SINK, MARKS),
                OneOperator.states(OneOperator.topology(codec, ""), states).capture(),
                new SnapshotChain(),
                0);
    }

    private static Path file(Path directory, Manifest manifest) {
        return directory.resolve(manifest.snapshots().get(0).file());
    }

    /** The length of the state is the first thing that has no room in the buffer. */
    @Test
    void a_key_that_fills_the_buffer_is_read_back(@TempDir Path directory) {
        for (int rest = 0; rest < 12; rest++) {
            Map<String, String> states = Map.of("k".repeat(SnapshotFormat.BUFFER_BYTES - rest), "x".repeat(300));
            Manifest manifest = write(directory, states);
            assertThat(OneOperator.map(
                            Objects.requireNonNull(read(directory, manifest).get(7L))
                                    .states()))
                    .isEqualTo(states);
        }
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

        assertThat(new String(bytes, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("SLSNAP04");
        assertThat(List.of(header.getLong(8), header.getLong(16), header.getLong(24)))
                .containsExactly(3L, 5L, 7L);
        assertThat(List.of(header.getLong(32), header.getLong(40), header.getLong(48), header.getLong(56)))
                .containsExactly(100L, 90L, 1_000L, 2_000L);
        assertThat(List.of(header.getInt(64), header.getInt(68), header.getInt(72), header.getInt(76)))
                .containsExactly(2, 1, 1, 2);
        assertThat(header.getLong(80)).isEqualTo(2);
        assertThat(List.of(header.getInt(88), header.getInt(92), header.getInt(96), header.getInt(100)))
                .containsExactly(1_024, 0, 1, 0);
        assertThat(HexFormat.of().formatHex(bytes, 104, bytes.length - 4))
                .isEqualTo(FLOOR_BYTES + SINK_BYTES + OPERATOR_BYTES + "0200000000000000"
                        + "01000000" + STRING_TYPE + "00000000" + HELD_BYTES
                        + "00000000" + "ff030000" + "00000000"
                        // Group 481 with b, and group 841 with a.
                        + "e203" + "01" + "0000000000000000" + "0262" + "07" + "00000103" + "74776f" + "00" + "00"
                        + "ca06" + "01" + "0000000000000000" + "0261" + "05" + "00000101" + "31" + "00" + "00"
                        + "00");
    }

    /** A snapshot of the version before, which always had everything. */
    @Test
    void reads_version_3(@TempDir Path directory) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(1_000).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put("SLSNAP03".getBytes(StandardCharsets.US_ASCII));
        bytes.putLong(3)
                .putLong(5)
                .putLong(7)
                .putLong(100)
                .putLong(90)
                .putLong(1_000)
                .putLong(2_000);
        bytes.putInt(2).putInt(1).putInt(1).putInt(1).putLong(2);
        bytes.put(HexFormat.of()
                .parseHex(FLOOR_BYTES + SINK_BYTES + OPERATOR_BYTES + "0200000000000000"
                        + "0000000000000000" + "0100000061" + "00000000" + STRING_TYPE + "0100000031"
                        + "0000000000000000" + "0100000062" + "00000000" + STRING_TYPE + "0300000074776f"));
        Snapshot snapshot = store(directory, bytes);
        TaskState found = read(directory, snapshot);
        assertThat(found.marks()).isEqualTo(Map.of(SINK, MARKS));
        assertThat(OneOperator.map(found.states())).isEqualTo(Map.of("a", "1", "b", "two"));
        assertThat(found.states().time())
                .isEqualTo(new EventTime(1_000, 2_000, List.of(new EventTime.Floor(new KeyRange(3, 4), 1_001))));
        assertThat(found.chain().size()).as("the next one has everything again").isZero();
    }

    /** Puts bytes into a file with their checksum. */
    private static Snapshot store(Path directory, ByteBuffer bytes) throws Exception {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().flip());
        bytes.putInt((int) crc.getValue());
        byte[] written = new byte[bytes.flip().limit()];
        bytes.get(written);
        Files.write(directory.resolve("e3-c5-p7.snapshot"), written);
        return new Snapshot(TAKEN, 7, 100, 90, 2, "e3-c5-p7.snapshot", written.length, (int) crc.getValue());
    }

    private static TaskState read(Path directory, Snapshot snapshot) {
        return Objects.requireNonNull(
                read(directory, new Manifest(TAKEN, new TreeMap<>(), Manifest.NOTHING, List.of(snapshot)))
                        .get(7L));
    }

    /** A snapshot that had one operator and one sink. */
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
        Snapshot snapshot = store(directory, bytes);
        TaskState found = read(directory, snapshot);
        assertThat(found.marks()).isEqualTo(Map.of(SINK, MARKS));
        assertThat(OneOperator.map(found.states())).isEqualTo(Map.of("a", "1", "b", "two"));
        assertThatThrownBy(() ->
                        await(snapshots(directory).read(List.of(snapshot), windows("state"), RestoreTerms.unlimited())))
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
        assertThatThrownBy(() -> await(
                        snapshots(directory).read(manifest.snapshots(), windows("state"), RestoreTerms.unlimited())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("operator state", "keyed", "windows of 1000 ms");
        assertThatThrownBy(() -> await(
                        snapshots(directory).read(manifest.snapshots(), windows("other"), RestoreTerms.unlimited())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("operator state", "other");
    }

    @Test
    void an_operator_without_state_may_be_gone_or_be_another_kind(@TempDir Path directory) {
        Manifest manifest = write(directory, Map.of());
        for (String id : List.of("state", "other")) {
            assertThat(await(snapshots(directory).read(manifest.snapshots(), windows(id), RestoreTerms.unlimited())))
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
                .contains("number=5, epoch=3", "number=6, epoch=3");
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
        assertThatThrownBy(() -> await(snapshots(directory)
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
        assertThatThrownBy(() -> write(directory, Map.of("a", "1"), broken))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key a");
    }

    /** Snapshots of one task, one after the other. */
    private static final class Task {

        private final Topology topology = OneOperator.topology(CODEC, "");
        private final Path directory;
        private final SnapshotChain chain;
        private final OperatorStates states;
        private final Map<String, String> model;
        private long number;

        Task(Path directory) {
            this(directory, new SnapshotChain(), new OperatorStates(OneOperator.topology(CODEC, ""), EventTime.START));
        }

        Task(Path directory, SnapshotChain chain, OperatorStates states) {
            this.directory = directory;
            this.chain = chain;
            this.states = states;
            this.model = new HashMap<>();
            OneOperator.map(states).forEach((key, value) -> model.put(key, (String) value));
        }

        void put(String key, @Nullable String state) {
            OneOperator.put(states, key, state);
            if (state == null) {
                model.remove(key);
            } else {
                model.put(key, state);
            }
        }

        Snapshot write() {
            while (states.settle(1_000)) {}
            number++;
            TaskCut cut = new TaskCut(7, number, number, false, Map.of(), states.capture(), chain, 0);
            Snapshot snapshot = await(snapshots(directory).write(new Taken(number, 3, 2), List.of(cut)))
                    .get(0);
            states.release();
            return snapshot;
        }

        Task restore(Snapshot snapshot) {
            TaskState state = Objects.requireNonNull(
                    await(snapshots(directory).read(List.of(snapshot), topology, RestoreTerms.unlimited()))
                            .get(7L));
            assertThat(OneOperator.map(state.states())).isEqualTo(model);
            Task restored = new Task(directory, state.chain(), state.states());
            restored.number = number;
            return restored;
        }
    }

    /** 400 KB, of which a twentieth changes from snapshot to snapshot. */
    @Test
    void a_snapshot_has_what_changed_and_a_part_of_the_rest(@TempDir Path directory) throws Exception {
        Random random = new Random(1);
        Task task = new Task(directory);
        for (int i = 0; i < 4_000; i++) {
            task.put("key-" + i, "x".repeat(80 + random.nextInt(20)));
        }
        Snapshot first = task.write();
        assertThat(first.before()).isEmpty();
        assertThat(first.length()).isGreaterThan(400_000);
        long most = 0;
        long files = 0;
        Snapshot newest = first;
        for (int round = 0; round < 80; round++) {
            for (int i = 0; i < 180; i++) {
                task.put("key-" + random.nextInt(4_000), "y".repeat(80 + random.nextInt(20)));
            }
            for (int i = 0; i < 20; i++) {
                task.put("key-" + random.nextInt(4_000), null);
                task.put("more-" + round + "-" + i, "z".repeat(90));
            }
            newest = task.write();
            most = Math.max(most, newest.length());
            files = Math.max(files, newest.files().size());
            if (round % 7 == 3) {
                task = task.restore(newest);
            }
        }
        assertThat(most).isLessThan(first.length() / 4);
        assertThat(files).isBetween(5L, (long) SnapshotChain.MAX_FILES);
        assertThat(newest.bytes()).isLessThan(4 * first.length());
        Snapshot last = newest;
        Task whole = task;
        for (String file : last.files()) {
            byte[] bytes = Files.readAllBytes(directory.resolve(file));
            byte[] changed = bytes.clone();
            changed[random.nextInt(bytes.length)] ^= 0x10;
            Files.write(directory.resolve(file), changed);
            assertThatThrownBy(() -> whole.restore(last))
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining(file);
            Files.delete(directory.resolve(file));
            assertThatThrownBy(() -> whole.restore(last))
                    .isInstanceOf(StrandlineException.Corrupt.class)
                    .hasMessageContaining(file);
            Files.write(directory.resolve(file), bytes);
        }
        whole.restore(last);
    }

    /** Otherwise a restart that passes over damaged checkpoints would find no room for the one that is whole. */
    @Test
    void a_state_that_is_not_used_gives_its_room_back(@TempDir Path directory) throws Exception {
        Task task = new Task(directory);
        for (int i = 0; i < 10_000; i++) {
            task.put("key-" + i, "x".repeat(100));
        }
        Snapshot first = task.write();
        task.put("key-1", "changed");
        Snapshot second = task.write();
        task.put("key-2", "changed");
        Snapshot third = task.write();
        assertThat(third.before()).hasSize(2);
        Path file = directory.resolve(second.file());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 10] ^= 1;
        Files.write(file, bytes);
        StateBudget budget = new StateBudget(2_500_000);
        Topology topology = OneOperator.topology(CODEC, "");
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> await(snapshots(directory)
                            .read(List.of(third), topology, new RestoreTerms(budget, true, Set.of()))))
                    .isInstanceOf(StrandlineException.Corrupt.class);
        }
        assertThat(await(snapshots(directory).read(List.of(first), topology, new RestoreTerms(budget, true, Set.of()))))
                .hasSize(1);
        assertThat(budget.isUsedUp()).isFalse();
    }

    /** Otherwise a restart would read as many files as there ever were checkpoints. */
    @Test
    void the_files_of_a_state_are_bounded_if_nearly_nothing_changes(@TempDir Path directory) {
        Task task = new Task(directory);
        for (int i = 0; i < 40_000; i++) {
            task.put("key-" + i, "x".repeat(100));
        }
        Snapshot newest = task.write();
        long whole = newest.length();
        int most = 0;
        for (int round = 0; round < 150; round++) {
            task.put("key-1", "round " + round);
            newest = task.write();
            most = Math.max(most, newest.files().size());
            assertThat(newest.length()).isLessThan(whole / 10);
        }
        assertThat(most).isBetween(20, SnapshotChain.MAX_FILES);
        task.restore(newest);
    }

    /** The files before it have the state in that type still. */
    @Test
    void a_state_of_an_earlier_version_reaches_the_codec(@TempDir Path directory) {
        EventCodec<String> first = TextCodec.of("string", text -> text, text -> text);
        Manifest manifest = write(directory, Map.of("a", "1", "b", "2"), first);
        EventCodec<String> second = new Upcasting();
        Topology topology = OneOperator.topology(second, "");
        TaskState found = Objects.requireNonNull(
                await(snapshots(directory).read(manifest.snapshots(), topology, RestoreTerms.unlimited()))
                        .get(7L));
        OneOperator.put(found.states(), "b", "third");
        assertThat(OneOperator.map(found.states())).isEqualTo(Map.of("a", "upcast 1", "b", "third"));

        TaskCut cut = new TaskCut(7, 101, 91, false, Map.of(), found.states().capture(), new SnapshotChain(), 0);
        Taken taken = new Taken(6, 3, 2);
        List<Snapshot> written = await(snapshots(directory).write(taken, List.of(cut)));
        TaskState again =
                Objects.requireNonNull(await(snapshots(directory).read(written, topology, RestoreTerms.unlimited()))
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
