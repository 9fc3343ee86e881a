package io.strandline.samples.flights;

import io.reactivex.rxjava3.core.Flowable;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Some flights over and over, each time later by as many days as they span, so that no day comes twice. */
final class Seasons {

    private final List<Flight> flights;
    private final TreeSet<String> days;

    Seasons(List<Flight> flights) {
        this.flights = flights;
        this.days = flights.stream().map(Flight::day).collect(Collectors.toCollection(TreeSet::new));
    }

    /** As many seasons, one after the other, made on demand. The first is the one after that of the flights themselves. */
    Flowable<Flight> following(int seasons) {
        return Flowable.rangeLong(1, seasons).concatMapIterable(this::season);
    }

    private Iterable<Flight> season(long season) {
        if (flights.isEmpty()) {
            return flights;
        }
        Map<String, String> shifted = new HashMap<>();
        days.forEach(day -> shifted.put(day, Flight.dayAfter(day, season * span())));
        return () -> flights.stream()
                .map(flight -> flight.on(Objects.requireNonNull(shifted.get(flight.day()))))
                .iterator();
    }

    private long span() {
        LocalDate first = Flight.dateOf(days.first());
        return ChronoUnit.DAYS.between(first, Flight.dateOf(days.last())) + 1;
    }
}
