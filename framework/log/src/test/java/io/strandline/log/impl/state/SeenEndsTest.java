package io.strandline.log.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** When ends of a partition were seen: few are kept, and what is said of an event is late by a bounded time, never early. */
class SeenEndsTest {

    private static final long STAMP = Long.MAX_VALUE;
    private static final long AGE = 10_000;
    private static final long LOOK = 100;

    private record Seen(long endOffset, long millis) {}

    private SeenEnds ends = new SeenEnds();
    private List<Seen> all = new ArrayList<>();

    private static Moment at(long millis) {
        return new Moment(1_000_000 + millis, millis * 1_000_000);
    }

    private long firstSeen(long endOffset) {
        return all.stream()
                .filter(seen -> seen.endOffset() >= endOffset)
                .mapToLong(Seen::millis)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    @Property(tries = 200)
    void an_event_is_never_taken_for_older_and_leaves_in_time(@ForAll long seed) {
        Random random = new Random(seed);
        ends = new SeenEnds();
        all = new ArrayList<>();
        long start = 0;
        long end = 1;
        int everyLooks = 1 + random.nextInt(40);
        for (long millis = 0; millis < 5 * AGE; millis += LOOK) {
            end += random.nextInt(everyLooks) == 0 ? 1 + random.nextInt(5) : 0;
            all.add(new Seen(end, millis));
            ends.note(start, end, at(millis).nanos());
            long cut = ends.endOfOlder(AGE, at(millis));
            if (cut > start) {
                assertThat(millis - firstSeen(cut)).isGreaterThanOrEqualTo(AGE);
            }
            start = Math.max(start, cut);
            if (start < end) {
                assertThat(millis - firstSeen(start + 1)).isLessThan(AGE + AGE / 10 + LOOK);
            }
            requireTimes(random, start, end, millis);
        }
        assertThat(start).isPositive();
    }

    private void requireTimes(Random random, long start, long end, long millis) {
        long earlier = Long.MIN_VALUE;
        for (long event = start; event < end; event++) {
            long time = ends.timeOf(STAMP, event + 1, at(millis));
            assertThat(time).isBetween(1_000_000 + firstSeen(event + 1), 1_000_000 + millis);
            assertThat(time).isGreaterThanOrEqualTo(earlier);
            earlier = time;
        }
        long below = random.nextInt(1_000_000);
        assertThat(ends.timeOf(below, end, at(millis))).isEqualTo(below);
    }
}
