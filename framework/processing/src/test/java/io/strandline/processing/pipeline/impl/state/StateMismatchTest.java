package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StateMismatchTest {

    private static final TextCodec<String> FIRST =
            new TextCodec<>(new EventType("state", 1), text -> text, text -> text);

    /** Writes version 2, which ends with a mark, and reads both. */
    private static final EventCodec<String> SECOND = new EventCodec<>() {

        private final TextCodec<String> second =
                new TextCodec<>(new EventType("state", 2), text -> text + "!", text -> text.replace("!", ""));

        @Override
        public EventType typeOf(String event) {
            return second.typeOf(event);
        }

        @Override
        public void encode(String event, PayloadOutput out) {
            second.encode(event, out);
        }

        @Override
        public String decode(EventType stored, byte[] bytes, int from, int length) throws IOException {
            return (stored.version() == 1 ? FIRST : second).decode(stored, bytes, from, length);
        }
    };

    private static OperatorStates states(EventCodec<String> codec) {
        return new OperatorStates(OneOperator.topology(codec, ""), EventTime.START);
    }

    /** What a run of the second version begins with. */
    private static OperatorStates upgraded() throws Exception {
        OperatorStates before = states(FIRST);
        OneOperator.put(before, "a", "1");
        OneOperator.put(before, "b", "2");
        StateStore.Captured captured = before.store("state").capture();
        captured.encode(KeyGroups.ALL, new long[KeyGroups.COUNT]);
        OperatorStates states = states(SECOND);
        StateStore.Restoring restoring = states.store("state").restoring(captured.types());
        for (int group = 0; group < KeyGroups.COUNT; group++) {
            captured.write(group, true, (start, bytes, from, length) -> {
                int key = StateRecords.number(bytes, from);
                restoring.apply(start, KeyHash.of(bytes, from + StateRecords.size(key), key - 1), bytes, from);
            });
        }
        states.store("state").restored();
        return states;
    }

    private static @Nullable StateMismatch compare(OperatorStates found, OperatorStates stored) throws Exception {
        return StateMismatch.of(
                found.store("state").capture(), stored.store("state").capture());
    }

    /** The audit repeats the decision to pass the event over, and not the step that failed. */
    @Test
    void a_state_of_an_earlier_version_is_the_same_after_a_step_that_failed() throws Exception {
        OperatorStates stored = upgraded();
        stored.begin();
        OneOperator.put(stored, "a", "other");
        stored.undo();
        assertThat(compare(upgraded(), stored)).isNull();
    }

    @Test
    void a_state_that_was_changed_differs_from_one_of_an_earlier_version() throws Exception {
        OperatorStates stored = upgraded();
        OneOperator.put(stored, "a", "other");
        StateMismatch mismatch = Objects.requireNonNull(compare(upgraded(), stored));
        assertThat(mismatch.key()).isEqualTo("a");
        assertThat(mismatch.groups()).isOne();
        assertThat(mismatch.detail()).isEqualTo("the checkpoint has other, the audit found 1");
    }
}
