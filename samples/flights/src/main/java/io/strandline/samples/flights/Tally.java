package io.strandline.samples.flights;

import io.strandline.json.JsonCodec;

/**
 * Flights and the sum of their delays: exact, where a mean would round.
 *
 * @param flights number of flights
 * @param minutes sum of their delays
 */
record Tally(long flights, long minutes) {

    static final JsonCodec<Tally> CODEC = JsonCodec.of("tally", 1, Tally.class);

    static final Tally NONE = new Tally(0, 0);

    Tally plus(Flight flight) {
        return new Tally(flights + 1, minutes + flight.delay());
    }

    double mean() {
        return (double) minutes / flights;
    }

    /** Compares the means without dividing. Neither is without flights. */
    boolean worseThan(Tally other) {
        return minutes * other.flights > other.minutes * flights;
    }
}
