package io.strandline.samples.sharedstate;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line arguments.
 *
 * @param killed number of the office that is killed, from 0
 * @param office the office that this JVM is. Null in the JVM that starts them
 * @param help whether to print only the help text
 */
record Arguments(int killed, @Nullable Office office, boolean help) {

    static final String OFFICE = "--office";

    static final String HELP = """
        Three booking offices, each a JVM of its own, keep the seat map of one flight. Amsterdam owns the log; all
        see the bookings of all. One office is killed and comes back. Prints who saw which revision when, and ends by
        itself after some 15 s; the exit code is 0 if all three ended with the same seat map.

          --kill N   which one is killed, as kill -9 would: 1 Amsterdam, 2 Boston, 3 Chennai; default: 3
          --help     prints this
        """;

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException if it is not understood
     */
    static Arguments parse(List<String> words) {
        if (words.isEmpty()) {
            return new Arguments(2, null, false);
        }
        return switch (words.get(0)) {
            case "--help", "-h" -> new Arguments(2, null, true);
            case "--kill" -> new Arguments(killed(words), null, false);
            case OFFICE -> new Arguments(2, office(words), false);
            default -> throw new IllegalArgumentException("unknown option " + words.get(0));
        };
    }

    private static int killed(List<String> words) {
        String number = words.size() == 2 ? words.get(1) : "missing";
        if (!number.matches("[123]")) {
            throw new IllegalArgumentException("--kill is " + number + ", it must be 1, 2 or 3");
        }
        return Integer.parseInt(number) - 1;
    }

    private static Office office(List<String> words) {
        List<Integer> ports = Arrays.stream(words.get(3).split(",", -1))
                .map(Integer::parseInt)
                .toList();
        return new Office(Integer.parseInt(words.get(1)), Path.of(words.get(2)), ports);
    }
}
