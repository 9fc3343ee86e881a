package io.strandline.log.impl.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.spi.Batch;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A damaged chunk never yields a wrong event, and the verifier names every damage. Reads depend on the index and the
 * blocks of their section. Header, footer and trailer are read by the verifier and for rebuilding only.
 */
class ChunkDamageTest {

    private static final ChunkId CHUNK = new ChunkId(1, 1);
    private static final String NAME = CHUNK.objectName();

    private final MemoryChunkStorage storage = new MemoryChunkStorage();
    private List<ChunkWriter.Draft> drafts = List.of();
    private List<ChunkSection> sections = List.of();
    private byte[] good = new byte[0];

    @BeforeEach
    void write() throws IOException {
        write(6, 60);
        assertThat(good.length).isBetween(3000, 8000);
    }

    private void write(int batches, int maxPayloadBytes) throws IOException {
        Random random = new Random(20);
        drafts = new ArrayList<>();
        for (int partition = 1; partition <= 3; partition++) {
            drafts.add(new ChunkWriter.Draft(
                    partition, TestBatches.randomRun(random, partition, 100L * partition, batches, maxPayloadBytes)));
        }
        Future<List<ChunkSection>> put = storage.put(NAME, new ChunkWriter(CHUNK, drafts));
        assertThat(put.cause()).isNull();
        sections = put.result();
        good = storage.bytes(NAME);
    }

    @Test
    void any_flipped_byte_is_found_by_the_reads_of_its_section_and_by_the_verifier() {
        for (int at = 0; at < good.length; at++) {
            requireFound(at, 1 << (at % 8));
            requireFound(at, 0xff);
        }
    }

