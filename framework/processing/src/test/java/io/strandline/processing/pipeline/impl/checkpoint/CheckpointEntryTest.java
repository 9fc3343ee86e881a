package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.impl.Ledger;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Deleted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Link;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.ManifestPart;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Pinned;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.RunStarted;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Seeded;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.StoredManifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Taken;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Tick.TaskTick;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Unreadable;
import io.strandline.spi.BytesOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointEntryTest {

    private static final Taken TAKEN = new Taken(12, 4, 1);
    private static final Manifest MANIFEST = new Manifest(
            TAKEN,
            new TreeMap<>(Map.of(5L, 3L)),
            6,
            List.of(
                    new Snapshot(
                            new Taken(11, 3, 1),
                            7,
                            100,
                            90,
                            3,
                            "e3-c11-p7.snapshot",
                            400,
                            -1,
                            List.of(new Link(2, 9, 1_000, 0x0304), new Link(3, 10, 20, -2))),
                    new Snapshot(TAKEN, 8, Long.MAX_VALUE, 0, 0, "e4-c12-p8.snapshot", 68, 0x0102)));

    private static byte[] encode(CheckpointEntry entry) throws IOException {
        return BytesOutput.of(CheckpointEntry.CODEC, entry);
    }

    private static CheckpointEntry decode(EventType type, byte[] bytes) throws IOException {
        return CheckpointEntry.CODEC.decode(type, bytes, 0, bytes.length);
    }

    @Test
    void entries_come_back_as_they_were() throws Exception {
        RunStarted run = new RunStarted(3, new TreeMap<>(Map.of(7L, 0L, 8L, 1L << 60)));
        Tick tick = new Tick(
                1,
                5,
                new TreeMap<>(Map.of(7L, new TaskTick(Long.MAX_VALUE, true, false), 8L, new TaskTick(0, false, true))));
        for (CheckpointEntry entry : List.of(
                run,
                MANIFEST,
                new Deleted(),
                new Switched(1, 7),
                tick,
                new Pinned("monday", 3, 4, false),
                new Pinned("monday", 3, 4, true),
                new Seeded("monday", 3, 4),
                new Seeded(null, 0, 0))) {
            assertThat(decode(CheckpointEntry.CODEC.typeOf(entry), encode(entry)))
                    .isEqualTo(entry);
        }
    }

    @Test
    void a_manifest_shows_applications_where_it_is_and_how_large() {
        StreamName source = Ledger.pipeline().source();
        assertThat(new StoredManifest(5, 1_700_000_000_000L, MANIFEST).toCheckpoint(source))
                .isEqualTo(new Checkpoint(
                        12,
                        4,
                        1,
                        new StreamCut(source, new TreeMap<>(Map.of(7L, 100L, 8L, Long.MAX_VALUE))),
                        3,
                        1_488,
                        1_700_000_000_000L));
        assertThat(MANIFEST.snapshot(8)).isEqualTo(MANIFEST.snapshots().get(1));
        assertThat(MANIFEST.snapshot(9)).isNull();
    }

    @Test
    void a_manifest_has_the_stored_form() throws Exception {
        assertThat(new String(encode(MANIFEST), StandardCharsets.UTF_8))
                .startsWith(
                        "{\"number\":12,\"epoch\":4,\"version\":1,\"origin\":{\"5\":3},\"sharedUpTo\":6,\"parts\":0,\"snapshots\":["
                                + "{\"partition\":7,\"offset\":100,\"step\":90,\"keys\":3,\"file\":\"e3-c11-p7.snapshot\","
                                + "\"length\":400,\"crc32c\":\"ffffffff\",\"number\":11,\"epoch\":3,\"version\":1,"
                                + "\"before\":[[2,9,1000,\"304\"],[3,10,20,\"fffffffe\"]]},{");
        assertThat(CheckpointEntry.CODEC.typeOf(MANIFEST)).isEqualTo(new EventType("strandline.checkpoint", 4));
        assertThat(MANIFEST.snapshots().get(0).files())
                .containsExactly("e2-c9-p7.snapshot", "e3-c10-p7.snapshot", "e3-c11-p7.snapshot");
    }

    /** A name that an earlier version has given says nothing of a standstill. */
    @Test
    void a_name_and_the_beginning_of_a_version_have_the_stored_form() throws Exception {
        Pinned drained = new Pinned("monday", 3, 4, true);
        assertThat(new String(encode(drained), StandardCharsets.UTF_8))
                .isEqualTo("{\"name\":\"monday\",\"number\":3,\"epoch\":4}");
        assertThat(CheckpointEntry.CODEC.typeOf(drained)).isEqualTo(new EventType("strandline.checkpoint-pinned", 2));
        assertThat(decode(new EventType("strandline.checkpoint-pinned", 1), encode(drained)))
                .isEqualTo(new Pinned("monday", 3, 4, false));
        Seeded seeded = new Seeded("monday", 3, 4);
        assertThat(new String(encode(seeded), StandardCharsets.UTF_8))
                .isEqualTo("{\"number\":3,\"epoch\":4,\"checkpoint\":\"monday\"}");
        assertThat(CheckpointEntry.CODEC.typeOf(seeded)).isEqualTo(new EventType("strandline.seeded", 1));
    }

    @Test
    void a_tick_has_the_stored_form() throws Exception {
        Tick tick = new Tick(
                2, 1_700, new TreeMap<>(Map.of(7L, new TaskTick(90, true, false), 8L, new TaskTick(0, false, true))));
        assertThat(new String(encode(tick), StandardCharsets.UTF_8))
                .isEqualTo("{\"version\":2,\"time\":1700,\"tasks\":{\"7\":[90,true],\"8\":[0,false,true]}}");
        assertThat(CheckpointEntry.CODEC.typeOf(tick)).isEqualTo(new EventType("strandline.tick", 1));
    }

    @Test
    void a_manifest_from_before_scalings_is_read() throws Exception {
        String stored = "{\"number\":12,\"epoch\":4,\"version\":1,\"snapshots\":["
                + "{\"partition\":7,\"offset\":100,\"step\":90,\"keys\":3,\"file\":\"e4-c12-p7.snapshot\","
                + "\"length\":400,\"crc32c\":\"ffffffff\"},"
                + "{\"partition\":8,\"offset\":5,\"step\":5,\"keys\":0,\"file\":\"e4-c12-p8.snapshot\","
                + "\"length\":68,\"crc32c\":\"102\"}]}";
        assertThat(decode(new EventType("strandline.checkpoint", 1), stored.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new Manifest(
                        TAKEN,
                        new TreeMap<>(Map.of(7L, 10L, 8L, 0L)),
                        Manifest.ANYTHING,
                        List.of(
                                new Snapshot(TAKEN, 7, 100, 90, 3, "e4-c12-p7.snapshot", 400, -1),
                                new Snapshot(TAKEN, 8, 5, 5, 0, "e4-c12-p8.snapshot", 68, 0x0102))));
    }

    @Test
    void a_manifest_without_what_is_shared_is_read() throws Exception {
        String stored = "{\"number\":12,\"epoch\":4,\"version\":1,\"origin\":{\"5\":3},\"snapshots\":["
                + "{\"partition\":7,\"offset\":100,\"step\":90,\"keys\":3,\"file\":\"e3-c11-p7.snapshot\","
                + "\"length\":400,\"crc32c\":\"ffffffff\",\"number\":11,\"epoch\":3,\"version\":1}]}";
        assertThat(decode(new EventType("strandline.checkpoint", 2), stored.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new Manifest(TAKEN, MANIFEST.origin(), Manifest.ANYTHING, List.of(WITHOUT_BEFORE)));
    }

    private static final Snapshot WITHOUT_BEFORE =
            new Snapshot(new Taken(11, 3, 1), 7, 100, 90, 3, "e3-c11-p7.snapshot", 400, -1);

    @Test
    void a_manifest_without_files_before_a_snapshot_is_read() throws Exception {
        String snapshots =
                "\"snapshots\":[{\"partition\":7,\"offset\":100,\"step\":90,\"keys\":3,\"file\":\"e3-c11-p7.snapshot\","
                        + "\"length\":400,\"crc32c\":\"ffffffff\",\"number\":11,\"epoch\":3,\"version\":1}]}";
        String stored = "{\"number\":12,\"epoch\":4,\"version\":1,\"origin\":{\"5\":3},\"sharedUpTo\":6,\"parts\":0,"
                + snapshots;
        assertThat(decode(new EventType("strandline.checkpoint", 3), stored.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new Manifest(TAKEN, MANIFEST.origin(), 6, List.of(WITHOUT_BEFORE)));
        String part = "{\"number\":12,\"epoch\":4,\"version\":1," + snapshots;
        assertThat(decode(new EventType("strandline.checkpoint-part", 1), part.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(new ManifestPart(TAKEN, List.of(WITHOUT_BEFORE)));
    }

    /** A wide pipeline with long chains. */
    @Test
    void an_event_names_a_bounded_number_of_files() throws Exception {
        List<Snapshot> snapshots = new ArrayList<>();
        List<Link> before = new ArrayList<>();
        for (int i = 0; i < SnapshotChain.MAX_FILES - 1; i++) {
            before.add(new Link(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, -1));
        }
        for (int i = 0; i < 2_000; i++) {
            snapshots.add(new Snapshot(TAKEN, i, 0, 0, 0, SnapshotFormat.name(4, 12, i), 9, -1, before));
        }
        Manifest whole = new Manifest(TAKEN, MANIFEST.origin(), 6, snapshots);
        CheckpointHistory history = new CheckpointHistory(Ledger.pipeline(), stored(whole.inParts()));
        assertThat(history.manifests()).containsExactly(new StoredManifest(40, 7, whole));
    }

    private static Manifest ofPartitions(int count) {
        List<Snapshot> snapshots = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            snapshots.add(new Snapshot(
                    TAKEN,
                    1_000_000_000L + i,
                    Long.MAX_VALUE,
                    Long.MAX_VALUE,
                    1_000_000_000L,
                    SnapshotFormat.name(4, 12, 1_000_000_000L + i),
                    Long.MAX_VALUE,
                    -1));
        }
        return new Manifest(TAKEN, MANIFEST.origin(), 6, snapshots);
    }

    private static List<EventRecord<CheckpointEntry>> stored(List<? extends CheckpointEntry> entries)
            throws IOException {
        List<EventRecord<CheckpointEntry>> stored = new ArrayList<>();
        for (CheckpointEntry entry : entries) {
            EventType type = CheckpointEntry.CODEC.typeOf(entry);
            byte[] bytes = encode(entry);
            assertThat(bytes.length).isLessThan(512 << 10);
            stored.add(new EventRecord<>(1, 40 + stored.size(), 7, null, type, decode(type, bytes)));
        }
        return stored;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 999, 1_000, 1_001, 2_000, 10_000})
    void a_manifest_of_any_number_of_partitions_is_put_together_from_small_events(int partitions) throws Exception {
        Manifest whole = ofPartitions(partitions);
        List<CheckpointEntry> entries = new ArrayList<>();
        if (partitions > 1_000) {
            // What a run left that ended between two parts.
            entries.add(new ManifestPart(new Taken(11, 3, 1), whole.snapshots().subList(0, 1_000)));
        }
        entries.addAll(whole.inParts());
        CheckpointHistory history = new CheckpointHistory(Ledger.pipeline(), stored(entries));
        assertThat(history.manifests()).containsExactly(new StoredManifest(partitions > 1_000 ? 41 : 40, 7, whole));
        assertThat(history.unreadable()).isZero();
        assertThat(history.isOwnAfter(40)).isTrue();
    }

    @Test
    void a_manifest_that_misses_a_part_is_passed_over() throws Exception {
        List<CheckpointEntry> whole = ofPartitions(3_000).inParts();
        for (int missing = 0; missing < whole.size() - 1; missing++) {
            List<CheckpointEntry> entries = new ArrayList<>(whole);
            entries.remove(missing);
            CheckpointHistory history = new CheckpointHistory(Ledger.pipeline(), stored(entries));
            assertThat(history.manifests()).isEmpty();
            assertThat(history.unreadable()).isEqualTo(1);
        }
    }

    @Test
    void a_torn_or_unknown_entry_is_unreadable_and_no_failure() throws Exception {
        byte[] whole = encode(MANIFEST);
        EventType type = CheckpointEntry.CODEC.typeOf(MANIFEST);
        for (int length = 0; length < whole.length; length++) {
            assertThat(CheckpointEntry.CODEC.decode(type, whole, 0, length)).isInstanceOf(Unreadable.class);
        }
        assertThat(decode(type, "{}".getBytes(StandardCharsets.UTF_8))).isInstanceOf(Unreadable.class);
        assertThat(decode(type, "{\"number\":\"x\"}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(Unreadable.class);
        assertThat(decode(new EventType("strandline.checkpoint", 5), whole)).isInstanceOf(Unreadable.class);
    }
}
