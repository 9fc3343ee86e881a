package io.strandline.processing.pipeline.impl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.impl.checkpoint.StepDecision.Kind;
import org.junit.jupiter.api.Test;

/** What the log says of a decision. */
class StepDecisionTest {

    private static String outcome(Kind kind, int attempts) {
        return new StepDecision(kind, 0, 7, 8, attempts, "key", "cause").outcome();
    }

    @Test
    void the_outcome_says_what_is_done_after_how_many_attempts() {
        assertThat(outcome(Kind.SKIP, 5)).isEqualTo("it is passed over after 5 attempts");
        assertThat(outcome(Kind.SKIP_DUE, 2)).isEqualTo("it is passed over after 2 attempts");
        assertThat(outcome(Kind.PARK, 1)).isEqualTo("it is parked after 1 attempt");
        assertThat(outcome(Kind.HOLD, 5)).isEqualTo("it is parked and its key is held after 5 attempts");
    }
}
