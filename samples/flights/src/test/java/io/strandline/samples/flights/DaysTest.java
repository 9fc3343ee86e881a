package io.strandline.samples.flights;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.testkit.PipelineDriver;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class DaysTest {

    private final PipelineDriver days = PipelineDriver.of(Days.pipeline())
            .sendTo(Days.PLACES, "DFW", new Place("DFW", "Dallas-Fort Worth", "TX"))
            .sendTo(Days.PLACES, "IAH", new Place("IAH", "Houston", "TX"));

    private void departed(String date, int delay, String origin) {
        days.sendTo(Airports.DEPARTURES, origin, new Flight(date, delay, 500, origin, "LAX"));
    }

    @Test
    void a_flight_counts_for_the_day_of_the_timetable_in_its_state() {
        departed("2001/01/01 23:50", 5, "DFW");
        departed("2001/01/02 00:20", 40, "IAH"); // half an hour after midnight is in time
        departed("2001/01/02 00:29", 0, "DFW");
        assertThat(days.<StateDay>take(Days.DAYS)).isEmpty();

        departed("2001/01/02 00:31", 0, "DFW");
        assertThat(days.<StateDay>take(Days.DAYS))
                .containsExactly(new StateDay("TX", LocalDate.of(2001, 1, 1), new Tally(2, 45)));
        assertThat(days.<Departure>take(Days.TOO_LATE)).isEmpty();
    }

    @Test
    void a_flight_that_leaves_after_its_day_is_over_goes_to_a_stream_of_its_own() {
        departed("2001/01/01 12:00", 0, "DFW");
        departed("2001/01/02 00:45", 0, "IAH");
        Flight late = new Flight("2001/01/02 01:00", 90, 500, "DFW", "LAX");
        days.sendTo(Airports.DEPARTURES, "DFW", late);
        departed("2001/01/03 00:45", 0, "IAH");
        assertThat(days.<StateDay>take(Days.DAYS))
                .containsExactly(
                        new StateDay("TX", LocalDate.of(2001, 1, 1), new Tally(1, 0)),
                        new StateDay("TX", LocalDate.of(2001, 1, 2), new Tally(1, 0)));
        assertThat(days.<Departure>take(Days.TOO_LATE)).containsExactly(new Departure("TX", late));
    }

    @Test
    void an_airport_that_nobody_knows_is_in_a_state_that_nobody_knows() {
        departed("2001/01/01 12:00", 7, "XYZ");
        days.silence(Duration.ofDays(2));
        assertThat(days.<StateDay>take(Days.DAYS))
                .containsExactly(new StateDay("??", LocalDate.of(2001, 1, 1), new Tally(1, 7)));
    }

    @Test
    void the_chart_shows_each_day_of_the_busiest_states_first() {
        assertThat(DayChart.lines(List.of())).isEmpty();
        assertThat(DayChart.lines(List.of(
                        day("CA", 1, 10, 0),
                        day("TX", 1, 20, 20 * 31),
                        day("TX", 3, 1, -9),
                        day("TX", 2, 10, 10 * 16))))
                .containsExactly(
                        "mean delay of each day, 2001-01-01 to 2001-01-03: ▁ none to 4 minutes, █ 28 and more",
                        "TX     31  █▅▁",
                        "CA     10  ▁");
    }

    private static StateDay day(String state, int day, long flights, long minutes) {
        return new StateDay(state, LocalDate.of(2001, 1, day), new Tally(flights, minutes));
    }
}
