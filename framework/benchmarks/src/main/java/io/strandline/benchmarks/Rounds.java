package io.strandline.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What was measured of each side, round by round. */
public final class Rounds {

    private final Map<String, List<Measurement>> bySide = new LinkedHashMap<>();

    /** Adds the measurement of one round. */
    public void add(String side, Measurement measurement) {
        bySide.computeIfAbsent(side, unknown -> new ArrayList<>()).add(measurement);
    }

    /** The sides in the order in which they were first measured. */
    Set<String> sides() {
        return bySide.keySet();
    }

    /** All rounds of a side, in order. */
    List<Measurement> of(String side) {
        return bySide.getOrDefault(side, List.of());
    }

    /** The median round of a side: by events per second, or by latency if that is all it has. */
    public Measurement median(String side) {
        List<Measurement> sorted = new ArrayList<>(of(side));
        sorted.sort(Comparator.comparingDouble(
                round -> round.isThroughput() ? round.eventsPerSecond() : round.p50Millis()));
        return sorted.get(sorted.size() / 2);
    }

    /** Events per second of one side for one of the other, medians of both. */
    public double speedRatio(String side, String other) {
        return median(side).eventsPerSecond() / median(other).eventsPerSecond();
    }

    /** Median latency of one side for one of the other, medians of both. */
    public double latencyRatio(String side, String other) {
        return median(side).p50Millis() / median(other).p50Millis();
    }
}
