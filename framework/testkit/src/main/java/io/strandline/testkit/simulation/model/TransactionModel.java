package io.strandline.testkit.simulation.model;

import java.util.ArrayList;
import java.util.List;

/** What a client knows of one transaction. */
public final class TransactionModel {

    /** What the client asked for, and what it was told. */
    public enum Phase {
        BEGINNING,
        OPEN,
        COMMITTING,
        COMMITTED,
        ABORTING,
        ABORTED
    }

    /** An event that the log confirmed, or one that is being written. */
    public record Event(String stream, String key, String payload) {}

    final String id;
    final int home;
    final long leaseMillis;
    private Phase phase = Phase.BEGINNING;

    /** Events that the log holds, in the order of the writes. */
    private final List<Event> events = new ArrayList<>();

    /** No call that renewed the lease and was confirmed was sent before. */
    private long renewedNanos;

    public TransactionModel(String id, int home, long leaseMillis) {
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

    public List<Event> events() {
        return events;
    }

    public Phase phase() {
        return phase;
    }

    public void setPhase(Phase next) {
        phase = next;
    }

    public long renewedNanos() {
        return renewedNanos;
    }

    public void setRenewedNanos(long nanos) {
        renewedNanos = nanos;
    }

    public String id() {
        return id;
    }

    public long leaseMillis() {
        return leaseMillis;
    }

    @Override
    public String toString() {
        return "transaction " + id + " (" + phase + ", " + events.size() + " events)";
    }
}
