package io.strandline.samples.flights;

import io.strandline.json.JsonCodec;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the pipeline knows about one airport: its state.
 *
 * @param code IATA code
 * @param departures all flights that left it
 * @param late how many of them were late
 * @param days the flights of each of its newest days, {@value #MOST_DAYS} at most: a state that grew with every day would take longer
 *     with every flight
 */
record Airport(String code, Tally departures, long late, SortedMap<String, Tally> days) {

    /** More than a season has. */
    static final int MOST_DAYS = 100;

    static final JsonCodec<Airport> CODEC = JsonCodec.of("airport", 1, Airport.class);

    Airport {
        days = Collections.unmodifiableSortedMap(days);
    }

    /** An airport that no flight has left yet. */
    static Airport unseen(String code) {
        return new Airport(code, Tally.NONE, 0, new TreeMap<>());
    }

    Airport plus(Flight flight) {
        SortedMap<String, Tally> next = new TreeMap<>(days);
        next.merge(flight.day(), Tally.NONE.plus(flight), (before, first) -> before.plus(flight));
        if (next.size() > MOST_DAYS) {
            next.remove(next.firstKey());
        }
        return new Airport(code, departures.plus(flight), late + (flight.late() ? 1 : 0), next);
    }

    /** What others get to see of it. */
    AirportDelays delays() {
        String worst = days.firstKey();
        for (String day : days.keySet()) {
            if (tally(day).worseThan(tally(worst))) {
                worst = day;
            }
        }
        return new AirportDelays(code, departures, late, worst, tally(worst));
    }

    private Tally tally(String day) {
        return days.getOrDefault(day, Tally.NONE);
    }
}
