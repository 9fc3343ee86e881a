package io.strandline.log.impl.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.spi.Batch;
import io.strandline.spi.ReadSlice;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written to a chunk is read from it, from every offset and in pieces of any size. */
class ChunkRoundTripTest {

    private static final ChunkId CHUNK = new ChunkId(7, 42);

    private final MemoryChunkStorage storage = new MemoryChunkStorage();
    private final ChunkReader reader = new ChunkReader(storage);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void every_offset_reads_what_was_written(long seed) {
        Random random = new Random(seed);
        List<ChunkWriter.Draft> drafts = new ArrayList<>();
        int sections = 1 + random.nextInt(5);
        for (int i = 0; i < sections; i++) {
            int batches = 1 + random.nextInt(random.nextBoolean() ? 300 : 10);
            drafts.add(draft(random, 100 + i, random.nextInt(1_000_000), batches, 2000));
        }
        List<ChunkSection> written = put(drafts);
        assertThat(written).hasSize(sections);
        for (int i = 0; i < sections; i++) {
            List<TestBatches.Event> expected = TestBatches.events(drafts.get(i).batches());
            ChunkSection section = written.get(i);
            for (long offset = section.baseOffset(); offset < section.endOffset(); offset++) {
                int maxBytes = 1 << random.nextInt(21);
                requireSame(section, offset, maxBytes, expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 50, 2000})
    void a_section_is_read_to_its_end_in_steps(int batches) {
        Random random = new Random(batches);
        ChunkWriter.Draft draft = draft(random, 3, 17, batches, 500);
        ChunkSection section = put(List.of(draft)).get(0);
        for (int maxBytes : new int[] {1, 50_000, 256 * 1024, Integer.MAX_VALUE}) {
            List<TestBatches.Event> read = new ArrayList<>();
            long offset = section.baseOffset();
            while (offset < section.endOffset()) {
                List<TestBatches.Event> piece = TestBatches.events(result(reader.read(section, offset, maxBytes)));
                read.addAll(piece);
                offset += piece.size();
            }
            assertThat(read).isEqualTo(TestBatches.events(draft.batches()));
        }
    }

    /** Batches around the length from which on their own checksums are joined to that of the block. */
    private static BatchRun largeAndSmall(Random random) {
        BatchRun run = new BatchRun();
        long offset = 5;
        for (int i = 0; i < 40; i++) {
            int size = i % 3 == 0
                    ? random.nextInt(100)
                    : ChunkWriter.JOINED_BYTES - 200 + random.nextInt(i % 3 == 1 ? 400 : 30_000);
            byte[] payload = new byte[size];
            random.nextBytes(payload);
            run.add(TestBatches.to(3).add("key", payload).build(offset++, 7), 0);
        }
        return run;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void blocks_of_large_and_small_batches_have_the_checksums_of_their_bytes(long seed) {
        BatchRun run = largeAndSmall(new Random(seed));
        ChunkSection section = put(List.of(new ChunkWriter.Draft(3, run))).get(0);
        assertThat(TestBatches.events(result(reader.read(section, 5, Integer.MAX_VALUE))))
                .isEqualTo(TestBatches.events(run));
    }

    @Test
    void bytes_that_changed_in_memory_after_they_were_sealed_are_not_read() {
        BatchRun run = largeAndSmall(new Random(5));
        run.array(2)[run.at(2) + 4_000] ^= 1;
        ChunkSection section = put(List.of(new ChunkWriter.Draft(3, run))).get(0);
        assertThat(reader.read(section, 7, 1).cause())
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("block checksum");
    }

    @Test
    void a_read_takes_one_read_of_the_storage_and_the_index_is_loaded_once() {
        ChunkSection section =
                put(List.of(draft(new Random(1), 3, 0, 500, 1000))).get(0);
        result(reader.read(section, 0, 1 << 20));
        assertThat(storage.reads()).isEqualTo(2);
        result(reader.read(section, 300, 1 << 20));
        assertThat(storage.reads()).isEqualTo(3);
    }

    @Test
    void the_index_cache_keeps_to_its_limit_and_keeps_what_was_used_last() {
        List<ChunkWriter.Draft> drafts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            drafts.add(draft(new Random(i), i, 0, 1, 10));
        }
        List<ChunkSection> sections = put(drafts);
        SectionIndexCache cache = new SectionIndexCache(storage, 1200);
        for (ChunkSection section : sections) {
            result(cache.get(sections.get(0)));
            result(cache.get(section));
        }
        assertThat(cache.bytes()).isPositive().isLessThanOrEqualTo(1200);
        int before = storage.reads();
        result(cache.get(sections.get(0)));
        result(cache.get(sections.get(9)));
        assertThat(storage.reads()).isEqualTo(before);
        result(cache.get(sections.get(1)));
        assertThat(storage.reads()).isEqualTo(before + 1);
    }

    @Test
    void an_index_that_could_not_be_loaded_is_loaded_again() throws IOException {
        ChunkSection section = put(List.of(draft(new Random(1), 3, 0, 5, 100))).get(0);
        byte[] bytes = storage.bytes(CHUNK.objectName());
        storage.delete(CHUNK.objectName());
        assertThat(reader.read(section, 0, 1).failed()).isTrue();
        storage.replace(CHUNK.objectName(), bytes);
        assertThat(result(reader.read(section, 0, 1))).isNotEmpty();
    }

    @Test
    void footer_and_verifier_name_what_was_written() throws IOException {
        Random random = new Random(9);
        List<ChunkWriter.Draft> drafts =
                List.of(draft(random, 8, 5, 700, 3000), draft(random, 2, 0, 1, 0), draft(random, 5, 1L << 40, 20, 100));
        List<ChunkSection> sections = put(drafts);
        ChunkFooter footer = result(ChunkFooter.read(storage, CHUNK));
        assertThat(footer.sections()).isEqualTo(sections);
        assertThat(footer.entries()).extracting(ChunkFooter.Entry::batches).containsExactly(700, 1, 20);

        ChunkVerifier.Report report = result(ChunkVerifier.verify(storage, CHUNK));
        assertThat(report.chunk()).isEqualTo(CHUNK);
        assertThat(report.bytes()).isEqualTo(storage.bytes(CHUNK.objectName()).length);
        assertThat(report.sections()).isEqualTo(3);
        assertThat(report.batches()).isEqualTo(721);
        assertThat(report.events())
                .isEqualTo(sections.stream()
                        .mapToLong(section -> section.endOffset() - section.baseOffset())
                        .sum());
        assertThat(report.blocks()).isGreaterThan(20);
    }

    /** As many as there are small partitions in a shard. The storage answers at once, so a stack would grow with them. */
    @Test
    void a_chunk_of_very_many_sections_is_verified() {
        Random random = new Random(11);
        List<ChunkWriter.Draft> drafts = new ArrayList<>();
        for (int partition = 1; partition <= 5_000; partition++) {
            drafts.add(draft(random, partition, 0, 1, 10));
        }
        put(drafts);
        assertThat(result(ChunkVerifier.verify(storage, CHUNK)).sections()).isEqualTo(5_000);
    }

    @Test
    void offsets_outside_of_the_section_are_refused_at_once() {
        ChunkSection section = put(List.of(draft(new Random(1), 3, 10, 5, 100))).get(0);
        assertThatThrownBy(() -> reader.read(section, 9, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("offset 9");
        assertThatThrownBy(() -> reader.read(section, section.endOffset(), 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_section_must_be_dense_and_of_one_partition() {
        BatchRun gap = new BatchRun();
        gap.add(TestBatches.to(1).add(new byte[1]).build(0, 0), 0);
        gap.add(TestBatches.to(1).add(new byte[1]).build(2, 0), 0);
        assertThat(new MemoryChunkStorage()
                        .put(CHUNK.objectName(), new ChunkWriter(CHUNK, List.of(new ChunkWriter.Draft(1, gap))))
                        .cause())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("offset 2, expected partition 1, offset 1");
        assertThatThrownBy(() -> new ChunkWriter(CHUNK, List.of(new ChunkWriter.Draft(1, new BatchRun()))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ChunkWriter(CHUNK, List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void version_2_has_these_bytes() throws IOException {
        put(goldenDrafts());
        assertThat(hexWithoutZeroLines(storage.bytes(CHUNK.objectName()))).isEqualTo(golden("chunk-version-2.hex"));
    }

    @Test
    void version_1_is_read_and_verified() throws IOException {
        storage.replace(CHUNK.objectName(), bytes(golden("chunk-version-1.hex")));
        List<ChunkSection> sections = result(ChunkFooter.read(storage, CHUNK)).sections();
        List<ChunkWriter.Draft> drafts = goldenDrafts();
        for (int i = 0; i < 2; i++) {
            ChunkSection section = sections.get(i);
            List<TestBatches.Event> expected = TestBatches.events(drafts.get(i).batches());
            for (long offset = section.baseOffset(); offset < section.endOffset(); offset++) {
                requireSame(section, offset, 1 << 20, expected);
            }
        }
        assertThat(result(ChunkVerifier.verify(storage, CHUNK)).events()).isEqualTo(5);
    }

    /** What the golden chunks hold. */
    static List<ChunkWriter.Draft> goldenDrafts() {
        BatchRun accounts = new BatchRun();
        accounts.add(
                new BatchBuilder(11, 0x1122334455667788L, 3, Sequence.NONE, new Sequence(3, 1))
                        .version(Batch.FIRST_VERSION)
                        .add("anna", "Opened", 2, new byte[] {1, 2, 3})
                        .add(new byte[] {4})
                        .build(1000, 1_700_000_000_000L),
                0);
        accounts.add(
                TestBatches.to(11)
                        .version(Batch.FIRST_VERSION)
                        .expectedOffset(1002)
                        .digest(99)
                        .add("bert", new byte[0])
                        .build(1002, 1_700_000_000_007L),
                0);
        BatchRun large = new BatchRun();
        for (int i = 0; i < 2; i++) {
            large.add(
                    TestBatches.to(12)
                            .version(Batch.FIRST_VERSION)
                            .add("k", new byte[ChunkFormat.TARGET_BLOCK_BYTES])
                            .build(i, 5 + i),
                    0);
        }
        return List.of(new ChunkWriter.Draft(11, accounts), new ChunkWriter.Draft(12, large));
    }

    static String golden(String name) throws IOException {
        try (InputStream golden = Objects.requireNonNull(ChunkRoundTripTest.class.getResourceAsStream(name))) {
            return new String(golden.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** The bytes of lines of position and 32 bytes. The gaps between them are zeros. */
    static byte[] bytes(String hex) {
        byte[] bytes = new byte[0];
        for (String line : hex.split("\n", -1)) {
            if (!line.isEmpty()) {
                int at = Integer.parseInt(line.substring(0, 6), 16);
                byte[] some = HexFormat.of().parseHex(line.substring(8));
                bytes = Arrays.copyOf(bytes, at + some.length);
                System.arraycopy(some, 0, bytes, at, some.length);
            }
        }
        return bytes;
    }

    /** Lines of position and 32 bytes. Lines of zeros only are left out. */
    private static String hexWithoutZeroLines(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        String zeros = "00".repeat(32);
        for (int at = 0; at < bytes.length; at += 32) {
            String line = HexFormat.of().formatHex(bytes, at, Math.min(bytes.length, at + 32));
            if (!line.equals(zeros)) {
                text.append(String.format("%06x  %s\n", at, line));
            }
        }
        return text.toString();
    }

    private void requireSame(ChunkSection section, long offset, int maxBytes, List<TestBatches.Event> expected) {
        List<ReadSlice.Segment> segments = result(reader.read(section, offset, maxBytes));
        List<TestBatches.Event> read = TestBatches.events(segments);
        long first = read.get(0).offset();
        int firstIndex = (int) (first - section.baseOffset());
        int index = (int) (offset - section.baseOffset());
        assertThat(firstIndex).isLessThanOrEqualTo(index);
        assertThat(firstIndex + read.size()).isGreaterThan(index);
        assertThat(read).isEqualTo(expected.subList(firstIndex, firstIndex + read.size()));
        // The first batch holds the offset: its own last event is at or after it.
        ReadSlice.Segment head = segments.get(0);
        assertThat(first + Batch.count(head.bytes(), head.from())).isGreaterThan(offset);
        if (segments.size() > 1) {
            assertThat(head.bytes().length).isLessThanOrEqualTo(maxBytes);
        }
    }

    private List<ChunkSection> put(List<ChunkWriter.Draft> drafts) {
        return result(storage.put(CHUNK.objectName(), new ChunkWriter(CHUNK, drafts)));
    }

    private static ChunkWriter.Draft draft(
            Random random, long partition, long baseOffset, int batches, int maxPayloadBytes) {
        return new ChunkWriter.Draft(
                partition, TestBatches.randomRun(random, partition, baseOffset, batches, maxPayloadBytes));
    }

    private static <T> T result(Future<T> future) {
        assertThat(future.cause()).isNull();
        return future.result();
    }
}
