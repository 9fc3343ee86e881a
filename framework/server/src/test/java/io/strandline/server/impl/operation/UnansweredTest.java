package io.strandline.server.impl.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operations;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnansweredTest {

    private static String broken(Object reply) {
        throw new IllegalStateException("no form of " + reply);
    }

    @Test
    void a_change_whose_reply_has_no_form_was_done() {
        assertThatThrownBy(() -> Unanswered.rendered(Operations.TRUNCATE, Nothing.NOTHING, UnansweredTest::broken))
                .isInstanceOfSatisfying(Unanswered.class, failure -> assertThat(ToldFailure.of(failure, "a test"))
                        .isInstanceOf(StrandlineException.Unknown.class)
                        .hasMessageContaining("truncate"));
    }

    @Test
    void a_read_whose_reply_has_no_form_has_failed() {
        assertThatThrownBy(() -> Unanswered.rendered(Operations.SCOPES, List.of(), UnansweredTest::broken))
                .isInstanceOf(IllegalStateException.class);
    }
}
