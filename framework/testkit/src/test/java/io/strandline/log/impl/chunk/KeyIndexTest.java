package io.strandline.log.impl.chunk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Direction;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The key index of a section finds the events of a key, all of them and no other, or names the damage (T4). */
class KeyIndexTest {

    private static final ChunkId CHUNK = new ChunkId(1, 1);
    private static final String NAME = CHUNK.objectName();

    /** Two hashes for all keys, and two that differ in the upper half alone. */
    private static final List<HashFunction> HASHES = List.of(
            KeyHash::of,
            (bytes, from, length) -> length & 1,
            (bytes, from, length) -> KeyHash.of(bytes, from, length) << 32,
            (bytes, from, length) -> 0);

    private final MemoryChunkStorage storage = new MemoryChunkStorage();
    private HashFunction hashes = KeyHash::of;

    private List<ChunkSection> put(List<ChunkWriter.Draft> drafts) {
        Future<List<ChunkSection>> put = storage.put(NAME, new ChunkWriter(CHUNK, drafts, new KeyIndexBuilder(hashes)));
        assertThat(put.cause()).isNull();
        return put.result();
    }

    private static ChunkWriter.Draft draft(Random random, long partition, int batches, int maxPayloadBytes) {
        return new ChunkWriter.Draft(
                partition, TestBatches.randomRun(random, partition, random.nextInt(1000), batches, maxPayloadBytes));
    }

    private static List<String> keys(List<TestBatches.Event> events) {
        TreeSet<String> keys = new TreeSet<>();
        for (TestBatches.Event event : events) {
            if (event.key() != null) {
                keys.add(event.key());
            }
        }
        keys.add("missing");
        keys.add("");
        return List.copyOf(keys);
    }

    private static List<TestBatches.Event> expected(
            List<TestBatches.Event> all, String key, long from, long to, Direction direction) {
        List<TestBatches.Event> expected = new ArrayList<>(all.stream()
                .filter(event -> key.equals(event.key()) && event.offset() >= from && event.offset() < to)
                .toList());
        if (direction == Direction.BACKWARD) {
            Collections.reverse(expected);
        }
        return expected;
    }

    /** All slices of a request, or the first failure. */
    private Future<List<TestBatches.Event>> read(
            ChunkReader reader, ChunkSection section, String key, long from, long to, Direction direction, int bytes) {
        HistoryRequest request = new HistoryRequest(key.getBytes(UTF_8), from, to, direction, bytes);
        List<TestBatches.Event> events = new ArrayList<>();
        while (request.from() < request.to()) {
            Future<HistorySlice> slice = reader.history(section, request);
            if (slice.failed()) {
                return Future.failedFuture(slice.cause());
            }
            events.addAll(TestBatches.eventsOf(slice.result()));
            long left = request.to() - request.from();
            request = request.after(slice.result());
            assertThat(request.to() - request.from()).isLessThan(left);
        }
        return Future.succeededFuture(events);
    }

