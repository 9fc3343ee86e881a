package io.strandline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The median round of every side, one line each, and the key figure of all rounds beside it. */
final class ResultTable {

    private static final List<String> HEADER =
            List.of("side", "events/s", "CPU µs/event", "p50 ms", "p99 ms", "longest ms", "bytes", "every round");
    /** The columns that few benchmarks have, the last one first. */
    private static final List<Integer> RARE = List.of(HEADER.indexOf("bytes"), HEADER.indexOf("longest ms"));

    private static final String GAP = "  ";
    private static final String ABSENT = "-";
    private static final double LARGE = 10_000;

    private ResultTable() {}

    /** The lines of the table, header first, columns aligned. */
    static List<String> lines(Rounds rounds) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(new ArrayList<>(HEADER));
        for (String side : rounds.sides()) {
            rows.add(row(side, rounds));
        }
        for (int column : RARE) {
            if (rows.stream().skip(1).allMatch(row -> row.get(column).equals(ABSENT))) {
                rows.forEach(row -> row.remove(column));
            }
        }
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        return rows.stream().map(row -> aligned(row, widths)).toList();
    }

    /** One round in words, for a line of progress. Missing figures are left out. */
    static String figures(Measurement round) {
        return Stream.of(
                        whole(round.eventsPerSecond()) + " events/s",
                        decimal(round.cpuMicrosPerEvent()) + " µs CPU per event",
                        "p50 " + decimal(round.p50Millis()) + " ms",
                        "p99 " + decimal(round.p99Millis()) + " ms",
                        "longest " + decimal(round.longestMillis()) + " ms",
                        bytes(round.bytes()) + " bytes")
                .filter(figure -> !figure.contains(ABSENT + " "))
                .collect(Collectors.joining(", "));
    }

    private static List<String> row(String side, Rounds rounds) {
        Measurement median = rounds.median(side);
        String every = rounds.of(side).stream()
                .map(round -> switch (rounds.key()) {
                    case SPEED -> whole(round.eventsPerSecond());
                    case LATENCY -> decimal(round.p50Millis()) + " ms";
                    case BYTES -> bytes(round.bytes());
                })
                .collect(Collectors.joining(" / "));
        return new ArrayList<>(List.of(
                side,
                whole(median.eventsPerSecond()),
                decimal(median.cpuMicrosPerEvent()),
                decimal(median.p50Millis()),
                decimal(median.p99Millis()),
                decimal(median.longestMillis()),
                bytes(median.bytes()),
                every));
    }

    private static String aligned(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        int last = widths.length - 1;
        for (int column = 0; column <= last; column++) {
            String padding = " ".repeat(widths[column] - row.get(column).length());
            boolean left = column == 0 || column == last;
            line.append(left ? row.get(column) + padding : padding + row.get(column))
                    .append(GAP);
        }
        return line.toString().stripTrailing();
    }

    private static String whole(double figure) {
        return Double.isNaN(figure) ? ABSENT : String.format(Locale.ROOT, "%,.0f", figure);
    }

    /** With a decimal for what is counted in bytes per key. */
    private static String bytes(double figure) {
        return Double.isNaN(figure) || figure >= LARGE ? whole(figure) : String.format(Locale.ROOT, "%.1f", figure);
    }

    private static String decimal(double figure) {
        return Double.isNaN(figure) ? ABSENT : String.format(Locale.ROOT, "%.3f", figure);
    }
}
