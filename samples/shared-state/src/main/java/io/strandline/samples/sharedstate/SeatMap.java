package io.strandline.samples.sharedstate;

import io.strandline.json.JsonCodec;
import io.strandline.sync.StateModel;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Who has booked which seat of the flight.
 *
 * @param offices by seat
 */
record SeatMap(Map<String, String> offices) {

    static final int ROWS = 20;
    static final String LETTERS = "ABCDEF";

    static final JsonCodec<SeatMap> CODEC = JsonCodec.of("seat-map", 1, SeatMap.class);

    /** What the offices share: where it begins, and how a booking changes it. */
    static final StateModel<SeatMap, Booked> MODEL =
            new StateModel<>(new SeatMap(Map.of()), SeatMap::with, CODEC, Booked.CODEC);

    SeatMap {
        offices = Map.copyOf(offices);
    }

    boolean isFree(String seat) {
        return !offices.containsKey(seat);
    }

    SeatMap with(Booked booked) {
        Map<String, String> after = new TreeMap<>(offices);
        after.put(booked.seat(), booked.office());
        return new SeatMap(after);
    }

    /** One line for each letter, one column for each row of seats: the first letter of the office that booked it. */
    String text() {
        return LETTERS.chars().mapToObj(this::line).collect(Collectors.joining(" "));
    }

    private String line(int letter) {
        return IntStream.rangeClosed(1, ROWS)
                .mapToObj(row ->
                        offices.getOrDefault(row + "" + (char) letter, ".").substring(0, 1))
                .collect(Collectors.joining());
    }
}
