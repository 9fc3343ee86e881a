package io.strandline.samples.flights;

import io.strandline.processing.pipeline.KeyedTable;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.Windows;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

/**
 * The other pipeline: from the flights and the table of airports to the days of each state. A flight counts for the day of
 * the timetable, and comes when it has left. So a late one comes among those of the next day, and one that leaves more than
 * {@link #DISORDER} after the first of the next day comes too late: it goes to a stream of its own.
 */
final class Days {

    static final String PLACES = "flights/places";
    static final String DAYS = "flights/days";
    static final String TOO_LATE = "flights/too-late";

    /** How far in time flights may be out of order. */
    static final Duration DISORDER = Duration.ofMinutes(30);

    private static final long SILENCE_MILLIS = Duration.ofMinutes(5).toMillis();

    private Days() {}

    static Pipeline pipeline() {
        Pipeline.Builder builder = Pipeline.named("days", 1);
        KeyedTable<Place> places =
                builder.from(PLACES, Place.CODEC).keyBy(Place::code).asTable("places", Place.CODEC);
        return builder.from(Airports.DEPARTURES, Flight.CODEC)
                .eventTime(Flight::scheduled, DISORDER)
                .keyBy(Flight::origin)
                .leftJoin("departures", places, Flight.CODEC, Departure::of)
                .keyBy("by-state", Departure.CODEC, Departure::state)
                .window(Windows.tumbling(Duration.ofDays(1)))
                .lateTo(TOO_LATE, Departure.CODEC)
                .aggregate("day", Tally.CODEC, state -> Tally.NONE, (day, departure) -> day.plus(departure.flight()))
                .map(Days::day)
                .to(DAYS, StateDay.CODEC)
                .build();
    }

    /** The clock ends no day: a file that is read slowly, or has ended, says nothing of the time of its flights. */
    static PipelineOptions options() {
        return new PipelineOptions().setSilenceMillis(SILENCE_MILLIS);
    }

    private static StateDay day(Windowed<Tally> window) {
        return new StateDay(
                window.key(),
                Instant.ofEpochMilli(window.start()).atZone(ZoneOffset.UTC).toLocalDate(),
                window.value());
    }
}
