package io.strandline.samples.flights;

import io.strandline.json.JsonCodec;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.concurrent.TimeUnit;

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

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("uuuu/MM/dd HH:mm").withResolverStyle(ResolverStyle.STRICT);

    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("uuuu/MM/dd").withResolverStyle(ResolverStyle.STRICT);

    /** Whether a text can be the date of a flight. */
    static boolean isDate(String text) {
        try {
            LocalDateTime.parse(text, DATE);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    boolean late() {
        return delay > LATE_MINUTES;
    }

    /** The day of departure, {@code yyyy/MM/dd}. */
    String day() {
        return date.substring(0, 10);
    }

    /** The same flight on another day. */
    Flight on(String day) {
        return new Flight(day + date.substring(10), delay, distance, origin, destination);
    }

    /** A day as {@link #day} gives it. */
    static LocalDate dateOf(String day) {
        return LocalDate.parse(day, DAY);
    }

    /** The day that is later by some days. */
    static String dayAfter(String day, long days) {
        return DAY.format(dateOf(day).plusDays(days));
    }

    /** When it was to leave: local time as milliseconds since 1970, as if it were in UTC. */
    long scheduled() {
        return LocalDateTime.parse(date, DATE).toInstant(ZoneOffset.UTC).toEpochMilli()
                - TimeUnit.MINUTES.toMillis(delay);
    }
}
