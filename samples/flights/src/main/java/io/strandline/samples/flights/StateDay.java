package io.strandline.samples.flights;

import io.strandline.json.JsonCodec;
import java.time.LocalDate;

/**
 * A day of a state: all flights that were to leave it then.
 *
 * @param state two letters
 * @param day the day of the timetable
 * @param departures the flights
 */
record StateDay(String state, LocalDate day, Tally departures) {

    static final JsonCodec<StateDay> CODEC = JsonCodec.of("state-day", 1, StateDay.class);
}
