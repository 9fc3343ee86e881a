package io.strandline.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What was measured of each side, round by round. One figure is the key: its median chooses the round that counts. */
public final class Rounds {

    private final Key key;
    private final Map<String, List<Measurement>> bySide = new LinkedHashMap<>();

    /** The figure that a benchmark is about. */
    public enum Key {
        /** Events per second. */
        SPEED,
        /** The median latency of a round. */
        LATENCY,
        /** What something takes in memory or on disk. */
        BYTES
    }

    /** Starts without any round. */
    public Rounds(Key key) {
        this.key = key;
    }

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

    /** The key of a measurement. */
    double key(Measurement measurement) {
        return switch (key) {
            case SPEED -> measurement.eventsPerSecond();
            case LATENCY -> measurement.p50Millis();
            case BYTES -> measurement.bytes();
        };
    }

    Key key() {
        return key;
    }

    /** The median round of a side. Without any figure for a side that was not measured. */
    public Measurement median(String side) {
        List<Measurement> sorted = new ArrayList<>(of(side));
        if (sorted.isEmpty()) {
            return Measurement.NONE;
        }
        sorted.sort(Comparator.comparingDouble(this::key));
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

    /** Bytes of one side for one of the other, medians of both. */
    public double bytesRatio(String side, String other) {
        return median(side).bytes() / median(other).bytes();
    }
}
