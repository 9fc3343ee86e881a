package io.strandline.processing.pipeline.impl.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyedStateTest {

    @Test
    void a_capture_stays_as_it_was_while_the_task_goes_on() {
        KeyedState<Integer> states = new KeyedState<>();
        states.put("a", 1);
        states.put("b", 2);
        Map<String, Integer> captured = states.capture();

        states.put("a", 10);
        states.put("b", null);
        states.put("c", 30);

        assertThat(captured).isEqualTo(Map.of("a", 1, "b", 2));
        assertThat(states.get("a")).isEqualTo(10);
        assertThat(states.get("b")).isNull();
        assertThat(states.get("c")).isEqualTo(30);
    }

    @Test
    void a_second_capture_needs_the_first_to_be_released() {
        KeyedState<Integer> states = new KeyedState<>();
        states.capture();
        assertThatThrownBy(states::capture).isInstanceOf(IllegalStateException.class);
        states.release();
        assertThat(states.capture()).isEmpty();
    }

    @Test
    void a_capture_needs_what_changed_beside_the_one_before_to_be_settled() {
        KeyedState<Integer> states = new KeyedState<>();
        states.capture();
        for (int i = 0; i < 10; i++) {
            states.put("key-" + i, i);
        }
        states.release();
        assertThat(states.settle(4)).isEqualTo(-1);
        assertThatThrownBy(states::capture).hasMessageContaining("6 changes");
        assertThat(states.settle(8)).isEqualTo(2);
        assertThat(states.capture()).hasSize(10);
    }

    @Test
    void behaves_as_a_map_whatever_is_captured_released_and_settled_between() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            Map<String, Integer> model = new HashMap<>();
            KeyedState<Integer> states = new KeyedState<>();
            Map<String, Integer> captured = null;
            Map<String, Integer> expected = Map.of();
            for (int i = 0; i < 2_000; i++) {
                String key = "key-" + random.nextInt(40);
                switch (random.nextInt(20)) {
                    case 0 -> {
                        if (captured == null && states.settle(random.nextInt(20)) >= 0) {
                            captured = states.capture();
                            expected = Map.copyOf(model);
                        }
                    }
                    case 1 -> {
                        states.release();
                        captured = null;
                    }
                    case 2 -> states.settle(random.nextInt(5));
                    case 3, 4, 5 -> {
                        states.put(key, null);
                        model.remove(key);
                    }
                    default -> {
                        states.put(key, i);
                        model.put(key, i);
                    }
                }
                assertThat(states.get(key)).as("seed %s", seed).isEqualTo(model.get(key));
                if (captured != null) {
                    assertThat(captured).as("seed %s", seed).isEqualTo(expected);
                }
            }
            states.release();
            states.settle(Integer.MAX_VALUE);
            assertThat(states.capture()).as("seed %s", seed).isEqualTo(model);
        }
    }
}
