package io.strandline.samples.flights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SeasonsTest {

    private static Flight flight(String date) {
        return new Flight(date, 3, 700, "DFW", "ORD");
    }

    @Test
    void each_season_follows_the_one_before_without_a_gap() {
        List<Flight> flights =
                List.of(flight("2001/03/29 08:00"), flight("2001/03/28 23:10"), flight("2001/03/31 00:05"));
        assertThat(new Seasons(flights).following(2).map(Flight::date).blockingIterable())
                .containsExactly(
                        "2001/04/02 08:00",
                        "2001/04/01 23:10",
                        "2001/04/04 00:05",
                        "2001/04/06 08:00",
                        "2001/04/05 23:10",
                        "2001/04/08 00:05");
    }

    @Test
    void nothing_but_the_day_changes_and_of_no_flights_there_are_none_later() {
        assertThat(new Seasons(List.of(flight("2000/12/31 23:59"))).following(1).blockingFirst())
                .isEqualTo(flight("2001/01/01 23:59"));
        assertThat(new Seasons(List.of()).following(3).isEmpty().blockingGet()).isTrue();
    }
}
