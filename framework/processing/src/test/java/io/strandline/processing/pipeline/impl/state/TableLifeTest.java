package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import io.strandline.processing.pipeline.spi.StateRecord;
import io.strandline.processing.pipeline.spi.StateTable;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When tables are opened, and when nobody reads them any more. */
class TableLifeTest {

    private final Set<StateTable> open = new HashSet<>();
    private int opened;
    private final StateBudget budget = new StateBudget(Long.MAX_VALUE, operator -> new Guarded());

    /** Refuses whatever is asked after it was closed, or when it is closed again. */
    private final class Guarded implements StateTable {

        private final StateTable table = new RecordTable();

        Guarded() {
            opened++;
            open.add(this);
        }

        private StateTable table() {
            assertThat(open).as("tables that are open").contains(this);
            return table;
        }

        @Override
        public @Nullable StateRecord get(long hash, byte[] key, int from, int length) {
            return table().get(hash, key, from, length);
        }

        @Override
        public void put(long hash, StateRecord record) {
            table().put(hash, record);
        }

        @Override
        public long slice(long hash, Consumer<StateRecord> each) {
            return table().slice(hash, each);
        }

        @Override
        public long size() {
            return table().size();
        }

        @Override
        public long recordBytes() {
            return table().recordBytes();
        }

        @Override
        public long bytes() {
            return table().bytes();
        }

        @Override
        public void close() {
            table().close();
            open.remove(this);
        }
    }

    private OperatorStates keyed() {
        return new OperatorStates(OneOperator.topology(TextCodec.STRING, ""), EventTime.START, budget);
    }

    private OperatorStates windows() {
        return new OperatorStates(
                Pipeline.named("one", 1)
                        .from("s/in", TextCodec.STRING)
                        .keyByRoutingKey()
                        .window(Windows.tumbling(Duration.ofMillis(100)))
                        .reduce("window", TextCodec.STRING, (one, other) -> other)
                        .map(window -> window.value())
                        .to("s/out", TextCodec.STRING)
                        .build()
                        .topology(),
                EventTime.START,
                budget);
    }

    private static void put(OperatorStates states, String key, String state) {
        ((KeyedStore) states.store("state")).put(key, state, StateEntry.NO_TIMES, 0);
    }

    private static int write(OperatorStates.Captured captured) throws Exception {
        int[] records = {0};
        for (StateStore.Captured store : captured.stores()) {
            store.encode(KeyGroups.ALL, new long[KeyGroups.COUNT]);
            for (int group = 0; group < KeyGroups.COUNT; group++) {
                store.write(group, true, (start, bytes, from, length) -> records[0]++);
            }
        }
        return records[0];
    }

    private static void settle(OperatorStates states, OperatorStates.Captured captured) throws Exception {
        write(captured);
        captured.written();
        states.release();
        assertThat(states.settle(Integer.MAX_VALUE)).isFalse();
    }

    @Test
    void a_table_is_opened_with_the_first_key_that_is_captured() throws Exception {
        OperatorStates states = keyed();
        settle(states, states.capture());
        assertThat(opened).isZero();
        put(states, "a", "1");
        settle(states, states.capture());
        put(states, "b", "1");
        settle(states, states.capture());
        assertThat(opened).isEqualTo(1);
        states.close();
        states.close();
        assertThat(open).isEmpty();
        assertThat(budget.counted()).containsOnly(0);
    }

    @Test
    void a_window_that_is_over_keeps_its_table_until_its_snapshot_is_written() throws Exception {
        OperatorStates states = windows();
        WindowStore store = (WindowStore) states.store("window");
        store.put(0, "a", null, "1");
        store.put(100, "a", null, "2");
        settle(states, states.capture());
        assertThat(open).hasSize(2);
        OperatorStates.Captured captured = states.capture();
        store.remove(0);
        assertThat(open).hasSize(2);
        assertThat(write(captured)).isEqualTo(2);
        captured.written();
        states.release();
        assertThat(open).hasSize(1);
        store.remove(100);
        assertThat(open).isEmpty();
    }

    @Test
    void a_task_that_ends_while_its_snapshot_is_written_keeps_its_tables_until_then() throws Exception {
        OperatorStates states = keyed();
        put(states, "a", "1");
        settle(states, states.capture());
        put(states, "b", "1");
        OperatorStates.Captured captured = states.capture();
        states.close();
        assertThat(write(captured)).isEqualTo(2);
        captured.written();
        assertThat(open).hasSize(1);
        states.release();
        assertThat(open).isEmpty();
        assertThat(states.settle(Integer.MAX_VALUE)).isFalse();
        assertThatThrownBy(() -> ((KeyedStore) states.store("state")).value("c"))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("operator state");
        assertThat(opened).isEqualTo(1);
    }

    /** What a table takes counts for the budget, and so does what it gives back by itself. */
    @Test
    void the_budget_has_the_bytes_of_the_tables() throws Exception {
        OperatorStates states = keyed();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 20_000; i++) {
                put(states, "key-" + i, "x".repeat(100 * (3 - round)));
            }
            settle(states, states.capture());
            assertThat(states.store("state").counted()[0])
                    .isEqualTo(((KeyedStore) states.store("state")).states().counted()[0]);
            assertThat(open.iterator().next().bytes()).isGreaterThan(2_000_000L * (3 - round));
        }
        states.close();
        assertThat(budget.counted()).containsOnly(0);
    }
}
