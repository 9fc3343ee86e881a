package io.strandline.samples.flights;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * What the command line says.
 *
 * @param file the flights
 * @param data directory of the log and the checkpoints
 * @param partitions of both streams
 * @param crash when to crash
 * @param fresh whether to start over
 * @param replays how often all flights are processed once more, at full speed
 * @param help whether to say only what can be said
 */
record Arguments(FlightFile file, Path data, int partitions, Crash crash, boolean fresh, int replays, boolean help) {

    private static final int DEFAULT_REPLAYS = 25;

    static final String HELP = """
        Reads flights into a stream, keeps the delays of each airport in a pipeline, prints the busiest airports.

          --file F        flights to read, one JSON object a line, plain or .gz; default: those that come along
          --data DIR      where log and checkpoints lie; default: target/flights-data
          --partitions N  partitions of the streams, when they are created; default: 4
          --replays N     then processes all flights N times more, in a log of their own, and says how fast; default: 25,
                          0 for not at all
          --fresh         deletes what an earlier run left in DIR, and starts over
          --crash-at N    kills this JVM, as kill -9 would, when it has processed N flights; exit code 137.
                          Run it again without, and it goes on from its last checkpoint
          --help          prints this
        """;

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException if it is not understood
     */
    static Arguments parse(List<String> words) {
        FlightFile file = new FlightFile(null);
        Path data = Path.of("target", "flights-data");
        int partitions = 4;
        Crash crash = Crash.never();
        boolean fresh = false;
        int replays = DEFAULT_REPLAYS;
        boolean help = false;
        Deque<String> rest = new ArrayDeque<>(words);
        while (!rest.isEmpty()) {
            String option = rest.remove();
            switch (option) {
                case "--file" -> file = new FlightFile(Path.of(value(option, rest)));
                case "--data" -> data = Path.of(value(option, rest));
                case "--partitions" -> partitions = number(option, rest, 1);
                case "--crash-at" -> crash = Crash.at(number(option, rest, 1));
                case "--replays" -> replays = number(option, rest, 0);
                case "--fresh" -> fresh = true;
                case "--help", "-h" -> help = true;
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        return new Arguments(file, data, partitions, crash, fresh, replays, help);
    }

    private static String value(String option, Deque<String> rest) {
        String value = rest.poll();
        if (value == null) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return value;
    }

    private static int number(String option, Deque<String> rest, int min) {
        String value = value(option, rest);
        if (!value.matches("\\d{1,9}") || Integer.parseInt(value) < min) {
            throw new IllegalArgumentException(
                    option + " is " + value + ", it must be a whole number from " + min + " on");
        }
        return Integer.parseInt(value);
    }
}
