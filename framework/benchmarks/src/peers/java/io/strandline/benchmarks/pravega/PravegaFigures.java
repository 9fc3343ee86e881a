package io.strandline.benchmarks.pravega;

import io.strandline.benchmarks.Measurement;

/** A measurement on its way from the client's JVM, which has no JSON. The side that reads it has nothing of Pravega. */
final class PravegaFigures {

    /** Begins the line. */
    static final String FIGURES = "FIGURES ";

    private PravegaFigures() {}

    static String encode(Measurement measurement) {
        return FIGURES + measurement.eventsPerSecond() + " " + measurement.cpuMicrosPerEvent() + " "
                + measurement.p50Millis() + " " + measurement.p99Millis();
    }

    static Measurement decode(String line) {
        String[] figures = line.substring(FIGURES.length()).split(" ", -1);
        return new Measurement(
                Double.parseDouble(figures[0]),
                Double.parseDouble(figures[1]),
                Double.parseDouble(figures[2]),
                Double.parseDouble(figures[3]));
    }
}
