package io.strandline.log.impl.flush;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.log.impl.catalog.RetentionWatch;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.ChunkSpace;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections and chunks stay few, space comes back, and nothing is lost, doubled or copied with its damage (T6). */
class CompactionTest {

    private static final int SECTION_BYTES = 16 << 10;

    /** What a chunk file has beside the sections that are counted for it: header, footer, trailer. */
    private static final long SLACK = 2 * SECTION_BYTES;

    private static LogOptions options() {
        return new LogOptions()
                .setShards(1)
                .setJournalFileBytes(64 << 10)
                .setJournalGroupBytes(16 << 10)
                .setTailBytes(64 << 10)
                .setSectionBytes(SECTION_BYTES)
                .setMaxEventBytes(16 << 10);
    }

    private static SimulatedLog log(long seed) {
        return new SimulatedLog(seed, options(), 1);
    }

    private static List<ChunkSection> sections(SimulatedLog log, PartitionDescription partition) {
        return log.ask(
                0,
                shard -> List.copyOf(Objects.requireNonNull(shard.state().partition(partition.id()))
                        .sections()));
    }

    private static ChunkSpace space(SimulatedLog log) {
        return log.ask(0, shard -> shard.state().space());
    }

    private static void append(SimulatedLog log, PartitionDescription partition, int events, int payloadBytes) {
        for (int i = 0; i < events; i++) {
            log.get(log.append(partition, payloadBytes));
        }
    }

    /** Appends to many partitions in turn, so that every round of the flush adds a small section to each. */
    private static void fill(SimulatedLog log, StreamDescription stream, int rounds, int payloadBytes) {
        for (int i = 0; i < rounds; i++) {
            for (PartitionDescription partition : stream.partitions()) {
                append(log, partition, 1, payloadBytes);
            }
        }
    }

