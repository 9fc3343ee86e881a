package io.strandline.processing.pipeline.impl.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog.TickAt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What holds a task up, until when, and whether it reads meanwhile. */
class TaskGateTest {

    private static final Pipeline PIPELINE = Pipeline.named("seen", 1)
            .from("site/views", TextCodec.STRING)
            .map(view -> view)
            .to("site/seen", TextCodec.STRING)
            .build();

    private static final long MAX_REPLAY_STEPS = 10;

    private final TaskPlace place = new TaskPlace(PIPELINE, 3, 7, 7);
    private final TaskTicks ticks = new TaskTicks(new TreeMap<>());
    private boolean isStepHeldUp;
    private boolean isStateCrowded;
    private boolean areOutputsFull;
    /** Null if the task was told neither. */
    private @Nullable Boolean reads;

    private final TaskGate gate = gate(TaskLimit.none());

    private TaskGate gate(TaskLimit limit) {
        TaskGate made = new TaskGate(MAX_REPLAY_STEPS, place, ticks, limit, new TaskLoad(7, 0), new TaskGate.Others() {

            @Override
            public boolean isStepHeldUp() {
                return isStepHeldUp;
            }

            @Override
            public boolean isStateCrowded() {
                return isStateCrowded;
            }

            @Override
            public boolean areOutputsFull() {
                return areOutputsFull;
            }
        });
        made.demands(pause -> reads = !pause);
        return made;
    }

    private void stepsDone(int count) {
        for (int i = 0; i < count; i++) {
            place.stepDone();
        }
    }

    /** Whatever has the task look again, it does not read. */
    private void assertHeld(Hold hold) {
        assertThat(gate.hold()).isEqualTo(hold);
        assertThat(gate.isOpen()).isFalse();
        gate.followDemand(false);
        assertThat(reads).isFalse();
    }

    private void assertOpen() {
        assertThat(gate.hold()).isEqualTo(Hold.NONE);
        gate.followDemand(false);
        assertThat(reads).isTrue();
        assertThat(gate.isHeldUp()).isFalse();
        assertThat(gate.mayEnd()).isTrue();
    }

    private void assertHeldUp() {
        assertThat(gate.isHeldUp()).isTrue();
        assertThat(gate.mayEnd()).isFalse();
    }

    @Test
    void a_task_reads_unless_something_is_due_before_the_next_event() {
        assertOpen();
        gate.followDemand(true);
        assertThat(reads).isFalse();
    }

    @Test
    void a_pause_lasts_until_the_task_is_resumed() {
        Throwable cause = new IllegalStateException("no");
        gate.pause(cause);
        assertThat(reads).as("at once").isFalse();
        assertHeld(Hold.PAUSED);
        assertHeldUp();
        assertThat(gate.isStopped()).isTrue();
        assertThat(gate.stoppedBy()).isSameAs(cause);
        gate.resume();
        assertThat(gate.stoppedBy()).isNull();
        assertOpen();
    }

    @Test
    void a_brake_lasts_until_the_later_stage_has_caught_up_whatever_is_resumed() {
        Throwable cause = new IllegalStateException("no");
        gate.brake(new Brake(Hold.BRAKED, "after", cause));
        assertThat(reads).as("at once").isFalse();
        assertHeld(Hold.BRAKED);
        assertHeldUp();
        assertThat(gate.isStopped()).isTrue();
        assertThat(gate.waitsFor()).isEqualTo("after");
        assertThat(gate.stoppedBy()).isSameAs(cause);
        gate.resume();
        assertHeld(Hold.BRAKED);
        assertThat(gate.stoppedBy()).as("may be mended").isNull();
        gate.brake(null);
        assertThat(gate.waitsFor()).isNull();
        assertOpen();
    }

    /** A task that is paused and braked needs both to go. */
    @Test
    void a_pause_says_its_cause_before_a_brake() {
        Throwable cause = new IllegalStateException("here");
        gate.brake(new Brake(Hold.BRAKED, "after", new IllegalStateException("there")));
        gate.pause(cause);
        assertHeld(Hold.PAUSED);
        assertThat(gate.stoppedBy()).isSameAs(cause);
        gate.brake(null);
        assertHeld(Hold.PAUSED);
    }

