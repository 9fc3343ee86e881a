package io.strandline.samples.flights;

import io.strandline.processing.pipeline.Pipeline;

/** The pipeline: from the flights to the delays of each airport. */
final class Airports {

    static final String DEPARTURES = "flights/departures";
    static final String DELAYS = "flights/airports";

    private Airports() {}

    static Pipeline pipeline(Crash crash) {
        return Pipeline.named("airports", 1)
                .from(DEPARTURES, Flight.CODEC)
                .keyBy(Flight::origin)
                .aggregate("airport", Airport.CODEC, Airport::unseen, (airport, flight) -> {
                    crash.count(); // for the demonstration: otherwise a step has no effect but its result
                    return airport.plus(flight);
                })
                .map(Airport::delays)
                .to(DELAYS, AirportDelays.CODEC)
                .build();
    }
}
