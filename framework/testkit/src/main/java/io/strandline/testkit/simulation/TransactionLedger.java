package io.strandline.testkit.simulation;

import io.strandline.PartitionDescription;
import io.strandline.spi.KeyHash;
import io.strandline.testkit.simulation.TransactionModel.Event;
import io.strandline.testkit.simulation.TransactionModel.Phase;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** All transactions of a run, and what the partitions must hold of them. */
final class TransactionLedger {

    private final Violations violations;
    private final Map<String, TransactionModel> all = new LinkedHashMap<>();

    /** An event as it was read. */
    record Read(String transaction, String payload) {}

    TransactionLedger(Violations violations) {
        this.violations = violations;
    }

    /** The payload that names an event. */
    static String payload(String transaction, int event) {
        return transaction + "#" + event;
    }

    static Read read(String payload) {
        return new Read(payload.substring(0, payload.indexOf('#')), payload);
    }

    void add(TransactionModel transaction) {
        all.put(transaction.id, transaction);
    }

    /**
     * Checks what a partition shows from its beginning.
     *
     * @return the transactions in the order in which they stand there
     */
    List<TransactionModel> check(String stream, PartitionDescription partition, List<Read> events) {
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
        List<TransactionModel> order = new ArrayList<>();
        parts.forEach((id, payloads) -> {
            TransactionModel transaction = all.get(id);
            if (transaction == null || !transaction.mayBeVisible()) {
                violations.report(
                        Invariant.UNDECIDED_IS_INVISIBLE,
                        (transaction == null ? id : transaction) + " shows " + payloads + " in partition "
                                + partition.id());
                return;
            }
            order.add(transaction);
            requireWhole(transaction, stream, partition, payloads);
        });
        return order;
    }

    private void requireWhole(
            TransactionModel transaction, String stream, PartitionDescription partition, List<String> payloads) {
        Set<String> shown = new LinkedHashSet<>(payloads);
        List<String> expected = new ArrayList<>();
        for (Event event : transaction.eventsOf(stream)) {
            // Where an event without key belongs only the log knows.
            boolean here = event.key().isEmpty()
                    ? shown.contains(event.payload())
                    : partition.keys().contains(hash(event.key()));
            if (here) {
                expected.add(event.payload());
            }
        }
        violations.require(
                expected.equals(payloads),
                Invariant.COMMITTED_IS_WHOLE,
                () -> transaction + " has " + expected + " for partition " + partition.id() + ", which shows "
                        + payloads);
    }

    private static long hash(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return KeyHash.of(bytes, 0, bytes.length);
    }

    /** Those whose commit was confirmed. */
    List<TransactionModel> committed() {
        return all.values().stream()
                .filter(transaction -> transaction.phase == Phase.COMMITTED)
                .toList();
    }

    /**
     * Checks that a stream has everything that was committed.
     *
     * @param committed those whose commit was confirmed before the stream was read
     */
    void checkComplete(String stream, List<List<Read>> partitions, List<TransactionModel> committed) {
        Set<String> shown = new LinkedHashSet<>();
        partitions.forEach(partition -> partition.forEach(event -> violations.require(
                shown.add(event.payload()),
                Invariant.COMMITTED_IS_WHOLE,
                () -> event.payload() + " is twice in " + stream)));
        for (TransactionModel transaction : committed) {
            for (Event event : transaction.eventsOf(stream)) {
                violations.require(
                        shown.contains(event.payload()),
                        Invariant.COMMITTED_IS_WHOLE,
                        () -> transaction + " lacks " + event.payload() + " in " + stream);
            }
        }
    }

    /** Checks that the orders of all partitions fit one order for each home shard. */
    void checkOrders(List<List<TransactionModel>> orders) {
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
    long count(Phase phase) {
        return all.values().stream()
                .filter(transaction -> transaction.phase == phase)
                .count();
    }
}
