package io.strandline.server.impl.rest;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.server.impl.http.Refusal;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A cut as text, for addresses and for the ids of server-sent events: {@code PARTITION:OFFSET} for each partition, in the order of the
 * partitions, parted by commas, such as {@code 1:42,2:7}. {@code -} for a cut of no partition.
 */
final class CutText {

    /** Longest text of a cut, in characters. */
    static final int MAX_LENGTH = 1 << 20;

    private static final Pattern PART = Pattern.compile("(\\d{1,19}):(\\d{1,19})");
    private static final String NONE = "-";

    private CutText() {}

    static String of(SortedMap<Long, Long> offsets) {
        return offsets.isEmpty()
                ? NONE
                : offsets.entrySet().stream()
                        .map(entry -> entry.getKey() + ":" + entry.getValue())
                        .collect(Collectors.joining(","));
    }

    static String of(StreamCut cut) {
        return of(cut.offsets());
    }

    /**
     * Reads a cut.
     *
     * @throws Refusal if the text is none
     */
    static StreamCut parse(String field, StreamName stream, String text) {
        TreeMap<Long, Long> offsets = new TreeMap<>();
        if (!text.equals(NONE)) {
            for (String part : text.split(",", -1)) {
                Map.Entry<Long, Long> entry = parsePart(field, part);
                if (offsets.putIfAbsent(entry.getKey(), entry.getValue()) != null) {
                    throw Refusal.of(field, field + " names partition " + entry.getKey() + " twice");
                }
            }
        }
        try {
            return new StreamCut(stream, offsets);
        } catch (StrandlineException.Invalid e) {
            throw Refusal.of(field, field + ": " + e.getMessage());
        }
    }

    private static Map.Entry<Long, Long> parsePart(String field, String part) {
        var matched = PART.matcher(part);
        if (!matched.matches()) {
            throw refused(field, part);
        }
        try {
            return Map.entry(Long.parseLong(matched.group(1)), Long.parseLong(matched.group(2)));
        } catch (NumberFormatException e) { // of 19 digits, and above 2^63
            throw refused(field, part);
        }
    }

    private static Refusal refused(String field, String part) {
        return Refusal.of(
                field,
                field + " has \"" + (part.length() > 40 ? part.substring(0, 40) + "…" : part)
                        + "\", a cut is PARTITION:OFFSET,... such as 1:42,2:7, or - for no partition");
    }
}
