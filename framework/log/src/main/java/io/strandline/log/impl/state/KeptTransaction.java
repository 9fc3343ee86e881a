package io.strandline.log.impl.state;

import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is durable of a transaction that is not finished. */
public final class KeptTransaction {

    private final String id;
    private final long leaseMillis;
    private final List<TransactionWrite> writes = new ArrayList<>();
    private final Map<StreamName, PartSetAside> setAside = new LinkedHashMap<>();
    private long events;
    private long bytes;

    /** 0 while it is open. */
    private long decision;

    KeptTransaction(String id, long leaseMillis) {
        this.id = id;
        this.leaseMillis = leaseMillis;
    }

    public String id() {
        return id;
    }

    public long leaseMillis() {
        return leaseMillis;
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

    /** The streams whose part was refused for good, and why. */
    public Collection<PartSetAside> setAside() {
        return Collections.unmodifiableCollection(setAside.values());
    }

    public boolean isSetAside(StreamName stream) {
        return setAside.containsKey(stream);
    }

    void setAside(PartSetAside part) {
        setAside.put(part.stream(), part);
    }
}
