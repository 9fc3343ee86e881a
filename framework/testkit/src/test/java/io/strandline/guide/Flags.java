package io.strandline.guide;

import io.strandline.json.JsonCodec;
import io.strandline.sync.StateModel;
import java.util.Map;
import java.util.TreeMap;

// GUIDE: begin flags
/** Which features are on: the state, and an update of it. */
record Flags(Map<String, Boolean> values) {
    record Turn(String name, boolean on) {}

    static final StateModel<Flags, Turn> MODEL = new StateModel<>(
            new Flags(Map.of()),
            Flags::with,
            JsonCodec.of("flags", 1, Flags.class),
            JsonCodec.of("turn", 1, Turn.class));

    Flags with(Turn turn) {
        Map<String, Boolean> after = new TreeMap<>(values);
        after.put(turn.name(), turn.on());
        return new Flags(after);
    }

    boolean isOn(String name) {
        return values.getOrDefault(name, false);
    }
}
// GUIDE: end flags
