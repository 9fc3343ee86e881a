package io.strandline.samples.flights;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Where each airport is.
 *
 * @param byCode IATA code → place
 */
record Cities(Map<String, Place> byCode) {

    /** Reads {@code airports.csv}: code, name, city, state. Only names hold commas of their own. */
    static Cities load() {
        InputStream in = Objects.requireNonNull(Cities.class.getResourceAsStream("airports.csv"));
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return new Cities(lines.lines()
                    .skip(1)
                    .map(Cities::place)
                    .collect(Collectors.toMap(Place::code, place -> place, (one, other) -> one, TreeMap::new)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Place place(String line) {
        int state = line.lastIndexOf(',');
        int city = line.lastIndexOf(',', state - 1);
        return new Place(
                line.substring(0, line.indexOf(',')), line.substring(city + 1, state), line.substring(state + 1));
    }

    String of(String code) {
        Place place = byCode.get(code);
        return place == null ? "" : place.toString();
    }
}
