package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

class CheckpointTimerTest {

    /** Of the questions whether tasks repeat steps. */
    private final Deque<Promise<Boolean>> asked = new ArrayDeque<>();

    private boolean isReentry;
    private int taken;
    private final CheckpointTimer timer = new CheckpointTimer(() -> isReentry, this::ask, () -> taken++);

    private Future<Boolean> ask() {
        Promise<Boolean> answer = Promise.promise();
        asked.add(answer);
        return answer.future();
    }

    @Test
    void takes_one_each_interval_if_nothing_is_repeated() {
        timer.tick();
        assertThat(taken).isZero();
        asked.remove().complete(false);
        assertThat(taken).isEqualTo(1);
        timer.tick();
        assertThat(taken).isEqualTo(2);
        assertThat(asked).isEmpty();
    }

    @Test
    void takes_none_while_steps_are_repeated_and_then_one_each_interval() {
        for (int tick = 0; tick < CheckpointTimer.MOST_LEFT_OUT - 1; tick++) {
            timer.tick();
            asked.remove().complete(true);
            assertThat(taken).isZero();
        }
        timer.tick();
        asked.remove().complete(false);
        timer.tick();
        assertThat(taken).isEqualTo(2);
    }

    @Test
    void takes_one_after_some_intervals_whatever_is_repeated() {
        for (int tick = 0; tick < CheckpointTimer.MOST_LEFT_OUT; tick++) {
            timer.tick();
            asked.remove().complete(true);
        }
        assertThat(taken).isZero();
        timer.tick();
        timer.tick();
        assertThat(taken).isEqualTo(2);
        assertThat(asked).isEmpty();
    }

    @Test
    void takes_one_if_nobody_can_tell() {
        timer.tick();
        asked.remove().fail(new StrandlineException.Unavailable("the Vert.x instance is closed"));
        assertThat(taken).isEqualTo(1);
    }

    @Test
    void takes_the_first_one_after_a_restore_whatever_is_repeated() {
        isReentry = true;
        timer.tick();
        assertThat(taken).isEqualTo(1);
        isReentry = false;
        timer.tick();
        asked.remove().complete(true);
        assertThat(taken).isEqualTo(1);
    }
}
