package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.operator.OneOperator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyedStateTest {

    private StateBudget budget = new StateBudget(Long.MAX_VALUE);
    private KeyedStore store = store();

    private KeyedStore store() {
        OperatorStates states = new OperatorStates(OneOperator.topology(TextCodec.STRING, ""), EventTime.START, budget);
        return (KeyedStore) states.store("state");
    }

    private void put(String key, @Nullable String state) {
        store.put(key, state, StateEntry.NO_TIMES, 0);
    }

    private Map<String, Object> map() {
        Map<String, Object> map = new HashMap<>();
        store.forEach(entry -> assertThat(map.put(entry.key(), entry.value())).isNull());
        return map;
    }

    /** What was captured, as a restart reads it after the snapshots before. */
    private static KeyedStore read(KeyedStore into, StateStore.Captured captured, boolean isWhole) throws Exception {
        StateStore.Restoring restoring = into.restoring(captured.types());
        List<byte[]> keys = new ArrayList<>();
        for (int group = 0; group < KeyGroups.COUNT; group++) {
            captured.write(group, isWhole, (start, bytes, from, length) -> {
                int key = StateRecords.number(bytes, from);
                int keyFrom = from + StateRecords.size(key);
                long hash = KeyHash.of(bytes, keyFrom, key - 1);
                byte[] now = java.util.Arrays.copyOfRange(bytes, keyFrom, keyFrom + key - 1);
                if (!keys.isEmpty()) {
                    byte[] before = keys.get(keys.size() - 1);
                    int byHash = Long.compareUnsigned(KeyHash.of(before, 0, before.length), hash);
                    assertThat(byHash < 0 || (byHash == 0 && java.util.Arrays.compareUnsigned(before, now) < 0))
                            .as("ascending")
                            .isTrue();
                }
                keys.add(now);
                restoring.apply(start, hash, bytes, from);
            });
        }
        assertThat(into.restoredPieces()).isEqualTo(captured.pieces());
        return into;
    }

    private static Map<String, Object> map(KeyedStore of) {
        Map<String, Object> map = new HashMap<>();
        of.forEach(entry -> map.put(entry.key(), entry.value()));
        return map;
    }

    private static void encode(StateStore.Captured captured) {
        captured.encode(KeyGroups.ALL, new long[KeyGroups.COUNT]);
    }

    @Test
    void a_capture_stays_as_it_was_while_the_task_goes_on() throws Exception {
        put("a", "1");
        put("b", "2");
        StateStore.Captured captured = store.capture();

        put("a", "10");
        put("b", null);
        put("c", "30");

        encode(captured);
        assertThat(map(read(store(), captured, true))).isEqualTo(Map.of("a", "1", "b", "2"));
        assertThat(store.get("a")).isEqualTo("10");
        assertThat(store.get("b")).isNull();
        assertThat(store.get("c")).isEqualTo("30");
    }

    @Test
    void a_second_capture_needs_the_first_to_be_released() {
        store.capture();
        assertThatThrownBy(store::capture).isInstanceOf(IllegalStateException.class);
        store.release();
        store.settle(0);
        assertThat(store.capture().changedKeys()).isZero();
    }

    @Test
    void a_capture_needs_the_one_before_to_be_settled() {
        for (int i = 0; i < 10; i++) {
            put("key-" + i, "1");
        }
        StateStore.Captured captured = store.capture();
        encode(captured);
        captured.written();
        store.release();
        assertThat(store.settle(4)).isEqualTo(-1);
        assertThatThrownBy(store::capture).hasMessageContaining("6 changes");
        assertThat(store.settle(8)).isEqualTo(2);
        assertThat(store.capture().changedKeys()).isZero();
    }

    /** A checkpoint that fails must not cost the next one what it was to have. */
    @Test
    void what_was_not_written_is_still_a_change() throws Exception {
        put("a", "1");
        put("b", "1");
        store.capture();
        put("b", "2");
        put("c", "2");
        store.release();
        assertThat(store.settle(100)).isEqualTo(98);
        StateStore.Captured captured = store.capture();
        encode(captured);
        assertThat(captured.changedKeys()).isEqualTo(3);
        assertThat(map(read(store(), captured, false))).isEqualTo(Map.of("a", "1", "b", "2", "c", "2"));
    }

    /** The cell of the key is still the last one that was used, and no longer the one that the key has. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_key_changes_again_right_after_it_was_settled(boolean isShort) {
        budget = new StateBudget(1_000_000_000);
        budget.add(isShort ? 800_000_000 : 0);
        store = store();
        put("a", "1");
        StateStore.Captured captured = store.capture();
        encode(captured);
        captured.written();
        store.release();
        store.settle(10);
        put("a", "2");
        assertThat(map()).isEqualTo(Map.of("a", "2"));
        assertThat(store.capture().changedKeys()).isEqualTo(1);
    }

    private void settle() {
        StateStore.Captured captured = store.capture();
        encode(captured);
        captured.written();
        store.release();
        store.settle(Integer.MAX_VALUE);
    }

    private boolean isKept(String key) {
        Object first = store.get(key);
        store.get("another");
        return store.get(key) == first;
    }

    /** Otherwise the keys of the first day would have all places for good. */
    @Test
    void keys_that_are_used_take_the_places_of_those_that_are_not() {
        for (int i = 0; i < StateStore.KEPT_KEYS; i++) {
            put("cold-" + i, "1");
        }
        settle();
        assertThat(store.counted()[1]).isEqualTo(StateStore.KEPT_KEYS);
        put("hot", "1");
        settle();
        assertThat(isKept("hot")).isFalse();
        for (int i = 0; i < 16; i++) {
            settle();
        }
        assertThat(isKept("hot")).isTrue();
        assertThat(store.counted()).isEqualTo(store.states().counted());
        for (int i = 0; i < 16; i++) {
            settle();
        }
        assertThat(isKept("hot")).as("there are places").isTrue();
    }

    @Test
    void a_question_keeps_no_key_as_an_object() {
        store.restore(new StateEntry(0, "key", StateEntry.NO_TIMES, "1"));
        Object first = store.value("key");
        assertThat(first).isEqualTo("1").isNotSameAs(store.value("key"));
        assertThat(store.counted()[1]).isZero();
    }

    /** Keys of every length, states that are empty, grow and shrink. */
    private static String text(Random random, String prefix) {
        return switch (random.nextInt(8)) {
            case 0 -> "";
            case 1 -> prefix.repeat(random.nextInt(100));
            case 2 -> random.nextInt(20) == 0 ? prefix.repeat(3_000) : "é";
            default -> prefix + random.nextInt(100);
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 40, 3_000})
    void behaves_as_a_map_whatever_is_captured_released_and_settled_between(int keys) throws Exception {
        for (long seed = 0; seed < 10; seed++) {
            Random random = new Random(seed);
            List<String> names = new ArrayList<>();
            for (int i = 0; i < keys; i++) {
                names.add(i + text(random, "key-"));
            }
            names.set(0, "");
            budget = new StateBudget(1_000_000_000);
            // Short of room, no object is kept that need not be: never, always, or from the middle on.
            int shortFrom = seed % 3 == 0 ? Integer.MAX_VALUE : seed % 3 == 1 ? 0 : 2_000;
            store = store();
            Map<String, Object> model = new HashMap<>();
            KeyedStore restored = store();
            StateStore.Captured captured = null;
            Map<String, Object> expected = Map.of();
            for (int i = 0; i < 4_000; i++) {
                if (i == shortFrom) {
                    budget.add(800_000_000);
                }
                String key = names.get(random.nextInt(keys));
                switch (random.nextInt(40)) {
                    case 0 -> {
                        if (captured == null && store.settle(random.nextInt(2_000)) >= 0) {
                            captured = store.capture();
                            expected = Map.copyOf(model);
                        }
                    }
                    case 1, 2 -> {
                        if (captured != null && random.nextBoolean()) {
                            encode(captured);
                            boolean isWhole = random.nextInt(4) == 0;
                            restored = read(isWhole ? store() : restored, captured, isWhole);
                            assertThat(map(restored)).as("seed %s", seed).isEqualTo(expected);
                            captured.written();
                        }
                        store.release();
                        captured = null;
                    }
                    case 3, 4, 5 -> store.settle(random.nextInt(50));
                    case 6, 7, 8, 9, 10, 11 -> {
                        put(key, null);
                        model.remove(key);
                    }
                    default -> {
                        String state = text(random, "state-");
                        put(key, state);
                        model.put(key, state);
                    }
                }
                String other = names.get(random.nextInt(keys));
                assertThat(store.get(other)).as("seed %s", seed).isEqualTo(model.get(other));
                assertThat(store.get(key)).as("seed %s", seed).isEqualTo(model.get(key));
                if (i % 500 == 0) {
                    assertThat(map()).as("seed %s", seed).isEqualTo(model);
                    assertThat(store.counted())
                            .as("bytes and kept keys, seed %s", seed)
                            .isEqualTo(store.states().counted());
                }
            }
            assertThat(map()).as("seed %s", seed).isEqualTo(model);
            store.close();
            restored.close();
            assertThat(budget.counted()[1]).as("changes, seed %s", seed).isZero();
        }
    }
}
