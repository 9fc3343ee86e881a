package io.strandline.samples.sharedstate;

import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which office saw which revision when. A revision is printed when every open office has seen it. Revisions that an
 * office reads at its start do not count as seen. Owned by {@link Airline}'s lock.
 */
final class Sightings {

    static final String HEADER = "   time  revision  seat  booked by  seen, after the call, by";

    private record Revision(Booked booked, Map<Integer, Long> seenMillis) {}

    private final long beganMillis = System.currentTimeMillis();
    private final Map<Long, Revision> untold = new TreeMap<>();
    private final Map<Integer, Long> began = new TreeMap<>();
    private final Set<Integer> open = new TreeSet<>();
    private final Set<Long> told = new HashSet<>();
    private long newest;

    /** An office begins with the seat map of a revision. */
    void begin(int office, long revision) {
        open.add(office);
        began.put(office, revision);
        newest = Math.max(newest, revision);
        say("%s begins at revision %d", Office.NAMES.get(office), revision);
    }

    /** An office sees and tells nothing any more. */
    void close(int office) {
        open.remove(office);
        began.remove(office);
        tellWhatAllSaw();
    }

    /** An office has seen a revision. */
    void see(int office, long revision, long millis, Booked booked) {
        if (!told.contains(revision)) {
            untold.computeIfAbsent(revision, first -> new Revision(booked, new TreeMap<>()))
                    .seenMillis()
                    .putIfAbsent(office, millis);
        }
        newest = Math.max(newest, revision);
        tellWhatAllSaw();
    }

    long newest() {
        return newest;
    }

    boolean areOpen(int offices) {
        return open.size() == offices;
    }

    void say(String format, Object... values) {
        double seconds = (System.currentTimeMillis() - beganMillis) / 1_000.0;
        System.out.println(
                String.format(Locale.ROOT, "%6.2fs  ", seconds) + String.format(Locale.ROOT, format, values));
    }

    private void tellWhatAllSaw() {
        untold.entrySet().removeIf(entry -> {
            boolean seen = open.stream()
                    .allMatch(office -> entry.getKey() <= began.getOrDefault(office, 0L)
                            || entry.getValue().seenMillis().containsKey(office));
            if (seen) {
                tell(entry.getKey(), entry.getValue());
            }
            return seen;
        });
    }

    private void tell(long number, Revision revision) {
        told.add(number);
        StringJoiner seen = new StringJoiner(", ");
        revision.seenMillis()
                .forEach((office, millis) -> seen.add(Office.NAMES.get(office) + " "
                        + (millis - revision.booked().askedMillis()) + " ms"));
        Booked booked = revision.booked();
        say("%8d  %-4s  %-9s  %s", number, booked.seat(), booked.office(), seen);
    }
}
