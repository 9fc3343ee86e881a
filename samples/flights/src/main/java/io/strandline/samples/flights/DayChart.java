package io.strandline.samples.flights;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The delays of the busiest states, a character for each day. */
final class DayChart {

    private static final int ROWS = 8;
    private static final String BARS = "▁▂▃▄▅▆▇█";

    /** What a full bar says: this mean delay in minutes, or more. */
    private static final int FULL_MINUTES = 32;

    private DayChart() {}

    /** A headline, then one line for each state. Without days there is no line. */
    static List<String> lines(Collection<StateDay> days) {
        if (days.isEmpty()) {
            return List.of();
        }
        List<LocalDate> dates =
                days.stream().map(StateDay::day).distinct().sorted().toList();
        LocalDate first = dates.get(0);
        LocalDate last = dates.get(dates.size() - 1);
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "mean delay of each day, %s to %s: %s none to %d minutes, %s %d and more",
                first,
                last,
                BARS.charAt(0),
                FULL_MINUTES / BARS.length(),
                BARS.charAt(BARS.length() - 1),
                FULL_MINUTES - FULL_MINUTES / BARS.length()));
        Map<String, List<StateDay>> states =
                days.stream().collect(Collectors.groupingBy(StateDay::state, TreeMap::new, Collectors.toList()));
        states.entrySet().stream()
                .sorted(Comparator.comparingLong(state -> -flights(state.getValue())))
                .limit(ROWS)
                .forEach(state -> lines.add(String.format(
                        Locale.ROOT,
                        "%s %,6d  %s",
                        state.getKey(),
                        flights(state.getValue()),
                        bars(state.getValue(), first, last))));
        return lines;
    }

    static long flights(Collection<StateDay> days) {
        return days.stream().mapToLong(day -> day.departures().flights()).sum();
    }

    private static String bars(List<StateDay> days, LocalDate first, LocalDate last) {
        Map<LocalDate, Tally> byDay = days.stream().collect(Collectors.toMap(StateDay::day, StateDay::departures));
        StringBuilder line = new StringBuilder();
        for (LocalDate day = first; !day.isAfter(last); day = day.plusDays(1)) {
            Tally tally = byDay.get(day);
            line.append(tally == null ? ' ' : bar(tally.mean()));
        }
        return line.toString().stripTrailing();
    }

    private static char bar(double mean) {
        int step = (int) (Math.max(0, mean) * BARS.length() / FULL_MINUTES);
        return BARS.charAt(Math.min(step, BARS.length() - 1));
    }
}
