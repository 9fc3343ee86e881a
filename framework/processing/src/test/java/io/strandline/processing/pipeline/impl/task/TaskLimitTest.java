package io.strandline.processing.pipeline.impl.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How far a task goes that has a limit, and how far one without. */
class TaskLimitTest {

    private int reached;
    private final TaskLimit limit = TaskLimit.before(20, 10, () -> reached++);

    @Test
    void nothing_is_allowed_at_first_and_then_steps_up_to_the_limit() {
        assertThat(limit.allowsStep(0)).isFalse();
        limit.allow(15);
        assertThat(limit.allowsStep(14)).isTrue();
        assertThat(limit.allowsStep(15)).isFalse();
        limit.allow(1_000);
        assertThat(limit.allowsStep(19)).isTrue();
        assertThat(limit.allowsStep(20)).isFalse();
    }

    @Test
    void events_and_the_end_have_the_limit_whatever_is_allowed() {
        assertThat(limit.allowsEvent(9)).isTrue();
        assertThat(limit.allowsEvent(10)).isFalse();
        assertThat(limit.allowsEnd(19)).isTrue();
        assertThat(limit.allowsEnd(20)).isFalse();
    }

    @Test
    void it_is_reached_with_the_last_step_although_something_is_due() {
        limit.reachIfDone(19, 5, false);
        assertThat(reached).isZero();
        limit.reachIfDone(20, 5, true);
        assertThat(reached).isOne();
    }

    /** What is due after the last event belongs to it. */
    @Test
    void it_is_reached_with_the_last_event_when_nothing_is_due() {
        limit.reachIfDone(12, 10, true);
        assertThat(reached).isZero();
        limit.reachIfDone(13, 10, false);
        assertThat(reached).isOne();
    }

    @Test
    void it_tells_once() {
        limit.reachIfDone(20, 10, false);
        limit.reachIfDone(20, 10, false);
        limit.reach();
        assertThat(reached).isOne();
    }

    @Test
    void a_task_of_a_run_has_none() {
        TaskLimit none = TaskLimit.none();
        assertThat(none.allowsStep(Long.MAX_VALUE - 1)).isTrue();
        assertThat(none.allowsEvent(Long.MAX_VALUE - 1)).isTrue();
        assertThat(none.allowsEnd(Long.MAX_VALUE - 1)).isTrue();
        none.reach();
    }
}
