package io.strandline.samples.flights;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The airports with the most departures, as text. */
record DelayTable(Cities cities) {

    private static final int ROWS = 10;

    private static final Comparator<AirportDelays> BUSIEST_FIRST = Comparator.comparingLong(
                    (AirportDelays airport) -> -airport.departures().flights())
            .thenComparing(AirportDelays::code);

    /** A headline, then one line for each airport. */
    List<String> lines(Collection<AirportDelays> airports) {
        List<String> rows = airports.stream()
                .sorted(BUSIEST_FIRST)
                .limit(ROWS)
                .map(this::row)
                .toList();
        return Stream.concat(Stream.of(headline()), rows.stream()).toList();
    }

    private static String headline() {
        return String.format(
                "%-4s %-22s %10s %11s %7s  %s", "", "city", "departures", "mean delay", "late", "worst day");
    }

    private String row(AirportDelays airport) {
        Tally departures = airport.departures();
        return String.format(
                Locale.ROOT,
                "%-4s %-22s %,10d %7.1f min %5.1f %%  %s (%.1f min)",
                airport.code(),
                cities.of(airport.code()),
                departures.flights(),
                departures.mean(),
                100.0 * airport.late() / departures.flights(),
                airport.worstDay(),
                airport.onWorstDay().mean());
    }
}