    @Test
    void a_step_that_has_failed_holds_the_task_up_and_does_not_stop_it() {
        isStepHeldUp = true;
        assertHeld(Hold.STEP);
        assertHeldUp();
        assertThat(gate.isStopped()).isFalse();
        isStepHeldUp = false;
        assertOpen();
    }

    @Test
    void a_tick_is_waited_for_before_the_end_too() {
        gate.followDemand(false);
        gate.holdForTick();
        assertThat(reads).as("at once").isFalse();
        assertHeld(Hold.TICK);
        assertThat(gate.mayEnd()).isFalse();
        ticks.add(7, new TickAt(1_000, false, false));
        assertOpen();
    }

    @Test
    void no_more_steps_than_the_bound_are_done_after_a_durable_checkpoint() {
        stepsDone((int) MAX_REPLAY_STEPS - 1);
        assertOpen();
        stepsDone(1);
        assertHeld(Hold.CHECKPOINT);
        gate.checkpointed(8);
        assertOpen();
    }

    @Test
    void room_for_state_is_waited_for() {
        isStateCrowded = true;
        assertHeld(Hold.CHECKPOINT);
        isStateCrowded = false;
        assertOpen();
    }

    @Test
    void outputs_are_waited_for() {
        areOutputsFull = true;
        assertHeld(Hold.OUTPUTS);
        areOutputsFull = false;
        assertOpen();
    }

    @Test
    void the_end_is_for_good() {
        gate.followDemand(false);
        gate.end();
        assertThat(reads).as("at once").isFalse();
        gate.resume();
        assertHeld(Hold.OVER);
        assertThat(gate.isOver()).isTrue();
    }

    @Test
    void of_several_the_first_is_told() {
        areOutputsFull = true;
        stepsDone((int) MAX_REPLAY_STEPS);
        assertThat(gate.hold()).isEqualTo(Hold.CHECKPOINT);
        gate.holdForTick();
        assertThat(gate.hold()).isEqualTo(Hold.TICK);
        isStepHeldUp = true;
        assertThat(gate.hold()).isEqualTo(Hold.STEP);
        gate.brake(new Brake(Hold.BRAKED, "after", null));
        assertThat(gate.hold()).isEqualTo(Hold.BRAKED);
        gate.pause(null);
        assertThat(gate.hold()).isEqualTo(Hold.PAUSED);
        gate.end();
        assertThat(gate.hold()).isEqualTo(Hold.OVER);
    }

    // ---- a limit

    @Test
    void a_task_with_a_limit_does_the_steps_that_are_allowed() {
        TaskLimit limit = TaskLimit.before(20, 100, () -> {});
        TaskGate limited = gate(limit);
        assertThat(limited.hold()).isEqualTo(Hold.OVER);
        assertThat(limited.isOver()).as("for good").isFalse();
        limit.allow(9);
        limited.followDemand(false);
        assertThat(reads).isTrue();
        stepsDone(2);
        limited.followDemand(false);
        assertThat(reads).isFalse();
        assertThat(limited.hold()).isEqualTo(Hold.OVER);
        limit.allow(10);
        assertThat(limited.hold()).isEqualTo(Hold.NONE);
    }

    @Test
    void a_task_with_a_limit_takes_no_event_after_it_and_does_what_is_due() {
        TaskLimit limit = TaskLimit.before(20, 8, () -> {});
        TaskGate limited = gate(limit);
        limit.allow(20);
        limited.followDemand(false);
        assertThat(reads).isTrue();
        place.eventDone();
        limited.followDemand(false);
        assertThat(reads).isFalse();
        assertThat(limited.hold()).isEqualTo(Hold.NONE);
    }

    @Test
    void a_task_at_its_limit_tells_no_end() {
        TaskLimit limit = TaskLimit.before(8, 100, () -> {});
        TaskGate limited = gate(limit);
        limit.allow(8);
        assertThat(limited.mayEnd()).isTrue();
        stepsDone(1);
        assertThat(limited.mayEnd()).isFalse();
    }
}
