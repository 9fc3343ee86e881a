package io.strandline.samples.flights;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Where an airport is.
 *
 * @param byCode IATA code → city and state
 */
record Cities(Map<String, String> byCode) {

    /** Reads {@code airports.csv}: code, name, city, state. Only names hold commas of their own. */
    static Cities load() {
        InputStream in = Objects.requireNonNull(Cities.class.getResourceAsStream("airports.csv"));
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return new Cities(lines.lines()
                    .skip(1)
                    .collect(Collectors.toMap(line -> line.substring(0, line.indexOf(',')), Cities::place)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String place(String line) {
        int state = line.lastIndexOf(',');
        int city = line.lastIndexOf(',', state - 1);
        return line.substring(city + 1, state) + ", " + line.substring(state + 1);
    }

    String of(String code) {
        return byCode.getOrDefault(code, "");
    }
}
