package io.strandline.log.impl.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.impl.chunk.SectionTiers.Limits;
import io.strandline.log.impl.chunk.SectionTiers.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Few sections remain, each byte is rewritten a few times, and a merged section keeps to its limits (T6). */
class SectionTiersTest {

    private static final long FULL = 32L << 20;
    private static final Limits LIMITS = new Limits(FULL, Long.MAX_VALUE);

    private final List<ChunkSection> sections = new ArrayList<>();
    private long arrived;
    private long rewritten;
    private long offset;

    private static ChunkSection section(long base, long end, long stamp, long bytes) {
        return new ChunkSection(new ChunkId(1, base), 7, base, end, stamp, 0, bytes - 10, bytes - 10, 10);
    }

    private void arrive(long bytes, long stamp) {
        sections.add(section(offset, offset + 10, stamp, bytes));
        offset += 10;
        arrived += bytes;
    }

    private void mergeAll(Limits limits) {
        for (Window window = SectionTiers.due(sections, limits, ChunkSection::lastStamp);
                window != null;
                window = SectionTiers.due(sections, limits, ChunkSection::lastStamp)) {
            merge(window, limits);
        }
    }

    private void merge(Window window, Limits limits) {
        List<ChunkSection> merged = sections.subList(window.from(), window.to());
        assertThat(merged).hasSizeGreaterThan(1);
        long bytes = merged.stream().mapToLong(ChunkSection::storedBytes).sum();
        assertThat(bytes).isLessThan(limits.maxBytes());
        rewritten += bytes;
        ChunkSection one = section(
                merged.get(0).baseOffset(),
                merged.get(merged.size() - 1).endOffset(),
                merged.get(merged.size() - 1).lastStamp(),
                bytes);
        merged.clear();
        merged.add(one);
    }

    private long bound() {
        return sections.stream().mapToLong(ChunkSection::storedBytes).sum() / FULL + 16;
    }

    @Property(tries = 200)
    void sections_are_bounded_after_every_arrival(@ForAll long seed, @ForAll @IntRange(min = 0, max = 25) int upTo) {
        Random random = new Random(seed);
        for (int i = 0; i < 400; i++) {
            arrive(20 + (1L << random.nextInt(upTo + 1)) + random.nextInt(1000), i);
            mergeAll(LIMITS);
            assertThat(sections).hasSizeLessThanOrEqualTo((int) bound());
        }
    }

    @Property(tries = 50)
    void a_backlog_is_worked_off_to_the_same_bound(@ForAll long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 3_000; i++) {
            arrive(20 + (1L << random.nextInt(24)), i);
        }
        mergeAll(LIMITS);
        assertThat(sections).hasSizeLessThanOrEqualTo((int) bound());
        assertThat(rewritten).isLessThan(9 * arrived);
    }

    @Test
    void a_byte_is_rewritten_a_few_times_at_most() {
        // 4 MiB a round is what a partition of 16 gets at full speed.
        for (int i = 0; i < 1_000; i++) {
            arrive(4 << 20, i);
            mergeAll(LIMITS);
        }
        assertThat((double) rewritten / arrived).isLessThan(3);
    }

    @Test
    void tiny_sections_are_rewritten_once_per_tier() {
        for (int i = 0; i < 30_000; i++) {
            arrive(16 << 10, i);
            mergeAll(LIMITS);
        }
        assertThat((double) rewritten / arrived).isLessThan(9);
    }

    @Test
    void large_sections_are_left_alone() {
        for (int i = 0; i < 100; i++) {
            arrive(FULL, i);
        }
        assertThat(SectionTiers.due(sections, LIMITS, ChunkSection::lastStamp)).isNull();
    }

    @Test
    void a_merged_section_spans_no_more_time_than_allowed() {
        Limits limits = new Limits(FULL, 100);
        for (int i = 0; i < 1_000; i++) {
            arrive(1_000, i * 10L);
            mergeAll(limits);
        }
        for (int i = 1; i < sections.size(); i++) {
            assertThat(sections.get(i).lastStamp() - sections.get(i - 1).lastStamp())
                    .isLessThanOrEqualTo(100);
        }
        // About one for each span: those that age keeps are merged all the same.
        assertThat(sections).hasSizeLessThan(130);
    }

    @Test
    void three_neighbours_of_one_size_are_merged_and_two_are_not() {
        arrive(1_000, 0);
        arrive(1_000, 0);
        assertThat(SectionTiers.due(sections, LIMITS, ChunkSection::lastStamp)).isNull();
        arrive(1_000, 0);
        assertThat(SectionTiers.due(sections, LIMITS, ChunkSection::lastStamp)).isEqualTo(new Window(0, 3));
    }

    @Test
    void a_merged_section_is_smaller_than_two_full_ones() {
        Limits limits = new Limits(300, Long.MAX_VALUE);
        for (int i = 0; i < 3; i++) {
            arrive(200, i);
        }
        assertThat(SectionTiers.due(sections, limits, ChunkSection::lastStamp)).isEqualTo(new Window(0, 2));
    }
}