    private static void requireBounds(SimulatedLog log, StreamDescription stream) {
        for (PartitionDescription partition : stream.partitions()) {
            List<ChunkSection> sections = sections(log, partition);
            long bytes = sections.stream().mapToLong(ChunkSection::storedBytes).sum();
            assertThat((long) sections.size()).isLessThanOrEqualTo(bytes / SECTION_BYTES + 16);
        }
        ChunkSpace space = space(log);
        long onDisk = log.chunkBytes();
        assertThat(onDisk).isLessThanOrEqualTo(2 * space.liveBytes() + SLACK);
        assertThat((long) log.chunks().size()).isLessThanOrEqualTo(onDisk / (SECTION_BYTES / 2) + 64);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void small_sections_are_merged_and_read_as_before(long seed) {
        SimulatedLog log = log(seed);
        StreamDescription stream = log.createStream("shop/orders", new StreamOptions().setPartitions(40));
        fill(log, stream, 120, 300);
        log.pass(5_000);
        requireBounds(log, stream);
        for (PartitionDescription partition : stream.partitions()) {
            assertThat(log.bytes(partition)).isEqualTo(120L * SimulatedLog.batchBytes(300));
        }
        log.crash();
        log.pass(5_000);
        requireBounds(log, stream);
        for (PartitionDescription partition : stream.partitions()) {
            assertThat(log.bytes(partition)).isEqualTo(120L * SimulatedLog.batchBytes(300));
        }
        log.close();
    }

    @Test
    void chunk_files_stay_few_however_many_partitions_share_them() {
        int sectionBytes = 256 << 10;
        SimulatedLog log = new SimulatedLog(4, options().setSectionBytes(sectionBytes), 1);
        StreamDescription stream = log.createStream("shop/orders", new StreamOptions().setPartitions(900));
        // Each partition gets one section, so there is nothing to merge.
        for (PartitionDescription partition : stream.partitions()) {
            append(log, partition, 1, 9_000);
        }
        log.pass(5_000);
        assertThat(log.chunkBytes()).isGreaterThan(7_000_000);
        assertThat((long) log.chunks().size()).isLessThanOrEqualTo(log.chunkBytes() / (sectionBytes / 2) + 64);
        log.close();
    }

    @Test
    void the_space_of_a_deleted_stream_comes_back_though_another_shared_its_chunks() {
        SimulatedLog log = log(5);
        StreamDescription heavy = log.createStream("shop/heavy", new StreamOptions().setPartitions(1));
        StreamDescription tiny = log.createStream("shop/tiny", new StreamOptions().setPartitions(1));
        for (int i = 0; i < 100; i++) {
            append(log, heavy.partitions().get(0), 10, 1_000);
            append(log, tiny.partitions().get(0), 1, 100);
        }
        log.pass(2_000);
        assertThat(log.chunkBytes()).isGreaterThan(500_000);
        log.get(log.catalog().deleteStream("shop/heavy"));
        log.pass(5_000);
        assertThat(log.chunkBytes()).isLessThan(2 * 100 * 400 + SLACK);
        assertThat(log.bytes(tiny.partitions().get(0))).isEqualTo(100L * SimulatedLog.batchBytes(100));
        log.reopen();
        log.pass(5_000);
        assertThat(log.chunkBytes()).isLessThan(2 * 100 * 400 + SLACK);
        assertThat(log.bytes(tiny.partitions().get(0))).isEqualTo(100L * SimulatedLog.batchBytes(100));
        log.close();
    }

    @Test
    void a_rule_of_size_holds_on_the_disk_though_a_stream_that_keeps_all_shared_the_chunks() {
        SimulatedLog log = log(6);
        StreamDescription ruled = log.createStream(
                "shop/ruled", new StreamOptions().setPartitions(1).setRetention(Retention.maxBytes(60_000)));
        // Streams with rules share chunks by the hash of their names.
        String beside = "shop/tiny";
        while (Math.floorMod(StreamName.parse(beside).hashCode() - ruled.name().hashCode(), RetentionWatch.CHUNK_GROUPS)
                != 0) {
            beside += "y";
        }
        StreamDescription tiny = log.createStream(
                beside, new StreamOptions().setPartitions(1).setRetention(Retention.maxAge(366L * 86_400_000)));
        for (int i = 0; i < 300; i++) {
            append(log, ruled.partitions().get(0), 10, 1_000);
            append(log, tiny.partitions().get(0), 1, 100);
        }
        log.pass(5_000);
        assertThat(log.chunkBytes()).isLessThan(2 * (60_000 + 300 * 400) + SLACK);
        // Sections leave whole: one round of the flush, half of the memory for events, or an eighth of the bound
        // merged.
        assertThat(log.bytes(ruled.partitions().get(0))).isGreaterThan(60_000 - (64 << 10) / 2);
        log.close();
    }

    @Test
    void what_truncation_cuts_out_of_a_large_section_comes_back() {
        int sectionBytes = 256 << 10;
        SimulatedLog log = new SimulatedLog(
                7, options().setSectionBytes(sectionBytes).setTailBytes(1 << 20).setJournalFileBytes(4 << 20), 1);
        StreamDescription stream = log.createStream("shop/orders", new StreamOptions().setPartitions(1));
        append(log, stream.partitions().get(0), 70, 10_000);
        log.pass(2_000);
        long end = sections(log, stream.partitions().get(0)).get(0).endOffset();
        assertThat(log.chunkBytes()).isGreaterThan(400_000);
        log.get(log.catalog()
                .truncate(
                        "shop/orders",
                        StreamCut.of(stream.name(), stream.partitions().get(0).id(), end - 1)));
        log.pass(5_000);
        assertThat(log.chunkBytes()).isLessThan(2 * 10_000);
        assertThat(log.start(stream, 0)).isEqualTo(end - 1);
        assertThat(log.bytes(stream.partitions().get(0))).isEqualTo((71 - end) * SimulatedLog.batchBytes(10_000));
        log.close();
    }

    @Test
    void damage_is_named_and_never_copied() throws IOException {
        SimulatedLog log = log(8);
        StreamDescription stream = log.createStream("shop/orders", new StreamOptions().setPartitions(2));
        PartitionDescription first = stream.partitions().get(0);
        append(log, first, 30, 1_000);
        log.until("a chunk", () -> !sections(log, first).isEmpty());
        ChunkSection section = sections(log, first).get(0);
        String file = "shard-0/chunks/" + section.chunk().objectName();
        flip(log, file, section.dataPosition() + 100);
        // Sections of the other chunks are merged all the same.
        for (int i = 0; i < 300; i++) {
            append(log, first, 1, 1_000);
            append(log, stream.partitions().get(1), 1, 1_000);
        }
        log.pass(5_000);
        assertThat(sections(log, first)).contains(section);
        assertThat(log.chunks()).contains(section.chunk().objectName());
        assertThat(log.failure(log.port().read(first, section.baseOffset(), 1)))
                .hasMessageContaining(section.chunk().objectName());
        assertThat((long) sections(log, first).size()).isLessThanOrEqualTo(2 * 16 + 300_000 / SECTION_BYTES);
        log.close();
    }

    private static void flip(SimulatedLog log, String file, long position) throws IOException {
        try (DiskFile open = log.disk().open(file)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            open.read(one, position);
            open.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), position);
            open.force();
        }
    }

    /** A chunk may vanish between the moment at which a read found it and the read itself. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void reads_go_on_while_their_chunks_are_merged(long seed) {
        SimulatedLog log = log(seed);
        StreamDescription stream = log.createStream("shop/orders", new StreamOptions().setPartitions(20));
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            fill(log, stream, 1, 700);
            PartitionDescription partition = stream.partitions().get(random.nextInt(20));
            assertThat(log.bytes(partition)).isEqualTo((i + 1L) * SimulatedLog.batchBytes(700));
        }
        log.close();
    }

    @Test
    void a_truncation_of_very_many_sections_is_no_pause() {
        ShardState state = new ShardState(0, unreferenced -> {});
        state.open(1, KeyRange.ALL);
        Partition partition = Objects.requireNonNull(state.partition(1));
        int count = 400_000;
        for (int i = 0; i < count; i++) {
            state.restoreSection(partition, new ChunkSection(new ChunkId(1, i / 1_000), 1, i, i + 1, i, 0, 90, 90, 10));
        }
        partition.restore(false, 0, count, 0, 0);
        long start = System.nanoTime();
        state.truncate(1, count - 3);
        // One by one, each would move all that are left, and take tens of seconds.
        assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
        assertThat(partition.sections()).hasSize(3);
        assertThat(state.space().liveBytes()).isEqualTo(300);
    }
}
