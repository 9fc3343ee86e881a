package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.KeyedState.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FrozenStateTest {

    private static final class Texts implements KeyedState.Form<Object> {

        @Override
        public void split(String key, Object state, Consumer<StateEntry> each) {
            each.accept(new StateEntry(0, key, StateEntry.NO_TIMES, state));
        }

        @Override
        public Object join(List<StateEntry> pieces) {
            return Objects.requireNonNull(pieces.get(0).value());
        }
    }

    private static FrozenState<Object> frozen(int keys, int length) {
        List<Cell<Object>> cells = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            cells.add(new Cell<>("key-" + i, "x".repeat(length), 0));
        }
        EventCodec<Object> texts = new TextCodec<>(new EventType("text", 1), String::valueOf, text -> text);
        return new FrozenState<>(new StateRecords("state", texts), new Texts(), 0, cells, new RecordTable(50), 0);
    }

    /** A checkpoint with it would be durable, and no run could begin with it. */
    @Test
    void changes_that_do_not_fit_into_the_table_are_refused() {
        FrozenState<Object> most = frozen(16, 200_000);
        most.encode(KeyGroups.ALL, new long[KeyGroups.COUNT]);
        assertThat(most.pieces()).isEqualTo(16);
        assertThatThrownBy(() -> frozen(19, 200_000).encode(KeyGroups.ALL, new long[KeyGroups.COUNT]))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContainingAll("operator state", "has 0 keys", "19 keys that have changed");
    }
}
