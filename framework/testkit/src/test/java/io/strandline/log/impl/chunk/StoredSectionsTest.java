package io.strandline.log.impl.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
                    throw new IllegalStateException(failure);
                });
        return read;
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
}
