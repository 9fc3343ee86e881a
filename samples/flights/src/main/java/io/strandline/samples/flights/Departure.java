package io.strandline.samples.flights;

import io.strandline.json.JsonCodec;
import org.jspecify.annotations.Nullable;

/**
 * A flight with the state that it left: what the pipeline makes of a flight and a place.
 *
 * @param state two letters, ?? if nobody knows
 * @param flight the flight
 */
record Departure(String state, Flight flight) {

    static final JsonCodec<Departure> CODEC = JsonCodec.of("departure", 1, Departure.class);

    private static final String UNKNOWN = "??";

    /** Joins a flight with where it left, null if nobody knows. */
    static Departure of(Flight flight, @Nullable Place place) {
        return new Departure(place == null ? UNKNOWN : place.state(), flight);
    }
}