    private List<TestBatches.Event> readAll(ChunkReader reader, ChunkSection section, String key, Direction direction) {
        Future<List<TestBatches.Event>> read =
                read(reader, section, key, section.baseOffset(), section.endOffset(), direction, Integer.MAX_VALUE);
        assertThat(read.cause()).isNull();
        return read.result();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void every_key_has_its_events_in_both_directions(long seed) {
        Random random = new Random(seed);
        hashes = HASHES.get((int) seed % HASHES.size());
        List<ChunkWriter.Draft> drafts = new ArrayList<>();
        for (int partition = 1; partition <= 3; partition++) {
            int maxPayloadBytes = random.nextBoolean() ? 30 : 12_000;
            drafts.add(draft(random, partition, 1 + random.nextInt(200), maxPayloadBytes));
        }
        List<ChunkSection> sections = put(drafts);
        ChunkReader reader = new ChunkReader(storage, hashes);
        for (int i = 0; i < drafts.size(); i++) {
            ChunkSection section = sections.get(i);
            List<TestBatches.Event> all = TestBatches.events(drafts.get(i).batches());
            for (String key : keys(all)) {
                for (Direction direction : Direction.values()) {
                    assertThat(readAll(reader, section, key, direction))
                            .isEqualTo(expected(all, key, 0, Long.MAX_VALUE, direction));
                    long from = random.nextLong(section.baseOffset(), section.endOffset());
                    long to = random.nextLong(from, section.endOffset()) + 1;
                    int bytes = 1 << random.nextInt(20);
                    assertThat(read(reader, section, key, from, to, direction, bytes)
                                    .result())
                            .isEqualTo(expected(all, key, from, to, direction));
                }
            }
        }
        assertThat(ChunkVerifier.verify(storage, CHUNK, hashes).cause()).isNull();
    }

    @Test
    void a_slice_keeps_to_its_bytes_and_one_event_is_always_given() {
        BatchRun run = new BatchRun();
        for (int i = 0; i < 100; i++) {
            run.add(TestBatches.to(1).add("k", new byte[100]).build(i, i), 0);
        }
        ChunkSection section = put(List.of(new ChunkWriter.Draft(1, run))).get(0);
        ChunkReader reader = new ChunkReader(storage);
        byte[] key = {'k'};
        HistorySlice one = reader.history(section, new HistoryRequest(key, 0, 100, Direction.FORWARD, 1))
                .result();
        assertThat(one.events()).hasSize(1);
        assertThat(one.from()).isEqualTo(1);
        HistorySlice some = reader.history(section, new HistoryRequest(key, 20, 90, Direction.BACKWARD, 1000))
                .result();
        assertThat(some.events()).hasSizeBetween(9, 10);
        assertThat(some.from()).isEqualTo(20);
        assertThat(some.to()).isEqualTo(90 - some.events().size());
    }

    @Test
    void a_key_costs_its_own_pages_and_a_missing_one_nothing() {
        BatchRun run = new BatchRun();
        for (int i = 0; i < 1000; i++) {
            run.add(
                    TestBatches.to(1)
                            .add(i % 500 == 7 ? "rare" : "key" + i % 50, new byte[1000])
                            .build(i, i),
                    0);
        }
        ChunkSection section = put(List.of(new ChunkWriter.Draft(1, run))).get(0);
        ChunkReader reader = new ChunkReader(storage);
        assertThat(readAll(reader, section, "rare", Direction.FORWARD)).hasSize(2);
        long before = storage.bytesRead();
        assertThat(readAll(reader, section, "rare", Direction.FORWARD)).hasSize(2);
        // A leaf, and for each event one page or two.
        assertThat(storage.bytesRead() - before).isLessThan(6 * PageTable.PAGE_BYTES);
        before = storage.bytesRead();
        for (int i = 0; i < 100; i++) {
            assertThat(readAll(reader, section, "missing" + i, Direction.FORWARD))
                    .isEmpty();
        }
        // The filter lets about one in a hundred through.
        assertThat(storage.bytesRead() - before).isLessThan(10 * PageTable.PAGE_BYTES);
    }

    @Test
    void events_without_a_key_are_in_no_history() {
        BatchRun run = new BatchRun();
        run.add(TestBatches.to(1).add(new byte[10]).build(0, 0), 0);
        ChunkSection section = put(List.of(new ChunkWriter.Draft(1, run))).get(0);
        assertThat(readAll(new ChunkReader(storage), section, "", Direction.FORWARD))
                .isEmpty();
        assertThat(ChunkVerifier.verify(storage, CHUNK).cause()).isNull();
    }

    @Test
    void a_section_of_the_first_version_is_scanned() throws IOException {
        storage.replace(
                new ChunkId(7, 42).objectName(),
                ChunkRoundTripTest.bytes(ChunkRoundTripTest.golden("chunk-version-1.hex")));
        List<ChunkSection> sections =
                ChunkFooter.read(storage, new ChunkId(7, 42)).result().sections();
        ChunkReader reader = new ChunkReader(storage);
        List<ChunkWriter.Draft> drafts = ChunkRoundTripTest.goldenDrafts();
        for (int i = 0; i < 2; i++) {
            List<TestBatches.Event> all = TestBatches.events(drafts.get(i).batches());
            for (String key : keys(all)) {
                for (Direction direction : Direction.values()) {
                    assertThat(readAll(reader, sections.get(i), key, direction))
                            .isEqualTo(expected(all, key, 0, Long.MAX_VALUE, direction));
                }
            }
        }
    }

    @Test
    void any_flipped_byte_is_found_or_does_no_harm() throws IOException {
        Random random = new Random(5);
        List<ChunkWriter.Draft> drafts = List.of(draft(random, 1, 8, 60), draft(random, 2, 4, 9000));
        List<ChunkSection> sections = put(drafts);
        byte[] good = storage.bytes(NAME);
        for (int i = 0; i < sections.size(); i++) {
            ChunkSection section = sections.get(i);
            List<TestBatches.Event> all = TestBatches.events(drafts.get(i).batches());
            int from = (int) (section.dataPosition() + section.dataBytes());
            int to = (int) section.indexPosition();
            assertThat(to - from).isGreaterThan(100);
            for (int at = from; at < to; at++) {
                byte[] damaged = good.clone();
                damaged[at] ^= (byte) (1 + random.nextInt(255));
                storage.replace(NAME, damaged);
                requireNeverWrong(section, all, at);
                assertThat(ChunkVerifier.verify(storage, CHUNK).cause())
                        .as("damage at %d", at)
                        .isInstanceOf(StrandlineException.Corrupt.class);
            }
            for (int n = 0; n < 300; n++) {
                byte[] damaged = good.clone();
                int at = random.nextInt(from);
                damaged[at] ^= (byte) (1 + random.nextInt(255));
                storage.replace(NAME, damaged);
                requireNeverWrong(section, all, at);
            }
        }
    }

    private void requireNeverWrong(ChunkSection section, List<TestBatches.Event> all, int at) {
        int corrupt = 0;
        for (String key : keys(all)) {
            Future<List<TestBatches.Event>> read = read(
                    new ChunkReader(storage),
                    section,
                    key,
                    section.baseOffset(),
                    section.endOffset(),
                    Direction.FORWARD,
                    1 << 20);
            if (read.failed()) {
                assertThat(read.cause())
                        .isInstanceOf(StrandlineException.Corrupt.class)
                        .hasMessageContaining(NAME)
                        .hasMessageContaining("partition " + section.partition());
                corrupt++;
            } else {
                assertThat(read.result())
                        .as("key %s, damage at %d", key, at)
                        .isEqualTo(expected(all, key, 0, Long.MAX_VALUE, Direction.FORWARD));
            }
        }
        long dataEnd = section.dataPosition() + section.dataBytes();
        if (at >= dataEnd && at < section.indexPosition()) {
            assertThat(corrupt).as("damage at %d", at).isPositive();
        }
    }

    @Test
    void damage_that_checksums_cannot_see_is_found_by_the_verifier() {
        // Made by a faulty writer, which hashes keys in another way.
        hashes = (bytes, from, length) -> 7;
        put(List.of(draft(new Random(1), 1, 20, 100)));
        assertThat(ChunkVerifier.verify(storage, CHUNK).cause())
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("key index does not follow from the blocks");
    }

    @Test
    void the_directory_cache_keeps_to_its_limit() {
        List<ChunkWriter.Draft> drafts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            drafts.add(draft(new Random(i), i, 3, 10));
        }
        List<ChunkSection> sections = put(drafts);
        KeyDirectoryCache cache = new KeyDirectoryCache(storage, new SectionIndexCache(storage, 1 << 20), 3000);
        for (ChunkSection section : sections) {
            assertThat(cache.get(sections.get(0)).succeeded()).isTrue();
            assertThat(cache.get(section).succeeded()).isTrue();
        }
        assertThat(cache.get(sections.get(0)).succeeded()).isTrue();
        assertThat(cache.bytes()).isPositive().isLessThanOrEqualTo(3000);
        int before = storage.reads();
        assertThat(cache.get(sections.get(0)).succeeded()).isTrue();
        assertThat(storage.reads()).isEqualTo(before);
        assertThat(cache.get(sections.get(1)).succeeded()).isTrue();
        assertThat(storage.reads()).isEqualTo(before + 1);
    }
}
