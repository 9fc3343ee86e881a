package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.impl.IdleLimits.Rest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What idle tasks tell is bounded on average, however many there are. */
class IdleLimitsTest {

    @ParameterizedTest
    @CsvSource({"0, 1600", "1, 1600", "64, 1600", "65, 800", "128, 800", "1000, 100"})
    void many_idle_tasks_tell_something_less_often(int tasks, int looks) {
        Rest rest = new Rest();
        int made = 0;
        for (int due = 0; due < 1_600; due++) {
            if (rest.isOver()) {
                rest.after(tasks);
                made++;
            }
        }
        assertThat(made).isEqualTo(looks);
        assertThat(made * tasks).isLessThanOrEqualTo(1_600 * Rest.TASKS_PER_LOOK);
    }
}
