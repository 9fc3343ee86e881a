package io.strandline.samples.flights;

import io.strandline.json.JsonCodec;

/**
 * The delays of one airport after some flight. The pipeline emits one after each.
 *
 * @param code IATA code
 * @param departures all flights that left it
 * @param late how many of them were late
 * @param worstDay the day with the highest mean delay, the earlier one of two
 * @param onWorstDay the flights of that day
 */
record AirportDelays(String code, Tally departures, long late, String worstDay, Tally onWorstDay) {

    static final JsonCodec<AirportDelays> CODEC = JsonCodec.of("airport-delays", 1, AirportDelays.class);
}
