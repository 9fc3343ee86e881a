package io.strandline.testkit.simulation.model;

import io.strandline.Retention;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/**
 * What the log may have removed of one stream without being asked for just that: by the rules that may be in force, and the
 * subscribers that it may know.
 *
 * <p>It says how far a partition may be cut at most. What a rule allowed before it was replaced is allowed until the log has
 * told where the partition starts after that.
 */
public final class RetentionModel {

    private static final long ANYWHERE = Long.MAX_VALUE;

    private final StreamModel stream;

    /** The newest reading of the clock that the log had, milliseconds since 1970. */
    private final LongSupplier newestMillis;

    /** One of them is in force. */
    private final Set<Retention> rules = new LinkedHashSet<>();

    private final SortedMap<String, Subscriber> subscribers = new TreeMap<>();

    /** Partition → how far rules and subscribers of before allowed to cut it. */
    private final Map<Long, Long> before = new HashMap<>();

    /** A subscriber that was noted, or may have been. */
    private static final class Subscriber {

        /** Partition → the furthest offset that was noted, or may have been. */
        private final SortedMap<Long, Long> consumed = new TreeMap<>();

        /** Its first note was confirmed, and nobody asked to forget it. */
        private boolean isCertain;

        long consumedUpTo(long partition) {
            return consumed.getOrDefault(partition, 0L);
        }
    }

    RetentionModel(StreamModel stream, Retention atFirst, LongSupplier newestMillis) {
        this.stream = stream;
        this.newestMillis = newestMillis;
        rules.add(atFirst);
    }

    /** The rule that is in force, if no change is on its way. */
    Retention rule() {
        return rules.iterator().next();
    }

    // ---- what clients do

    public void ruling(Retention rule) {
        rules.add(rule);
    }

    public void ruled(Retention rule) {
        allowUntilTold();
        rules.clear();
        rules.add(rule);
    }

    public void noting(String subscriber, SortedMap<Long, Long> cut) {
        SortedMap<Long, Long> consumed = subscribers.computeIfAbsent(subscriber, any -> new Subscriber()).consumed;
        stream.withAllBefore(cut).forEach((id, offset) -> consumed.merge(id, offset, Math::max));
    }

    public void noted(String subscriber) {
        Subscriber known = subscribers.get(subscriber);
        if (known != null && !known.isCertain) {
            allowUntilTold();
            known.isCertain = true;
        }
    }

    public void forgetting(String subscriber) {
        Subscriber known = subscribers.get(subscriber);
        if (known != null) {
            known.isCertain = false;
        }
    }

    public void forgotten(String subscriber) {
        allowUntilTold();
        subscribers.remove(subscriber);
    }

    /** Subscriber → partition → offset, as the log must have it if no call is in flight. Without offsets of 0. */
    SortedMap<String, SortedMap<Long, Long>> subscribers() {
        SortedMap<String, SortedMap<Long, Long>> all = new TreeMap<>();
        subscribers.forEach((name, known) -> {
            SortedMap<Long, Long> consumed = new TreeMap<>(known.consumed);
            consumed.values().removeIf(offset -> offset == 0);
            all.put(name, consumed);
        });
        return all;
    }

    private void allowUntilTold() {
        for (PartitionModel partition : stream.partitionList()) {
            before.merge(partition.id, allowedNow(partition), Math::max);
        }
    }

    /** The log tells where a partition starts, and knows everything that it was told. */
    void told(long partition, long start) {
        before.put(partition, start);
    }

    // ---- what the log may do

    /** Most offset at which a partition may start. */
    long allowed(PartitionModel partition) {
        return Math.max(before.getOrDefault(partition.id, 0L), allowedNow(partition));
    }

    private long allowedNow(PartitionModel partition) {
        return rules.stream().mapToLong(rule -> allowed(rule, partition)).max().orElse(0);
    }

    private long allowed(Retention rule, PartitionModel partition) {
        long due = 0;
        if (rule.maxAgeMillis() > 0) {
            due = partition.baseOfFirstFrom(newestMillis.getAsLong() - rule.maxAgeMillis());
        }
        if (rule.maxBytes() > 0 && stream.mostBytes() > rule.maxBytes()) {
            due = ANYWHERE;
        }
        if (!rule.untilConsumed()) {
            return due;
        }
        if (rule.hardBytes() > 0 && stream.mostBytes() > rule.hardBytes()) {
            return ANYWHERE;
        }
        boolean alone = rule.maxAgeMillis() == 0 && rule.maxBytes() == 0;
        long consumed = consumedUpTo(partition.id);
        return alone ? consumed : Math.min(due, consumed);
    }

    /** The furthest that all subscribers have consumed a partition, whichever of the uncertain ones there are. */
    private long consumedUpTo(long partition) {
        boolean isAnyCertain = subscribers.values().stream().anyMatch(known -> known.isCertain);
        LongStream offsets = subscribers.values().stream()
                .filter(known -> known.isCertain || !isAnyCertain)
                .mapToLong(known -> known.consumedUpTo(partition));
        return (isAnyCertain ? offsets.min() : offsets.max()).orElse(0);
    }

    /** Most bytes that the stream may hold when everything is quiet, 0 for no bound. */
    public long bound() {
        Retention rule = rule();
        return rule.untilConsumed() ? rule.hardBytes() : rule.maxBytes();
    }

    /** True if everything leaves that is old enough. */
    public boolean isByAge() {
        return rule().maxAgeMillis() > 0 && !rule().untilConsumed();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("rules ");
        rules.forEach(rule -> text.append(rule.toJson().encode()).append(' '));
        subscribers.forEach((name, known) -> text.append(name)
                .append(known.isCertain ? "" : "?")
                .append(known.consumed)
                .append(' '));
        return text.append("before ").append(before).toString();
    }
}
