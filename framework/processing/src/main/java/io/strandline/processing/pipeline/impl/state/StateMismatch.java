package io.strandline.processing.pipeline.impl.state;

import io.strandline.processing.pipeline.impl.state.StateStore.Captured;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where two states of one operator differ first. They are compared as the bytes of a snapshot, group by group, so a value whose
 * codec does not write it alike twice differs too. Values that are stored as different types or versions are first stored anew: a key
 * that a failed step has written is stored as what the codec writes now, and stays what it was where the step is not repeated.
 *
 * @param group the first group of keys that differs, of those of all hashes ({@link KeyGroups#ALL})
 * @param groups number of groups that differ
 * @param key the first key of it that differs, by its map and then by its hash
 * @param detail what each has of it
 */
public record StateMismatch(int group, int groups, String key, String detail) {

    /** Characters of a state that are shown. */
    private static final int MAX_SHOWN = 200;

    /** A record of a captured state, which stays where it is until that is released. */
    private static final class Stored {

        private final long start;
        private final byte[] bytes;
        private final int from;

        Stored(long start, byte[] bytes, int from) {
            this.start = start;
            this.bytes = bytes;
            this.from = from;
        }
    }

    /** A key in one of the maps of a store. */
    private record Place(long start, String key) {}

    /**
     * Compares two states of one operator. For worker threads.
     *
     * @param found state that was computed
     * @param stored state with which it is compared
     * @return null if they are the same
     */
    public static @Nullable StateMismatch of(Captured found, Captured stored) throws IOException {
        long[] ignored = new long[KeyGroups.COUNT];
        found.encode(KeyGroups.ALL, ignored);
        stored.encode(KeyGroups.ALL, ignored);
        StateMismatch first = null;
        int groups = 0;
        for (int group = 0; group < KeyGroups.COUNT; group++) {
            List<Stored> ofFound = records(found, group);
            List<Stored> ofStored = records(stored, group);
            if (!isSame(found, ofFound, stored, ofStored)) {
                groups++;
                first = first == null ? first(group, found, ofFound, stored, ofStored) : first;
            }
        }
        return first == null ? null : new StateMismatch(first.group, groups, first.key, first.detail);
    }

    private static List<Stored> records(Captured state, int group) throws IOException {
        List<Stored> records = new ArrayList<>();
        state.write(group, true, (start, bytes, from, length) -> records.add(new Stored(start, bytes, from)));
        return records;
    }

    private static boolean isSame(Captured found, List<Stored> ofFound, Captured stored, List<Stored> ofStored) {
        if (ofFound.size() != ofStored.size()) {
            return false;
        }
        for (int i = 0; i < ofFound.size(); i++) {
            if (!isSame(found, ofFound.get(i), stored, ofStored.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSame(Captured found, Stored one, Captured stored, Stored other) {
        return one.start == other.start
                && found.records().isSame(one.bytes, one.from, stored.records(), other.bytes, other.from);
    }

    private static StateMismatch first(
            int group, Captured found, List<Stored> ofFound, Captured stored, List<Stored> ofStored) {
        Map<Place, Stored> rest = byPlace(ofStored);
        for (Stored one : ofFound) {
            Place place = placeOf(one);
            Stored other = rest.remove(place);
            if (other == null || !isSame(found, one, stored, other)) {
                return new StateMismatch(group, 1, place.key, detail(found, one, stored, other));
            }
        }
        Map.Entry<Place, Stored> missing = rest.entrySet().iterator().next();
        return new StateMismatch(group, 1, missing.getKey().key, detail(found, null, stored, missing.getValue()));
    }

    private static Map<Place, Stored> byPlace(List<Stored> records) {
        Map<Place, Stored> byPlace = new LinkedHashMap<>();
        records.forEach(record -> byPlace.put(placeOf(record), record));
        return byPlace;
    }

    private static Place placeOf(Stored record) {
        return new Place(record.start, StateRecords.keyOf(record.bytes, record.from));
    }

    private static String detail(Captured found, @Nullable Stored one, Captured stored, @Nullable Stored other) {
        String expected = text(stored, other);
        String actual = text(found, one);
        return "the checkpoint has " + expected + ", the audit found "
                + (actual.equals(expected) ? "the same in other bytes" : actual);
    }

    private static String text(Captured state, @Nullable Stored record) {
        if (record == null) {
            return "nothing";
        }
        String text = state.records().textOf(record.start, record.bytes, record.from);
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
    }
}
