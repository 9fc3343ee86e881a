package io.strandline.samples.flights;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlightFileTest {

    private static final String GOOD =
            "{\"date\":\"2001/01/01 00:47\",\"delay\":66,\"distance\":1750,\"origin\":\"DTW\",\"destination\":\"LAS\"}";

    @Test
    void reads_the_file_that_comes_along() {
        FlightFile file = new FlightFile(null);
        assertThat(file.lines().count().blockingGet()).isEqualTo(20_000);
        assertThat(file.lines().blockingFirst())
                .isEqualTo(new FlightFile.Line(1, new Flight("2001/01/01 00:47", 66, 1750, "DTW", "LAS")));
    }

    @Test
    void reads_no_further_than_it_is_asked() {
        assertThat(new FlightFile(null).lines().test(7).assertNotComplete().values())
                .hasSize(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"delay\":66|\"delay\":6.5|delay is 6.5, not a whole number",
                "\"origin\":\"DTW\"|\"origin\":\"\"|origin is , not a text",
                "2001/01/01|2001-01-01|date \"2001-01-01 00:47\" is not yyyy/MM/dd HH:mm",
                "{|[|Failed to decode",
            })
    void says_which_line_is_wrong_and_why(String from, String to, String message, @TempDir Path directory)
            throws Exception {
        Path path = Files.writeString(directory.resolve("flights.ndjson"), GOOD + "\n" + GOOD.replace(from, to) + "\n");
        new FlightFile(path).lines().test().assertValueCount(1).assertError(failure -> String.valueOf(
                        failure.getMessage())
                .startsWith(path + " line 2: " + message));
    }
}
