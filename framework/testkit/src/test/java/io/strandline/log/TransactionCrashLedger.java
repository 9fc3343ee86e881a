package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What killed processes said of their transactions, and whether the log agrees. */
final class TransactionCrashLedger {

    /** Transaction → number of its events, for those whose commit was asked for. */
    private final Map<String, Long> asked = new HashMap<>();

    /** Those that another process than their own committed. */
    private final Set<String> found = new HashSet<>();

    private final Set<String> confirmed = new HashSet<>();
    private final Set<String> aborted = new HashSet<>();

    /** Those that were once seen in the log. */
    private final Set<String> seen = new HashSet<>();

    final List<String> failures = new ArrayList<>();

    /** Takes a line of {@link TransactionCrashChild}. A line that the kill truncated is skipped. */
    void take(String line) {
        if (!line.endsWith(" .")) {
            return;
        }
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "C" -> asked.put(words[1], Long.parseLong(words[2]));
            case "G" -> committingFound(words[1], Long.parseLong(words[2]));
            case "D" -> confirmed(words[1]);
            case "Y" -> aborted.add(words[1]);
            case "F" -> failures.add(line);
            default -> {}
        }
    }

    /** A commit that its own process may have asked for, in vain: the log told then how many events it has. */
    void committingFound(String id, long events) {
        found.add(id);
        asked.put(id, events);
    }

    void confirmed(String id) {
        confirmed.add(id);
    }

    int confirmedCount() {
        return confirmed.size();
    }

    int seenCount() {
        return seen.size();
    }

    int abortedCount() {
        return aborted.size();
    }

    int foundCount() {
        return found.size();
    }

    /** Checks all events of all streams, by stream. */
    void check(Map<String, List<EventRecord<Buffer>>> streams) {
        Map<String, Set<Integer>> events = new HashMap<>();
        streams.forEach((stream, records) -> {
            Map<Long, List<Event>> byPartition = new TreeMap<>();
            for (EventRecord<Buffer> record : records) {
                Event event = Event.of(record.event());
                assertThat(stream).as("stream of %s", event).isEqualTo(event.stream());
                assertThat(events.computeIfAbsent(event.transaction(), id -> new HashSet<>())
                                .add(event.number()))
                        .as("%s stands once", event)
                        .isTrue();
                byPartition
                        .computeIfAbsent(record.partition(), id -> new ArrayList<>())
                        .add(event);
            }
            byPartition.forEach(this::checkPartition);
        });
        events.forEach((id, numbers) -> {
            assertThat(asked.keySet()).as("transactions that may be seen").contains(id);
            assertThat((long) numbers.size())
                    .as("events of %s, against those that it was committed with", id)
                    .isEqualTo(asked.getOrDefault(id, 0L));
        });
        Set<String> missing = new TreeSet<>(confirmed);
        missing.addAll(seen);
        missing.removeAll(events.keySet());
        // One that was found before it had any event leaves nothing.
        missing.removeIf(id -> asked.getOrDefault(id, 0L) == 0);
        assertThat(missing).as("confirmed or seen before, and gone").isEmpty();
        assertThat(events.keySet()).as("aborted").noneMatch(aborted::contains);
        seen.addAll(events.keySet());
    }

    private record Event(String transaction, int number) {

        static Event of(Buffer payload) {
            String text = payload.toString();
            String name = text.substring(0, text.indexOf(' '));
            int hash = name.indexOf('#');
            Event event = new Event(name.substring(0, hash), Integer.parseInt(name.substring(hash + 1)));
            assertThat(payload).isEqualTo(TransactionCrashChild.payload(event.transaction, event.number));
            return event;
        }

        String stream() {
            return TransactionCrashChild.stream(transaction, number);
        }

        /** The application that began the transaction, and its number there. */
        String application() {
            return transaction.substring(0, transaction.lastIndexOf('-'));
        }

        int order() {
            return Integer.parseInt(transaction.substring(transaction.lastIndexOf('-') + 1));
        }
    }

    /**
     * Events of one transaction are neighbours in their order. Events of one application are in the order of its commits.
     */
    private void checkPartition(long partition, List<Event> events) {
        Set<String> ended = new HashSet<>();
        Map<String, Event> newest = new HashMap<>();
        Event before = null;
        for (Event event : events) {
            if (before != null && before.transaction().equals(event.transaction())) {
                assertThat(event.number())
                        .as("%s after %s in partition %d", event, before, partition)
                        .isGreaterThan(before.number());
            } else {
                assertThat(ended.add(event.transaction()))
                        .as("%s is beside its neighbours in partition %d", event, partition)
                        .isTrue();
            }
            if (!found.contains(event.transaction())) {
                Event last = newest.put(event.application(), event);
                assertThat(last == null ? -1 : last.order())
                        .as("%s after %s in partition %d", event, last, partition)
                        .isLessThanOrEqualTo(event.order());
            }
            before = event;
        }
    }
}
