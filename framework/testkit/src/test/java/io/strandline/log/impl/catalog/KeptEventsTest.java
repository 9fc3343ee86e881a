package io.strandline.log.impl.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.log.impl.catalog.KeptEvents.Oldest;
import io.strandline.log.impl.catalog.KeptEvents.Piece;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.TestBatches;
import io.strandline.log.impl.state.Moment;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.spi.Batch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where partitions can be cut, and which pieces a stream gives up, against lists of all pieces. */
class KeptEventsTest {

    private static final Moment NOW = new Moment(10_000, 0);

    private final ShardState state = new ShardState(0, chunk -> {});
    private final Map<Long, List<Piece>> model = new TreeMap<>();

    /** Some sections, followed by some batches in memory. Stamps rise slowly, so that many are equal. */
    private Partition fill(Random random, long id) {
        state.open(id, KeyRange.ALL);
        Partition partition = Objects.requireNonNull(state.partition(id));
        List<Piece> pieces = new ArrayList<>();
        model.put(id, pieces);
        long stamp = 1_000;
        long offset = 0;
        List<ChunkSection> sections = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            int count = 1 + random.nextInt(20);
            stamp += random.nextInt(3);
            int data = 1 + random.nextInt(500);
            sections.add(
                    new ChunkSection(new ChunkId(1, i), id, offset, offset + count, stamp, 100, data, 100 + data, 28));
            offset += count;
            pieces.add(new Piece(id, offset, stamp, data + 28));
        }
        state.addSections(sections);
        partition.restore(false, partition.startOffset(), offset, partition.lastStamp(), partition.flushedOffset());
        for (int i = random.nextInt(20); i > 0; i--) {
            stamp += random.nextInt(3);
            byte[] batch = TestBatches.to(id)
                    .add(new byte[random.nextInt(100)])
                    .add(new byte[random.nextInt(100)])
                    .build(offset, stamp);
            state.apply(partition, batch, 0);
            offset += 2;
            pieces.add(new Piece(id, offset, stamp, Batch.length(batch, 0)));
        }
        return partition;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void cuts_agree_with_the_list_of_pieces(int seed) {
        Random random = new Random(seed);
        for (long id = 1; id <= 100; id++) {
            Partition partition = fill(random, id);
            List<Piece> pieces = Objects.requireNonNull(model.get(id));
            assertThat(KeptEvents.bytes(partition))
                    .isEqualTo(pieces.stream().mapToLong(Piece::bytes).sum());
            for (long stamp = 999; stamp < 1_080; stamp++) {
                long limit = stamp;
                assertThat(KeptEvents.endOfOlder(partition, stamp))
                        .isEqualTo(endOf(pieces.stream()
                                .filter(piece -> piece.lastTime() < limit)
                                .toList()));
            }
            for (long offset = 0; offset <= partition.endOffset(); offset++) {
                long limit = offset;
                assertThat(KeptEvents.endOfWhole(partition, offset))
                        .isEqualTo(endOf(pieces.stream()
                                .filter(piece -> piece.endOffset() <= limit)
                                .toList()));
            }
            checkOldest(partition, pieces, random.nextInt(3_000), 1 + random.nextInt(30));
        }
    }

    private static long endOf(List<Piece> pieces) {
        return pieces.isEmpty() ? 0 : pieces.get(pieces.size() - 1).endOffset();
    }

    private static void checkOldest(Partition partition, List<Piece> pieces, long bytes, int limit) {
        List<Piece> expected = new ArrayList<>();
        long sum = 0;
        for (Piece piece : pieces) {
            if (sum < bytes && expected.size() < limit) {
                expected.add(piece);
                sum += piece.bytes();
            }
        }
        boolean isCutShort = sum < bytes && expected.size() < pieces.size();
        assertThat(KeptEvents.oldest(partition, bytes, limit, NOW)).isEqualTo(new Oldest(expected, isCutShort));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void the_oldest_pieces_of_all_partitions_are_taken_until_enough_is_gone(int seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            model.clear();
            long wanted = random.nextInt(8_000);
            OldestFirst oldest = new OldestFirst();
            for (long id = 1; id <= 4; id++) {
                oldest.add(KeptEvents.oldest(fill(random, round * 4L + id), wanted, Integer.MAX_VALUE, NOW));
            }
            oldest.take(wanted / 2);
            oldest.take(wanted);
            List<Piece> all = new ArrayList<>();
            model.values().forEach(all::addAll);
            // Within a partition stamps never fall, so a stable sort keeps its order.
            all.sort(Comparator.comparingLong(Piece::lastTime).thenComparingLong(Piece::partition));
            Map<Long, Long> expected = new TreeMap<>();
            long taken = 0;
            for (Piece piece : all) {
                if (taken < wanted) {
                    taken += piece.bytes();
                    expected.put(piece.partition(), piece.endOffset());
                }
            }
            assertThat(oldest.cuts()).isEqualTo(expected);
            assertThat(oldest.isCutShort()).isFalse();
        }
    }
}
