package io.strandline.processing.pipeline.impl.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineDescription.Hold;
import io.strandline.processing.pipeline.PipelineDescription.Task;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HeldTimesTest {

    /** A stage that feeds another one, and has a sink of its own. */
    private static List<Operator> operators() {
        Pipeline.Builder builder = Pipeline.named("test", 1);
        Events<String> events = builder.from("s/in", TextCodec.STRING);
        events.to("s/out", TextCodec.STRING);
        Topology topology = events.keyBy("by-word", TextCodec.STRING, word -> word)
                .to("s/words", TextCodec.STRING)
                .build()
                .topology();
        return topology.stages().get(0).operators();
    }

    private static Map<String, Double> shares(Map<Hold, Double> of) {
        List<Operator> operators = operators();
        Map<String, Double> shares = new TreeMap<>();
        for (int i = 0; i < operators.size(); i++) {
            double share = HeldTimes.shareOf(operators, i, of);
            if (share > 0) {
                shares.put(operators.get(i).getClass().getSimpleName(), share);
            }
        }
        return shares;
    }

    @Test
    void each_cause_has_its_own_time() {
        HeldTimes held = new HeldTimes(100);
        held.turnTo(Hold.OUTPUTS, 150);
        held.turnTo(Hold.CHECKPOINT, 170);
        held.turnTo(Hold.NONE, 175);
        held.turnTo(Hold.OUTPUTS, 200);
        assertThat(held.by()).isEqualTo(Hold.OUTPUTS);
        assertThat(held.until(203)).isEqualTo(Map.of(Hold.OUTPUTS, 23L, Hold.CHECKPOINT, 5L));
        assertThat(held.until(210)).isEqualTo(Map.of(Hold.OUTPUTS, 30L, Hold.CHECKPOINT, 5L));
    }

    @Test
    void outputs_are_held_back_at_sinks_a_lag_at_the_shuffle_and_all_else_where_the_stage_reads() {
        assertThat(shares(Map.of(Hold.OUTPUTS, 0.5))).isEqualTo(Map.of("Sink", 0.5, "Shuffle", 0.5));
        assertThat(shares(Map.of(Hold.BRAKED, 0.25))).isEqualTo(Map.of("Shuffle", 0.25));
        assertThat(shares(Map.of(Hold.PAUSED, 0.1, Hold.CHECKPOINT, 0.2)))
                .hasSize(1)
                .hasEntrySatisfying("Source", share -> assertThat(share).isCloseTo(0.3, within(1e-9)));
        // No table is loaded here, so it is nobody's in particular.
        assertThat(shares(Map.of(Hold.TABLE, 0.1))).isEqualTo(Map.of("Source", 0.1));
    }

    @Test
    void one_step_in_sixty_four_is_measured_whatever_kinds_take_turns() {
        for (int every : new int[] {1, 2, 3, 5, 64, 128}) {
            int measured = 0;
            for (long step = 0; step < 64_000L * every; step += every) {
                measured += TaskLoad.isMeasured(step) ? 1 : 0;
            }
            assertThat(measured * (double) Task.SAMPLED / 64_000)
                    .as("every %s", every)
                    .isCloseTo(1, within(0.1));
        }
    }
}
