package io.strandline.log.impl.state;

import io.strandline.StreamName;
import io.strandline.Transactions.PartSetAside;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is durable of a transaction that is not finished. */
public final class KeptTransaction {

    private final String id;
    private final long leaseMillis;
    private final String owner;
    private final List<TransactionWrite> writes = new ArrayList<>();

    /** The streams whose part was set aside, and why. Those that were dropped since are among them. */
    private final Map<StreamName, String> setAside = new LinkedHashMap<>();

    private final Set<StreamName> dropped = new HashSet<>();
    private long events;
    private long bytes;

    /** 0 while it is open. */
    private long decision;

    KeptTransaction(String id, long leaseMillis, String owner) {
        this.id = id;
        this.leaseMillis = leaseMillis;
        this.owner = owner;
    }

    public String id() {
        return id;
    }

    public long leaseMillis() {
        return leaseMillis;
    }

    /** Who has begun it. Empty for nobody. */
    public String owner() {
        return owner;
    }

    /** Its events, in the order of the writes. */
    public List<TransactionWrite> writes() {
        return Collections.unmodifiableList(writes);
    }

    public long events() {
        return events;
    }

    /** Bytes of its records. */
    public long bytes() {
        return bytes;
    }

    public boolean isDecided() {
        return decision > 0;
    }

    /** Position among the commits of its home shard, from 1. 0 while the transaction is open. */
    public long decision() {
        return decision;
    }

    /** Adds a write, unless it is a repeat. */
    void add(TransactionWrite write) {
        if (write.sequence() == writes.size()) {
            writes.add(write);
            events += write.events();
            bytes += write.records().length;
        }
    }

    void decide(long number) {
        decision = number;
    }

    /** The streams whose part was refused for good, and why. Parts that were dropped since are among them. */
    public Map<StreamName, String> setAside() {
        return Collections.unmodifiableMap(setAside);
    }

    /** The streams whose part was refused for good and then dropped. */
    public Set<StreamName> dropped() {
        return Collections.unmodifiableSet(dropped);
    }

    /** The parts that were refused for good and not dropped. */
    public List<PartSetAside> partsSetAside() {
        return setAside.entrySet().stream()
                .filter(part -> !dropped.contains(part.getKey()))
                .map(part -> new PartSetAside(id, part.getKey(), eventsFor(part.getKey()), part.getValue()))
                .toList();
    }

    private long eventsFor(StreamName stream) {
        return writes.stream()
                .filter(write -> write.stream().equals(stream))
                .mapToLong(TransactionWrite::events)
                .sum();
    }

    void setAside(StreamName stream, String why) {
        setAside.put(stream, why);
    }

    void drop(StreamName stream) {
        if (setAside.containsKey(stream)) {
            dropped.add(stream);
        }
    }
}
