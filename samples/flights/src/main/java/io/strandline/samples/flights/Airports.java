package io.strandline.samples.flights;

import io.strandline.processing.pipeline.Pipeline;

/** The pipeline: from the flights to the delays of each airport. */
final class Airports {

    static final String DEPARTURES = "flights/departures";
    static final String DELAYS = "flights/airports";

    private Airports() {}

    static Pipeline<Flight, Airport, AirportDelays> pipeline(Crash crash) {
        return Pipeline.named("airports", 1)
                .from(DEPARTURES, Flight.CODEC)
                .keyBy(Flight::origin)
                .state(Airport.CODEC, Airport::unseen)
                .to(DELAYS, AirportDelays.CODEC)
                .step((airport, flight, output) -> {
                    crash.count(); // for the demonstration: otherwise a step has no effect but its result
                    Airport next = airport.plus(flight);
                    output.emit(next.code(), next.delays());
                    return next;
                });
    }
}
