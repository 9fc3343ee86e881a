package io.strandline.samples.flights;

import io.reactivex.rxjava3.core.Flowable;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A file with one flight per line, as JSON. It is plain, or compressed if its name ends in {@code .gz}.
 *
 * @param path the file, or null for the one that the sample includes
 */
record FlightFile(@Nullable Path path) {

    private static final String OWN = "flights-2001-q1.ndjson.gz";

    /**
     * A line of the file.
     *
     * @param number from 1
     * @param flight what it says
     */
    record Line(long number, Flight flight) {}

    /** Reads the lines on demand. It runs on the subscriber's thread, which so may block. */
    Flowable<Line> lines() {
        return Flowable.generate(
                () -> new Source(name(), open()),
                (source, out) -> {
                    Line line = source.next();
                    if (line == null) {
                        out.onComplete();
                    } else {
                        out.onNext(line);
                    }
                },
                Source::close);
    }

    private String name() {
        return path == null ? OWN : path.toString();
    }

    private InputStream open() throws IOException {
        InputStream in = path == null
                ? Objects.requireNonNull(FlightFile.class.getResourceAsStream(OWN))
                : Files.newInputStream(path);
        return name().endsWith(".gz") ? new GZIPInputStream(in) : in;
    }

    /** The file while it is read. */
    private static final class Source {

        private final String name;
        private final BufferedReader reader;
        private long number;

        Source(String name, InputStream in) {
            this.name = name;
            this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        }

        /** Returns null at the end. */
        @Nullable
        Line next() throws IOException {
            String text = reader.readLine();
            number++;
            return text == null ? null : new Line(number, parse(text));
        }

        private Flight parse(String text) {
            try {
                JsonObject json = new JsonObject(text);
                String date = text(json, "date");
                if (!Flight.isDate(date)) {
                    throw new IllegalArgumentException("date \"" + date + "\" is not yyyy/MM/dd HH:mm");
                }
                return new Flight(
                        date,
                        number(json, "delay"),
                        number(json, "distance"),
                        text(json, "origin"),
                        text(json, "destination"));
            } catch (DecodeException | IllegalArgumentException e) {
                throw new IllegalArgumentException(name + " line " + number + ": " + e.getMessage() + ": " + text, e);
            }
        }

        private static String text(JsonObject json, String field) {
            if (json.getValue(field) instanceof String value && !value.isEmpty()) {
                return value;
            }
            throw new IllegalArgumentException(field + " is " + json.getValue(field) + ", not a text");
        }

        private static int number(JsonObject json, String field) {
            if (json.getValue(field) instanceof Integer value) {
                return value;
            }
            throw new IllegalArgumentException(field + " is " + json.getValue(field) + ", not a whole number");
        }

        void close() throws IOException {
            reader.close();
        }
    }
}
