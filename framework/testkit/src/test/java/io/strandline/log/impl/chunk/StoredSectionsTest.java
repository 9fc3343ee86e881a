package io.strandline.log.impl.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.testkit.BatchBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sections are read for a merge as they were written, and with few reads however small they are. */
class StoredSectionsTest {

    private static final int PARTITIONS = 500;
    private static final int CHUNKS = 3;

    private final MemoryChunkStorage storage = new MemoryChunkStorage();
    private final Random random = new Random(11);
    private final List<List<TestBatches.Event>> written = new ArrayList<>();

    /** The sections of each partition, one in each chunk. */
    private final List<List<ChunkSection>> sections = new ArrayList<>();

    private void write(int partitions, int maxPayloadBytes) {
        long[] next = new long[partitions];
        for (int partition = 0; partition < partitions; partition++) {
            sections.add(new ArrayList<>());
            written.add(new ArrayList<>());
        }
        for (int number = 0; number < CHUNKS; number++) {
            List<ChunkWriter.Draft> drafts = new ArrayList<>();
            for (int partition = 0; partition < partitions; partition++) {
                BatchRun run = TestBatches.randomRun(random, partition, next[partition], 3, maxPayloadBytes);
                next[partition] = run.endOffset(run.size() - 1);
                written.get(partition).addAll(TestBatches.events(run));
                drafts.add(new ChunkWriter.Draft(partition, run));
            }
            ChunkId chunk = new ChunkId(1, number + 1L);
            List<ChunkSection> put = storage.put(chunk.objectName(), new ChunkWriter(chunk, drafts))
                    .result();
            for (int partition = 0; partition < partitions; partition++) {
                sections.get(partition).add(put.get(partition));
            }
        }
    }

    private List<TestBatches.Event> merge(List<Integer> partitions) {
        List<TestBatches.Event> read = new ArrayList<>();
        storage.rewrite("merged", (input, output) -> {
                    CheckedChunks chunks = new CheckedChunks(input, chunk -> {});
                    for (int partition : partitions) {
                        new StoredSections(sections.get(partition), 0, chunks, () -> false)
                                .forEachRun(run -> read.addAll(TestBatches.events(run)));
                    }
                    return read;
                })
                .onFailure(failure -> {
                    throw failure instanceof StrandlineException known ? known : new IllegalStateException(failure);
                });
        return read;
    }

    /** The defect that a merge of a partition names while one byte of a chunk is flipped, or null. */
    private @Nullable String defectWith(ChunkId chunk, long flipped, int partition) throws IOException {
        byte[] bytes = storage.bytes(chunk.objectName());
        bytes[(int) flipped] ^= 0x10;
        try {
            merge(List.of(partition));
            return null;
        } catch (StrandlineException.Corrupt damage) {
            return damage.getMessage();
        } finally {
            bytes[(int) flipped] ^= 0x10;
        }
    }

    private long chunkBytes() throws IOException {
        long bytes = 0;
        for (int number = 1; number <= CHUNKS; number++) {
            bytes += storage.bytes(new ChunkId(1, number).objectName()).length;
        }
        return bytes;
    }

    @Test
    void small_sections_that_lie_side_by_side_are_read_many_at_a_time() throws IOException {
        write(PARTITIONS, 100);
        int before = storage.reads();
        long bytesBefore = storage.bytesRead();
        List<Integer> all = new ArrayList<>();
        List<TestBatches.Event> expected = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            all.add(partition);
            expected.addAll(written.get(partition));
        }
        assertThat(merge(all)).isEqualTo(expected);
        // Trailer and footer, the first section alone, then one window after the other.
        assertThat(storage.reads() - before)
                .isLessThanOrEqualTo(CHUNKS * 4 + 2 * (int) (chunkBytes() / CheckedChunks.WINDOW_BYTES));
        assertThat(storage.bytesRead() - bytesBefore).isLessThanOrEqualTo(2 * chunkBytes());
    }

    @Test
    void of_a_few_sections_no_more_is_read_than_they_have() {
        write(PARTITIONS, 100);
        long bytesBefore = storage.bytesRead();
        List<Integer> few = List.of(7, 190, 388);
        List<TestBatches.Event> expected = new ArrayList<>();
        few.forEach(partition -> expected.addAll(written.get(partition)));
        assertThat(merge(few)).isEqualTo(expected);
        long stored = few.stream()
                .flatMap(partition -> sections.get(partition).stream())
                .mapToLong(ChunkSection::storedBytes)
                .sum();
        long footers = CHUNKS * (PARTITIONS * 72L + 100);
        assertThat(storage.bytesRead() - bytesBefore).isLessThanOrEqualTo(stored + footers);
    }

    @Test
    void large_sections_are_read_as_they_were_written() {
        write(6, 60_000);
        assertThat(merge(List.of(3, 4, 5)))
                .isEqualTo(List.of(3, 4, 5).stream()
                        .flatMap(partition -> written.get(partition).stream())
                        .toList());
    }

    @Test
    void each_flipped_byte_of_a_section_is_named() throws IOException {
        write(3, 200);
        ChunkSection section = sections.get(1).get(1);
        long end = section.dataPosition() + section.storedBytes();
        for (long at = section.dataPosition(); at < end; at++) {
            assertThat(defectWith(section.chunk(), at, 1))
                    .as("defect when byte %d of %s is flipped", at, section)
                    .contains(section.chunk().objectName(), "partition 1");
        }
    }

    @Test
    void each_leaf_of_a_large_key_index_is_checked() throws IOException {
        BatchBuilder batch = TestBatches.to(0);
        for (int key = 0; key < 30_000; key++) {
            batch.add("key" + key, new byte[1]);
        }
        byte[] bytes = batch.build(0, 1);
        BatchRun run = new BatchRun();
        run.add(bytes, 0);
        ChunkId chunk = new ChunkId(1, 1);
        sections.add(storage.put(chunk.objectName(), new ChunkWriter(chunk, List.of(new ChunkWriter.Draft(0, run))))
                .result());
        assertThat(merge(List.of(0))).hasSize(30_000);
        ChunkSection section = sections.get(0).get(0);
        byte[] stored = storage.bytes(chunk.objectName());
        SectionIndex index = SectionIndex.of(section, Arrays.copyOfRange(stored, (int) section.indexPosition(), (int)
                (section.indexPosition() + section.indexBytes())));
        long leaves = index.keyDirectoryPosition() + index.keyDirectoryBytes();
        assertThat(section.indexPosition() - leaves).isGreaterThan(CheckedChunks.WINDOW_BYTES);
        for (long at = leaves; at < section.indexPosition(); at += KeyIndexBuilder.LEAF_BYTES / 2) {
            assertThat(defectWith(chunk, at, 0)).contains(chunk.objectName(), "partition 0", "leaf checksum");
        }
        assertThat(defectWith(chunk, section.indexPosition() - 1, 0)).contains("leaf checksum");
    }
}
