package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A scan that goes on while the state changes, is captured and settles. */
class StateScanTest {

    private static final int KEYS = 12_000;

    private final OperatorStates states =
            new OperatorStates(OneOperator.topology(TextCodec.STRING, ""), EventTime.START);
    private final KeyedStore store = (KeyedStore) states.store("state");
    private final TreeMap<String, String> model = new TreeMap<>();

    private StateStore.@Nullable Captured captured;
    private boolean settling;

    private void put(String key, @Nullable String state) {
        store.put(key, state, StateEntry.NO_TIMES, 0);
        if (state == null) {
            model.remove(key);
        } else {
            model.put(key, state);
        }
    }

    private void putAny(Random random) {
        String key = "key-" + random.nextInt(KEYS);
        put(key, random.nextInt(4) == 0 ? null : "state-" + random.nextInt(1_000));
    }

    /** The next move of the task and its checkpoints. */
    private void moveOn(Random random) {
        StateStore.Captured now = captured;
        if (now != null) {
            now.encode(KeyGroups.ALL, new long[KeyGroups.COUNT]);
            if (random.nextInt(4) > 0) {
                now.written();
            }
            store.release();
            captured = null;
            settling = true;
        } else if (settling) {
            settling = store.settle(random.nextInt(3_000)) < 0;
        } else {
            captured = store.capture();
        }
    }

    private void settle() {
        StateStore.Captured all = store.capture();
        all.encode(KeyGroups.ALL, new long[KeyGroups.COUNT]);
        all.written();
        store.release();
        store.settle(Integer.MAX_VALUE);
    }

    private record Read(
            SortedMap<String, Object> states, @Nullable String through) {}

    private static Read read(StateScan<Object> scan) {
        SortedMap<String, Object> states = new TreeMap<>();
        List<String> order = new ArrayList<>();
        String through = scan.read((key, state) -> {
            states.put(key, state);
            order.add(key);
        });
        scan.end();
        assertThat(order).isSorted().doesNotHaveDuplicates();
        return new Read(states, through);
    }

    private static Read readAll(StateScan<Object> scan) {
        while (scan.lookOn()) {
            // the state does not change
        }
        return read(scan);
    }

    /** The states of the moment at which it reads, whole: none too old, none missing, none that is gone. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7})
    void a_scan_reads_the_states_of_one_moment(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < KEYS; i++) {
            putAny(random);
        }
        for (int round = 0; round < 12; round++) {
            String from = random.nextBoolean() ? null : "key-" + random.nextInt(KEYS);
            String to = random.nextBoolean() ? null : "key-" + random.nextInt(KEYS);
            if (from != null && to != null && from.compareTo(to) > 0) {
                to = null;
            }
            int limit = random.nextInt(3) == 0 ? 1_000 : 1 + random.nextInt(50);
            StateScan<Object> scan = store.scan(from, to, limit);
            while (scan.lookOn()) {
                for (int i = random.nextInt(500); i > 0; i--) {
                    putAny(random);
                }
                for (int i = random.nextInt(6); i > 0; i--) {
                    moveOn(random);
                }
            }
            Read read = read(scan);
            assertThat(read.states.size()).isLessThanOrEqualTo(limit);
            SortedMap<String, String> expected = from == null ? model : model.tailMap(from);
            expected = to == null ? expected : expected.headMap(to);
            expected = read.through == null ? expected : expected.headMap(read.through + '\0');
            assertThat(read.states).isEqualTo(expected);
        }
    }

    @Test
    void a_scan_looks_at_no_more_than_a_slice_in_one_turn() {
        for (int i = 0; i < 2 * StateScan.LOOKED_AT_ONCE; i++) {
            put("key-" + i, "state");
        }
        StateScan<Object> changes = store.scan(null, null, 10);
        int slices = 1;
        while (changes.lookOn()) {
            slices++;
        }
        assertThat(slices).isGreaterThan(3); // the empty table, and the changes in slices
        assertThat(read(changes).states).hasSize(10);
        settle();
        StateScan<Object> settled = store.scan(null, null, 10);
        slices = 1;
        while (settled.lookOn()) {
            slices++;
        }
        assertThat(slices).isGreaterThan(3); // the segments of the table
        assertThat(read(settled).states).hasSize(10);
    }

    /** What is decoded for a page is bounded, and the page says where it ends. */
    @Test
    void a_page_of_large_states_ends_early() {
        String large = "x".repeat(300_000);
        for (int i = 0; i < 9; i++) {
            put("key-" + i, large);
        }
        // Those that have changed are objects, which costs nothing.
        assertThat(readAll(store.scan(null, null, 9)).through).isNull();
        KeyedStore restored = (KeyedStore)
                new OperatorStates(OneOperator.topology(TextCodec.STRING, ""), EventTime.START).store("state");
        store.forEach(restored::restore);
        Read read = readAll(restored.scan(null, null, 9));
        assertThat(read.through).isEqualTo("key-3");
        assertThat(read.states.keySet()).containsExactly("key-0", "key-1", "key-2", "key-3");
        assertThat((long) read.states.size() * large.length()).isGreaterThan(RunningPipeline.MAX_STATES_BYTES);
        assertThat(readAll(restored.scan("key-8", "l", 9)).through).isNull();
    }

    /** Questions from outside must not push out what steps use. */
    @Test
    void a_page_keeps_no_key_as_an_object() {
        store.restore(new StateEntry(0, "key", StateEntry.NO_TIMES, "state"));
        Object first = readAll(store.scan(null, null, 1)).states.get("key");
        Object second = readAll(store.scan(null, null, 1)).states.get("key");
        assertThat(second).isEqualTo(first).isNotSameAs(first);
    }
}
