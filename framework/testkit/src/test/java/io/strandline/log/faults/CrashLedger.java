package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.log.CrashChild;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What killed processes said before they died, and whether the log still agrees with all of it. */
final class CrashLedger {

    private record Place(long partition, long offset) {}

    private record Name(String writer, long number) {}

    /** An event as stored in the log. {@code place} in its atomic batch is "0/1" for a single one. */
    record Stored(String writer, long number, String place, long crc) {}

    private final Map<Place, Long> crcs = new HashMap<>();
    private final Map<Place, Name> names = new HashMap<>();
    private final Set<Name> acked = new HashSet<>();
    private final Map<String, TreeSet<Long>> ownAcked = new HashMap<>();
    private final Map<Long, List<Stored>> history = new TreeMap<>();

    final Set<String> created = new HashSet<>();
    final Map<String, Long> truncated = new HashMap<>();
    final Set<String> deleting = new HashSet<>();
    final Set<String> deleted = new HashSet<>();
    final List<String> failures = new ArrayList<>();

    /** Takes a line of {@link CrashChild}. A line that the kill truncated is skipped. */
    void take(String line) {
        if (!line.endsWith(" .")) {
            return;
        }
        String[] words = line.split(" ");
        switch (words[0]) {
            case "A" -> takeAck(words);
            case "B" -> takeBatch(words);
            case "R" -> takeSeen(new Place(Long.parseLong(words[1]), Long.parseLong(words[2])), words[3]);
            case "C" -> created.add(words[1]);
            case "T" -> truncated.put(words[1], Long.parseLong(words[2]));
            case "X" -> deleting.add(words[1]);
            case "Y" -> deleted.add(words[1]);
            case "F" -> failures.add(line);
            default -> {}
        }
    }

    private void takeAck(String[] words) {
        Place place = new Place(Long.parseLong(words[1]), Long.parseLong(words[2]));
        Name name = new Name(words[5], Long.parseLong(words[6]));
        acked.add(name);
        if (name.writer().startsWith("own")) {
            ownAcked.computeIfAbsent(name.writer(), writer -> new TreeSet<>()).add(name.number());
        }
        if (words[3].equals("false")) {
            takeSeen(place, words[4]);
            names.put(place, name);
        }
    }

    private void takeBatch(String[] words) {
        long offset = Long.parseLong(words[2]);
        long number = Long.parseLong(words[4]);
        for (int i = 0; i < Integer.parseInt(words[5]); i++) {
            Name name = new Name(words[3], number + i);
            acked.add(name);
            names.put(new Place(Long.parseLong(words[1]), offset + i), name);
        }
    }

    private void takeSeen(Place place, String crc) {
        Long before = crcs.put(place, Long.parseLong(crc));
        assertThat(before).as("%s was told twice", place).isIn(null, Long.parseLong(crc));
    }

    int acknowledged() {
        return acked.size();
    }

    /** From where an own writer goes on: some of its sequences were acknowledged, none before it is missing. */
    long resumeFrom(String writer, int repeated) {
        long next = 0;
        for (long number : ownAcked.getOrDefault(writer, new TreeSet<>())) {
            if (number != next) {
                break;
            }
            next++;
        }
        return Math.max(0, next - repeated);
    }

    /** Reads an event into what the ledger keeps of it, and checks that it is whole. */
    static Stored stored(EventRecord<Buffer> event) {
        String[] words = event.event().toString().split(" ", 4);
        long number = Long.parseLong(words[1]);
        long crc = CrashChild.crc(event.event());
        assertThat(crc)
                .as(
                        "bytes of event %d of %s at offset %d of partition %d",
                        number, words[0], event.offset(), event.partition())
                .isEqualTo(CrashChild.crc(CrashChild.payload(words[0], number, words[2])));
        return new Stored(words[0].intern(), number, words[2].intern(), crc);
    }

    /** Checks what one reader found, partition by partition from offset 0. */
    void check(Map<Long, List<Stored>> events) {
        Map<Name, Place> found = new HashMap<>();
        events.forEach((partition, stored) -> {
            List<Stored> before = history.getOrDefault(partition, List.of());
            assertThat(stored.size()).as("events of partition %d", partition).isGreaterThanOrEqualTo(before.size());
            assertThat(stored.subList(0, before.size()))
                    .as("what was read before of partition %d", partition)
                    .isEqualTo(before);
            checkPartition(partition, stored, found);
        });
        assertThat(missing(found)).as("acknowledged events that are gone").isEmpty();
        crcs.forEach((place, crc) -> {
            List<Stored> partition = events.getOrDefault(place.partition(), List.of());
            assertThat(place.offset()).as("%s was told, so it is there", place).isLessThan(partition.size());
            Stored event = partition.get((int) place.offset());
            assertThat(event.crc()).as("event at %s", place).isEqualTo(crc);
        });
        names.forEach((place, name) ->
                assertThat(found.get(name)).as("place of %s", name).isEqualTo(place));
        history.clear();
        history.putAll(events);
    }

    private Set<Name> missing(Map<Name, Place> found) {
        Set<Name> missing = new HashSet<>(acked);
        missing.removeAll(found.keySet());
        return missing;
    }

    private static void checkPartition(long partition, List<Stored> events, Map<Name, Place> found) {
        Map<String, Long> newest = new HashMap<>();
        for (int offset = 0; offset < events.size(); offset++) {
            Stored event = events.get(offset);
            Place place = new Place(partition, offset);
            Place other = found.put(new Name(event.writer(), event.number()), place);
            if (other != null) {
                throw new AssertionError(event + " stands twice: at " + other + " and at " + place);
            }
            Long before = newest.put(event.writer(), event.number());
            if (before != null && before >= event.number()) {
                throw new AssertionError(event + " at " + place + " stands after number " + before);
            }
            checkWholeBatch(events, offset);
        }
    }

    /** The events of an atomic batch follow each other directly, and none is missing. */
    private static void checkWholeBatch(List<Stored> events, int offset) {
        Stored event = events.get(offset);
        int slash = event.place().indexOf('/');
        int index = Integer.parseInt(event.place().substring(0, slash));
        int count = Integer.parseInt(event.place().substring(slash + 1));
        for (int i = 0; i < count; i++) {
            int at = offset - index + i;
            Stored sibling = at < 0 || at >= events.size() ? event : events.get(at);
            if (!sibling.writer().equals(event.writer())
                    || sibling.number() != event.number() - index + i
                    || !sibling.place().equals(i + "/" + count)) {
                throw new AssertionError(event + " at offset " + offset + " lacks part " + i + " of its batch");
            }
        }
    }

    /** All partitions that were ever seen, for messages. */
    int events() {
        int events = 0;
        for (List<Stored> partition : history.values()) {
            events += partition.size();
        }
        return events;
    }

    Set<String> mustExist() {
        Set<String> names = new HashSet<>(created);
        names.removeAll(deleting);
        return Collections.unmodifiableSet(names);
    }
}
