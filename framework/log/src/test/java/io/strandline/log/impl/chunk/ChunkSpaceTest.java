package io.strandline.log.impl.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much of a shard's chunks is alive, and which of them are worth a rewrite (T6). */
class ChunkSpaceTest {

    private static final int HEADER = ChunkFormat.HEADER_BYTES;
    private static final int BYTES = 1_000;

    private final List<ChunkId> unreferenced = new ArrayList<>();
    private final ChunkSpace space = new ChunkSpace(unreferenced::add);

    private static ChunkId chunk(long number) {
        return new ChunkId(1, number);
    }

    /** A section of ten events and {@link #BYTES} bytes. */
    private static ChunkSection section(long chunk, long partition) {
        return new ChunkSection(chunk(chunk), partition, 20, 30, 5, 100, 900, 1_000, 100);
    }

    private List<ChunkId> wasteful() {
        return space.wasteful().stream().map(ChunkSpace.Chunk::id).toList();
    }

    @Test
    void t6_sections_and_the_header_of_their_chunk_are_counted_until_nobody_refers_to_it() {
        space.add(section(1, 7));
        space.add(section(1, 3));
        space.add(section(1, 7));
        space.add(section(2, 7));
        assertThat(space.liveBytes()).isEqualTo(4 * BYTES);
        assertThat(space.fileBytes()).isEqualTo(4 * BYTES + 2 * HEADER);
        assertThat(space.deadBytes()).isEqualTo(2 * HEADER);
        assertThat(space.chunks()).extracting(ChunkSpace.Chunk::id).containsExactlyInAnyOrder(chunk(1), chunk(2));
        ChunkSpace.Chunk first = space.chunks().stream()
                .filter(chunk -> chunk.id().equals(chunk(1)))
                .findFirst()
                .orElseThrow();
        assertThat(first.partitions()).containsExactly(3, 7);
        assertThat(first.fileBytes()).isEqualTo(3 * BYTES + HEADER);
        assertThat(first.liveBytes()).isEqualTo(3 * BYTES);

        space.release(section(2, 7), BYTES);
        assertThat(unreferenced).containsExactly(chunk(2));
        assertThat(space.refersTo(chunk(2))).isFalse();
        assertThat(space.refersTo(chunk(1))).isTrue();
        assertThat(space.fileBytes()).isEqualTo(3 * BYTES + HEADER);
        assertThatThrownBy(() -> space.release(section(2, 7), BYTES)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> space.shrink(section(2, 7), 1)).isInstanceOf(IllegalStateException.class);

        space.release(section(1, 7), BYTES);
        space.release(section(1, 7), BYTES);
        assertThat(unreferenced).containsExactly(chunk(2));
        space.release(section(1, 3), BYTES);
        assertThat(unreferenced).containsExactly(chunk(2), chunk(1));
        assertThat(space.liveBytes()).isZero();
        assertThat(space.fileBytes()).isZero();
    }

    @Test
    void t6_a_section_is_alive_in_proportion_to_the_events_that_are_left() {
        assertThat(ChunkSpace.liveBytes(section(1, 7), 0)).isEqualTo(BYTES);
        assertThat(ChunkSpace.liveBytes(section(1, 7), 20)).isEqualTo(BYTES);
        assertThat(ChunkSpace.liveBytes(section(1, 7), 21)).isEqualTo(BYTES * 9 / 10);
        assertThat(ChunkSpace.liveBytes(section(1, 7), 29)).isEqualTo(BYTES / 10);
        assertThat(ChunkSpace.liveBytes(section(1, 7), 30)).isZero();
        assertThat(ChunkSpace.liveBytes(section(1, 7), 99)).isZero();
    }

    @Test
    void t6_a_chunk_is_wasteful_while_less_than_half_of_it_is_alive() {
        space.add(section(1, 7));
        space.add(section(2, 7));
        int half = (BYTES + HEADER) / 2;
        space.shrink(section(1, 7), BYTES - half);
        assertThat(wasteful()).isEmpty();
        space.shrink(section(2, 7), BYTES - half + 1);
        space.shrink(section(1, 7), 1);
        assertThat(wasteful()).containsExactly(chunk(2), chunk(1));
        space.add(section(2, 8));
        assertThat(wasteful()).containsExactly(chunk(1));
        space.release(section(2, 8), BYTES);
        assertThat(wasteful()).containsExactly(chunk(1), chunk(2));
        space.release(section(1, 7), half - 1);
        assertThat(wasteful()).containsExactly(chunk(2));
    }

    @Test
    void t6_the_size_on_disk_counts_once_it_is_known() {
        space.add(section(1, 7));
        space.measured(chunk(1), 2 * BYTES + 2);
        assertThat(space.fileBytes()).isEqualTo(2 * BYTES + 2);
        assertThat(space.deadBytes()).isEqualTo(BYTES + 2);
        assertThat(wasteful()).containsExactly(chunk(1));
        space.measured(chunk(1), 2 * BYTES);
        assertThat(wasteful()).isEmpty();
        space.measured(chunk(9), BYTES);
        assertThat(space.fileBytes()).isEqualTo(2 * BYTES);
        space.release(section(1, 7), BYTES);
        assertThat(space.fileBytes()).isZero();
    }

    /** Otherwise a chunk with a large footer would be rewritten for ever. */
    @Test
    void t6_what_compaction_left_alive_is_the_whole_from_then_on() {
        space.add(section(1, 7));
        space.measured(chunk(1), 5 * BYTES);
        assertThat(wasteful()).containsExactly(chunk(1));
        space.settle(chunk(1));
        assertThat(wasteful()).isEmpty();
        space.shrink(section(1, 7), BYTES / 2);
        assertThat(wasteful()).isEmpty();
        space.shrink(section(1, 7), 1);
        assertThat(wasteful()).containsExactly(chunk(1));
        space.settle(chunk(9));
    }
}
