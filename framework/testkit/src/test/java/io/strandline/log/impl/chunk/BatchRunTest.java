package io.strandline.log.impl.chunk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BatchRunTest {

    private static final int PEAK = 10_000;

    private final BatchRun run = new BatchRun();

    private void add(long from, long to) {
        for (long offset = from; offset < to; offset++) {
            run.add(TestBatches.to(1).add("key", "event".getBytes(UTF_8)).build(offset, 5), 0);
        }
    }

    @Test
    void the_room_of_a_peak_is_given_back() {
        add(0, PEAK);
        assertThat(run.capacity()).isGreaterThanOrEqualTo(PEAK);
        run.removeStored(PEAK);
        assertThat(run.capacity()).isEqualTo(BatchRun.KEPT_CAPACITY);
        assertThat(run.isEmpty()).isTrue();
        add(PEAK, PEAK + 10);
        assertThat(run.baseOffset(0)).isEqualTo(PEAK);
    }

    @Test
    void what_stays_is_found_after_room_was_given_back() {
        add(0, PEAK);
        run.removeStored(PEAK - 100);
        assertThat(run.capacity()).isLessThan(PEAK / 8);
        assertThat(run.size()).isEqualTo(100);
        for (int i = 0; i < 100; i++) {
            assertThat(run.baseOffset(i)).isEqualTo(PEAK - 100 + i);
            assertThat(run.indexOf(PEAK - 100 + i)).isEqualTo(i);
        }
        add(PEAK, PEAK + 1_000);
        assertThat(run.endOffset(run.size() - 1)).isEqualTo(PEAK + 1_000);
    }
}
