package io.strandline.testkit.simulation.model;

import io.strandline.PartitionDescription;
import io.strandline.internal.KeyHash;
import io.strandline.testkit.simulation.model.TransactionModel.Event;
import io.strandline.testkit.simulation.model.TransactionModel.Phase;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** All transactions of a run, and what the partitions must hold of them. */
public final class TransactionLedger {

    private static final String PADDING = "~";

    private final Violations violations;
    private final Map<String, TransactionModel> all = new LinkedHashMap<>();

    /** An event as it was read. */
    public record Read(String transaction, String payload) {}

    public TransactionLedger(Violations violations) {
        this.violations = violations;
    }

    /** The payload that names an event. */
    public static String payload(String transaction, int event) {
        return transaction + "#" + event;
    }

    /** The bytes of an event, which name it and are as many as are asked for, or a few more. */
    public static byte[] padded(String payload, int bytes) {
        return (payload + PADDING.repeat(Math.max(0, bytes - payload.length()))).getBytes(StandardCharsets.UTF_8);
    }

    public static Read read(String padded) {
        int end = padded.indexOf(PADDING);
        String payload = end < 0 ? padded : padded.substring(0, end);
        return new Read(payload.substring(0, payload.indexOf('#')), payload);
    }

    public void add(TransactionModel transaction) {
        all.put(transaction.id, transaction);
    }

    /** Begins a check of all that a stream holds. */
    public StreamCheck check(String stream) {
        return new StreamCheck(stream);
    }

    /** What was read of one stream so far. */
    public final class StreamCheck {

        private final String stream;
        private final Set<String> shown = new HashSet<>();

        /** Key → transactions in the order in which its events stand, across partitions. */
        private final Map<String, List<TransactionModel>> byKey = new LinkedHashMap<>();

        private StreamCheck(String stream) {
            this.stream = stream;
        }

        /**
         * Checks the events of a partition from its beginning. Earlier partitions were taken before.
         *
         * @param isFirst true if it has no predecessor
         * @return the transactions in the order in which they appear there
         */
        public List<TransactionModel> take(PartitionDescription partition, boolean isFirst, List<Read> events) {
            List<TransactionModel> order = new ArrayList<>();
            byTransaction(partition, events).forEach((id, payloads) -> {
                TransactionModel transaction = all.get(id);
                if (transaction == null || !transaction.mayBeVisible()) {
                    violations.report(
                            Invariant.UNDECIDED_IS_INVISIBLE,
                            (transaction == null ? id : transaction) + " shows " + payloads + " in partition "
                                    + partition.id());
                    return;
                }
                order.add(transaction);
                requireWhole(transaction, partition, isFirst, payloads);
            });
            for (Read event : events) {
                violations.require(
                        shown.add(event.payload()),
                        Invariant.COMMITTED_IS_WHOLE,
                        () -> event.payload() + " is twice in " + stream);
            }
            return order;
        }

        private Map<String, List<String>> byTransaction(PartitionDescription partition, List<Read> events) {
            Map<String, List<String>> parts = new LinkedHashMap<>();
            String before = "";
            for (Read event : events) {
                if (!event.transaction().equals(before) && parts.containsKey(event.transaction())) {
                    violations.report(
                            Invariant.COMMITTED_IS_WHOLE,
                            event.payload() + " stands apart from its neighbours in partition " + partition.id());
                }
                before = event.transaction();
                parts.computeIfAbsent(before, id -> new ArrayList<>()).add(event.payload());
            }
            return parts;
        }

        private void requireWhole(
                TransactionModel transaction, PartitionDescription partition, boolean isFirst, List<String> payloads) {
            Set<String> here = new LinkedHashSet<>(payloads);
            List<Event> expected = new ArrayList<>();
            for (Event event : transaction.eventsOf(stream)) {
                // Where an event without key belongs only the log knows. A sealed partition has all that is its own, or
                // nothing.
                boolean isHere = event.key().isEmpty()
                        ? here.contains(event.payload())
                        : partition.keys().contains(hash(event.key())) && !shown.contains(event.payload());
                if (isHere) {
                    expected.add(event);
                }
            }
            boolean isWhole = here.size() == payloads.size()
                    && payloads(expected).equals(isFirst ? payloads : inOrderOf(expected, payloads));
            violations.require(
                    isWhole,
                    Invariant.COMMITTED_IS_WHOLE,
                    () -> transaction + " has " + payloads(expected) + " for partition " + partition.id()
                            + ", which shows " + payloads);
            noteKeys(transaction, expected);
        }

