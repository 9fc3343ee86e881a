package io.strandline.processing.pipeline.impl.operator;

import io.strandline.EventCodec;
import io.strandline.KeyRange;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Topology;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.EventTime;
import io.strandline.processing.pipeline.impl.state.KeyedStore;
import io.strandline.processing.pipeline.impl.state.OperatorStates;
import io.strandline.processing.pipeline.impl.state.StateEntry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A topology with one operator that keeps a state for each key, and its states as maps. */
public final class OneOperator {

    private OneOperator() {}

    public static <S> Topology topology(EventCodec<S> codec, S initial) {
        return Pipeline.named("one", 1)
                .from("bank/deposits", TextCodec.STRING)
                .keyByRoutingKey()
                .aggregate("state", codec, key -> initial, (state, event) -> state)
                .to("bank/states", codec)
                .build()
                .topology();
    }

    public static OperatorStates states(Topology topology, Map<String, ?> values) {
        OperatorStates states = new OperatorStates(
                topology, new EventTime(1_000, 2_000, List.of(new EventTime.Floor(new KeyRange(3, 4), 1_001))));
        values.forEach((key, value) -> states.store("state").restore(new StateEntry(0, key, new long[0], value)));
        return states;
    }

    /** What a step does. */
    public static void put(OperatorStates states, String key, @Nullable Object value) {
        ((KeyedStore) states.store("state")).put(key, value, StateEntry.NO_TIMES, 0);
    }

    public static Map<String, Object> map(OperatorStates states) {
        Map<String, Object> map = new HashMap<>();
        states.store("state").forEach(entry -> map.put(entry.key(), entry.value()));
        return map;
    }
}
