package io.strandline.benchmarks.sync;

import io.strandline.json.JsonCodec;
import io.strandline.sync.StateModel;
import java.util.Map;
import java.util.TreeMap;

/**
 * The shared state of a benchmark: how often each updater has counted. An update that was lost, doubled or decided on a
 * stale state breaks it.
 *
 * @param counts updater → its last number
 */
public record Tally(Map<String, Long> counts) {

    static final StateModel<Tally, Counted> MODEL = new StateModel<>(
            new Tally(Map.of()),
            Tally::with,
            JsonCodec.of("tally", 1, Tally.class),
            JsonCodec.of("counted", 1, Counted.class));

    /**
     * An update.
     *
     * @param updater who
     * @param number one more than its last
     */
    public record Counted(String updater, long number) {}

    long of(String updater) {
        return counts.getOrDefault(updater, 0L);
    }

    private Tally with(Counted update) {
        if (update.number() != of(update.updater()) + 1) {
            throw new IllegalStateException(update + " follows " + of(update.updater()));
        }
        Map<String, Long> next = new TreeMap<>(counts);
        next.put(update.updater(), update.number());
        return new Tally(next);
    }
}