        /**
         * What a partition shows of ranges of keys that it took over one by one, in the order in which it was written, if the
         * events of each key are in that order.
         */
        private List<String> inOrderOf(List<Event> expected, List<String> payloads) {
            Map<String, String> keys = new HashMap<>();
            expected.forEach(event -> keys.put(event.payload(), event.key()));
            Map<String, ArrayDeque<String>> lines = new HashMap<>();
            for (String payload : payloads) {
                String key = keys.getOrDefault(payload, "");
                // Two events without a key may belong to different ranges.
                lines.computeIfAbsent(key.isEmpty() ? payload : key, any -> new ArrayDeque<>())
                        .add(payload);
            }
            List<String> ordered = new ArrayList<>();
            for (Event event : expected) {
                String next = lines.getOrDefault(
                                event.key().isEmpty() ? event.payload() : event.key(), new ArrayDeque<>())
                        .poll();
                ordered.add(next == null ? "nothing" : next);
            }
            lines.values().forEach(ordered::addAll);
            return ordered;
        }

        private void noteKeys(TransactionModel transaction, List<Event> events) {
            for (Event event : events) {
                List<TransactionModel> order = byKey.computeIfAbsent(event.key(), any -> new ArrayList<>());
                if (!event.key().isEmpty() && (order.isEmpty() || order.get(order.size() - 1) != transaction)) {
                    order.add(transaction);
                }
            }
        }

        /** Of each key, the transactions in the order in which they stand. */
        public Collection<List<TransactionModel>> ordersOfKeys() {
            return byKey.values();
        }

        /** Checks that the stream has everything of transactions whose commit was confirmed before it was read. */
        public void requireAll(List<TransactionModel> committed) {
            for (TransactionModel transaction : committed) {
                for (Event event : transaction.eventsOf(stream)) {
                    violations.require(
                            shown.contains(event.payload()),
                            Invariant.COMMITTED_IS_WHOLE,
                            () -> transaction + " lacks " + event.payload() + " in " + stream);
                }
            }
        }
    }

    private static List<String> payloads(List<Event> events) {
        return events.stream().map(Event::payload).toList();
    }

    private static long hash(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return KeyHash.of(bytes, 0, bytes.length);
    }

    /** Those whose commit was confirmed. */
    public List<TransactionModel> committed() {
        return all.values().stream()
                .filter(transaction -> transaction.phase() == Phase.COMMITTED)
                .toList();
    }

    /** Checks that the orders of all partitions fit one order for each home shard. */
    public void checkOrders(List<List<TransactionModel>> orders) {
        Map<Integer, Map<String, Set<String>>> followersByHome = new TreeMap<>();
        for (List<TransactionModel> order : orders) {
            Map<Integer, String> lastOfHome = new HashMap<>();
            for (TransactionModel transaction : order) {
                Map<String, Set<String>> followers =
                        followersByHome.computeIfAbsent(transaction.home, home -> new LinkedHashMap<>());
                followers.putIfAbsent(transaction.id, new LinkedHashSet<>());
                String last = lastOfHome.put(transaction.home, transaction.id);
                if (last != null) {
                    followers.computeIfAbsent(last, id -> new LinkedHashSet<>()).add(transaction.id);
                }
            }
        }
        followersByHome.forEach((home, followers) -> requireAcyclic(home, followers));
    }

    private void requireAcyclic(int home, Map<String, Set<String>> followers) {
        Map<String, Integer> before = new LinkedHashMap<>();
        followers.keySet().forEach(id -> before.put(id, 0));
        followers.values().forEach(next -> next.forEach(id -> before.merge(id, 1, Integer::sum)));
        ArrayDeque<String> free = new ArrayDeque<>();
        before.forEach((id, count) -> {
            if (count == 0) {
                free.add(id);
            }
        });
        int placed = 0;
        while (!free.isEmpty()) {
            placed++;
            for (String next : followers.getOrDefault(free.remove(), Set.of())) {
                if (before.merge(next, -1, Integer::sum) == 0) {
                    free.add(next);
                }
            }
        }
        int inOrder = placed;
        violations.require(
                inOrder == before.size(),
                Invariant.DECISION_ORDER,
                () -> before.size() - inOrder + " transactions of home shard " + home + " stand in several orders");
    }

    /** Number of transactions that reached a phase. */
    public long count(Phase phase) {
        return all.values().stream()
                .filter(transaction -> transaction.phase() == phase)
                .count();
    }
}
