package io.strandline.log.impl.chunk;

import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Decides which neighbouring sections of a partition are merged, so that there are few of them and each byte is rewritten
 * a few times at most.
 *
 * <p>A section is full from {@code fullBytes} on. Below that, sizes form {@value #TIERS} tiers, each three times as large
 * as the one before. The tier of a section counts as at least that of every newer one, because only neighbours can be
 * merged. Three sections of one tier are merged into one of a higher tier, so at most two of each remain. Up to the
 * newest full section, two neighbours are merged while they have less than twice {@code fullBytes} together.
 *
 * <p>So a partition that is left alone has at most bytes / {@code fullBytes} + 16 sections. A byte that arrives in a tiny
 * section is rewritten once per tier and once or twice more. A byte that arrives in a section of a ninth of {@code
 * fullBytes} is rewritten two or three times. The scheme is the tiering of log-structured merge trees, with neighbours
 * instead of overlap.
 */
public final class SectionTiers {

    /** Tiers below full. */
    static final int TIERS = 7;

    /** Sections of one tier that remain side by side at most, and by how much a tier is larger than the one before. */
    private static final int FAN_IN = 3;

    private SectionTiers() {}

    /**
     * Neighbouring sections to be merged.
     *
     * @param from index of the first
     * @param to index after the last, at least two more
     */
    public record Window(int from, int to) {}

    /**
     * Limits of a merge.
     *
     * @param fullBytes size from which on a section is full, in bytes
     * @param maxSpanMillis longest time between the events of a merged section, so that retention by age can remove it.
     *     {@link Long#MAX_VALUE} for any
     */
    public record Limits(long fullBytes, long maxSpanMillis) {

        long maxBytes() {
            return 2 * fullBytes;
        }
    }

    /**
     * The next merge that is due, or null if there is none.
     *
     * @param lastTime when the last event of a section was appended, in milliseconds since 1970. It never decreases
     */
    public static @Nullable Window due(
            List<ChunkSection> sections, Limits limits, ToLongFunction<ChunkSection> lastTime) {
        int end = sections.size();
        int level = 0;
        for (int i = end - 1; i >= 0; i--) {
            int tier = tier(sections.get(i).storedBytes(), limits.fullBytes());
            if (tier > level) {
                Window window = end - (i + 1) >= FAN_IN ? within(sections, i + 1, end, limits, lastTime) : null;
                if (window != null) {
                    return window;
                }
                end = i + 1;
                level = tier;
            }
            if (level == TIERS) {
                return within(sections, 0, end, limits, lastTime);
            }
        }
        return end >= FAN_IN ? within(sections, 0, end, limits, lastTime) : null;
    }

    private static int tier(long bytes, long fullBytes) {
        int tier = TIERS;
        for (long bound = fullBytes; tier > 0 && bytes < bound; bound /= FAN_IN) {
            tier--;
        }
        return tier;
    }

    /**
     * The longest run from the oldest section on that keeps to the limits. A later run if the oldest section cannot be
     * merged.
     */
    private static @Nullable Window within(
            List<ChunkSection> sections, int from, int to, Limits limits, ToLongFunction<ChunkSection> lastTime) {
        for (int first = from; first < to - 1; first++) {
            int end = endOfMerge(sections, first, to, limits, lastTime);
            if (end - first >= 2) {
                return new Window(first, end);
            }
        }
        return null;
    }

    private static int endOfMerge(
            List<ChunkSection> sections, int first, int to, Limits limits, ToLongFunction<ChunkSection> lastTime) {
        long bytes = sections.get(first).storedBytes();
        // Events are not older than the last one before their section.
        long since = lastTime.applyAsLong(sections.get(Math.max(0, first - 1)));
        int end = first + 1;
        while (end < to) {
            ChunkSection next = sections.get(end);
            bytes += next.storedBytes();
            if (bytes >= limits.maxBytes() || lastTime.applyAsLong(next) - since > limits.maxSpanMillis()) {
                return end;
            }
            end++;
        }
        return end;
    }
}