    @Test
    void flipped_bytes_among_many_blocks_are_found() throws IOException {
        write(120, 2500);
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            requireFound(random.nextInt(good.length), 1 + random.nextInt(255));
        }
    }

    private void requireFound(int at, int mask) {
        byte[] damaged = good.clone();
        damaged[at] ^= (byte) mask;
        storage.replace(NAME, damaged);
        for (int i = 0; i < sections.size(); i++) {
            ChunkSection section = sections.get(i);
            boolean dependsOnIt = isIn(at, section.dataPosition(), section.dataBytes())
                    || isIn(at, section.indexPosition(), section.indexBytes());
            Future<List<TestBatches.Event>> read = readAll(section);
            if (dependsOnIt) {
                requireCorrupt(read, at);
                assertThat(read.cause())
                        .hasMessageContaining(NAME)
                        .hasMessageContaining("position ")
                        .hasMessageContaining("partition " + section.partition())
                        .hasMessageContaining("offset ");
            } else {
                assertThat(read.cause()).isNull();
                assertThat(read.result())
                        .isEqualTo(TestBatches.events(drafts.get(i).batches()));
            }
        }
        requireCorrupt(ChunkVerifier.verify(storage, CHUNK), at);
    }

    private static boolean isIn(int at, long position, long length) {
        return at >= position && at < position + length;
    }

    @Test
    void a_chunk_cut_at_any_length_is_found() {
        for (int length = 0; length < good.length; length++) {
            storage.replace(NAME, Arrays.copyOf(good, length));
            for (int i = 0; i < sections.size(); i++) {
                ChunkSection section = sections.get(i);
                Future<List<TestBatches.Event>> read = readAll(section);
                if (length < section.indexPosition() + section.indexBytes()) {
                    requireCorrupt(read, length);
                    assertThat(read.cause()).hasMessageContaining("partition " + section.partition());
                } else {
                    assertThat(read.result())
                            .isEqualTo(TestBatches.events(drafts.get(i).batches()));
                }
            }
            requireCorrupt(ChunkVerifier.verify(storage, CHUNK), length);
            requireCorrupt(ChunkFooter.read(storage, CHUNK), length);
        }
    }

    @Test
    void a_longer_chunk_is_found() {
        storage.replace(NAME, Arrays.copyOf(good, good.length + 1));
        requireCorrupt(ChunkVerifier.verify(storage, CHUNK), good.length);
    }

    @Test
    void a_chunk_under_another_name_is_found() {
        ChunkId other = new ChunkId(1, 2);
        storage.replace(other.objectName(), good);
        requireCorrupt(ChunkVerifier.verify(storage, other), 0);
        assertThat(ChunkVerifier.verify(storage, other).cause()).hasMessageContaining("header names the chunk " + NAME);
    }

    @Test
    void the_section_of_another_partition_is_not_read() {
        ChunkSection one = sections.get(0);
        ChunkSection mixedUp = new ChunkSection(
                CHUNK,
                9,
                one.baseOffset(),
                one.endOffset(),
                one.lastStamp(),
                one.dataPosition(),
                one.dataBytes(),
                one.indexPosition(),
                one.indexBytes());
        requireCorrupt(readAll(mixedUp), 0);
    }

    @Test
    void blocks_that_changed_places_are_found() throws IOException {
        BatchRun run = new BatchRun();
        for (int i = 0; i < 2; i++) {
            run.add(
                    TestBatches.to(1)
                            .add(new byte[ChunkFormat.TARGET_BLOCK_BYTES])
                            .build(i, 5),
                    0);
        }
        List<ChunkSection> written = storage.put(NAME, new ChunkWriter(CHUNK, List.of(new ChunkWriter.Draft(1, run))))
                .result();
        ChunkSection section = written.get(0);
        byte[] bytes = storage.bytes(NAME);
        int first = (int) section.dataPosition();
        int length = (int) section.dataBytes() / 2;
        byte[] swapped = bytes.clone();
        System.arraycopy(bytes, first, swapped, first + length, length);
        System.arraycopy(bytes, first + length, swapped, first, length);
        storage.replace(NAME, swapped);
        requireCorrupt(new ChunkReader(storage).read(section, 0, 1), first);
        requireCorrupt(new ChunkReader(storage).read(section, 1, 1), first + length);
        requireCorrupt(ChunkVerifier.verify(storage, CHUNK), first);
    }

    @Test
    void damage_that_checksums_cannot_see_is_found_by_the_verifier() throws IOException {
        // Made by a faulty writer: everything is sealed, but a record ends before its batch does, or a stamp falls.
        byte[] malformed = TestBatches.to(1).add(new byte[10]).build(0, 5);
        malformed[Batch.HEADER_BYTES]--;
        Batch.seal(malformed, 0, malformed.length, new CRC32C());
        requireCorrupt(verifyWritten(malformed), 0);

        byte[] first = TestBatches.to(1).add(new byte[10]).build(0, 5);
        byte[] earlier = TestBatches.to(1).add(new byte[10]).build(1, 4);
        requireCorrupt(verifyWritten(first, earlier), 0);
    }

    private Future<ChunkVerifier.Report> verifyWritten(byte[]... batches) {
        BatchRun run = new BatchRun();
        for (byte[] batch : batches) {
            run.add(batch, 0);
        }
        assertThat(storage.put(NAME, new ChunkWriter(CHUNK, List.of(new ChunkWriter.Draft(1, run))))
                        .cause())
                .isNull();
        return ChunkVerifier.verify(storage, CHUNK);
    }

    /** All events of a section, block for block, or the first failure. */
    private Future<List<TestBatches.Event>> readAll(ChunkSection section) {
        ChunkReader reader = new ChunkReader(storage);
        List<TestBatches.Event> events = new ArrayList<>();
        long offset = section.baseOffset();
        while (offset < section.endOffset()) {
            Future<List<ReadSlice.Segment>> read = reader.read(section, offset, 1);
            if (read.failed()) {
                return Future.failedFuture(read.cause());
            }
            List<TestBatches.Event> piece = TestBatches.events(read.result());
            events.addAll(piece);
            offset += piece.size();
        }
        return Future.succeededFuture(events);
    }

    private static void requireCorrupt(Future<?> future, int at) {
        assertThat(future.cause()).as("damage at %d", at).isInstanceOf(StrandlineException.Corrupt.class);
    }
}
