package io.strandline.samples.flights;

import io.strandline.json.JsonCodec;

/**
 * A flight that has departed.
 *
 * @param date local time of departure, {@code yyyy/MM/dd HH:mm}
 * @param delay minutes behind the schedule, negative if early
 * @param distance miles
 * @param origin code of the airport that it left
 * @param destination code of the airport that it went to
 */
record Flight(String date, int delay, int distance, String origin, String destination) {

    static final JsonCodec<Flight> CODEC = JsonCodec.of("flight", 1, Flight.class);

    /** Delay in minutes from which on statistics call a flight late: above this. */
    static final int LATE_MINUTES = 15;

    boolean late() {
        return delay > LATE_MINUTES;
    }

    /** The day of departure, {@code yyyy/MM/dd}. */
    String day() {
        return date.substring(0, 10);
    }
}
