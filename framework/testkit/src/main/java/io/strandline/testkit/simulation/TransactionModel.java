package io.strandline.testkit.simulation;

import java.util.ArrayList;
import java.util.List;

/** What a client knows of one transaction. */
final class TransactionModel {

    /** What the client asked for, and what it was told. */
    enum Phase {
        BEGINNING,
        OPEN,
        COMMITTING,
        COMMITTED,
        ABORTING,
        ABORTED
    }

    /** An event that the log confirmed, or one that is being written. */
    record Event(String stream, String key, String payload) {}

    final String id;
    final int home;
    final long leaseMillis;
    Phase phase = Phase.BEGINNING;

    /** Events that the log holds, in the order of the writes. */
    final List<Event> events = new ArrayList<>();

    /** No call that renewed the lease and was confirmed was sent before. */
    long renewedNanos;

    TransactionModel(String id, int home, long leaseMillis) {
        this.id = id;
        this.home = home;
        this.leaseMillis = leaseMillis;
    }

    /** True if its events may be visible. */
    boolean mayBeVisible() {
        return phase == Phase.COMMITTING || phase == Phase.COMMITTED;
    }

    List<Event> eventsOf(String stream) {
        return events.stream().filter(event -> event.stream().equals(stream)).toList();
    }

    @Override
    public String toString() {
        return "transaction " + id + " (" + phase + ", " + events.size() + " events)";
    }
}
