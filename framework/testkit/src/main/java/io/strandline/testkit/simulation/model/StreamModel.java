package io.strandline.testkit.simulation.model;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.ScalingPolicy;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.spi.WriterGrant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A stream from its creation to its deletion. A stream of the same name that is created later is another one. */
public final class StreamModel {

    /** The newest that was seen. */
    private StreamDescription description;

    /** Number of scalings → how it was described. */
    private final Map<Integer, StreamDescription> descriptions = new HashMap<>();

    private final Violations violations;
    private final Map<Long, PartitionModel> partitions = new TreeMap<>();

    /** Open and sealed partitions, successors after their predecessors. */
    private final List<PartitionModel> partitionList = new ArrayList<>();

    /** The scaling that was asked for and not refused for good, if there is one. */
    private @Nullable AskedScaling scaling;

    private @Nullable AskedScaling newestAsked;

    /** Its deletion was asked for: it may be gone. */
    boolean deleting;

    boolean deleted;

    /** Writer id → how many times it was asked to be admitted or retired: what may have fenced earlier ones. */
    private final Map<String, Integer> fencings = new HashMap<>();

    /** What may be removed of it. */
    final RetentionModel retention;

    private final ScalingPolicy policy;

    /**
     * @param options with which it was created
     * @param newestMillis the newest reading of the clock that the log had
     */
    StreamModel(
            StreamDescription description, StreamOptions options, LongSupplier newestMillis, Violations violations) {
        this.violations = violations;
        this.policy = options.getScaling();
        this.retention = new RetentionModel(this, options.getRetention(), newestMillis);
        this.description = atFirst(description);
        descriptions.put(0, this.description);
        this.description.partitions().forEach(partition -> add(partition, List.of()));
        if (isGoverned()) {
            described(description);
        }
    }

    /** How a stream was before it was scaled for the first time. */
    private static StreamDescription atFirst(StreamDescription description) {
        if (description.scalings().isEmpty()) {
            return description;
        }
        List<PartitionDescription> first = new ArrayList<>(description.partitions());
        description.scalings().forEach(scaling -> scaling.sealed().forEach(parent -> first.add(parent.partition())));
        description.scalings().forEach(scaling -> first.removeAll(scaling.opened()));
        first.sort((a, b) -> Long.compareUnsigned(a.keys().from(), b.keys().from()));
        return new StreamDescription(description.name(), first);
    }

    private void add(PartitionDescription partition, List<PartitionModel> predecessors) {
        PartitionModel model = new PartitionModel(partition, predecessors, retention, violations);
        partitions.put(partition.id(), model);
        partitionList.add(model);
    }

    public StreamDescription description() {
        return description;
    }

    /** Options with which it exists. */
    public StreamOptions options() {
        return new StreamOptions()
                .setPartitions(
                        Objects.requireNonNull(descriptions.get(0)).partitions().size())
                .setScaling(policy)
                .setRetention(retention.rule());
    }

    /** True if it scales by itself. */
    public boolean isGoverned() {
        return policy.kind() != ScalingPolicy.Kind.FIXED;
    }

    public PartitionModel partition(long id) {
        PartitionModel partition = partitions.get(id);
        if (partition == null) {
            throw new IllegalArgumentException("partition " + id + " is none of " + this);
        }
        return partition;
    }

    /** An open partition, as far as is known. */
    public List<PartitionModel> open() {
        return description.partitions().stream()
                .map(partition -> partition(partition.id()))
                .toList();
    }

    // ---- scaling

    /** A scaling is requested. Returns whether it was requested before, so that it may be done by now. */
    public boolean scaling(AskedScaling asked) {
        boolean again = asked.equals(newestAsked);
        if (!again) {
            newestAsked = asked;
            scaling = asked;
        }
        return again;
    }

    /** True if a scaling is asked for whose outcome nobody has seen. */
    public boolean mayScale() {
        return scaling != null;
    }

    public boolean mayBeSealed(long partition) {
        return isGoverned()
                || partition(partition).bounds.sealedAt() >= 0
                || description.sealed(partition) != null
                || (scaling != null && scaling.seal().contains(partition));
    }

    /** The log describes the stream, as it is or as it was when it was asked. */
    void described(StreamDescription found) {
        int scalings = found.scalings().size();
        int known = description.scalings().size();
        if (scalings <= known) {
            StreamDescription then = descriptions.getOrDefault(scalings, found);
            violations.require(
                    then.equals(found), Invariant.CATALOG_PERSISTS, () -> then + " is described as " + found);
            return;
        }
        AskedScaling asked = scaling;
        if (!isGoverned() && (asked == null || scalings > known + 1)) {
            violations.report(Invariant.CATALOG_PERSISTS, description + " is described as " + found);
            return;
        }
        violations.require(
                found.scalings().subList(0, known).equals(description.scalings())
                        && (asked == null || isAskedFor(found.scalings().get(known), asked)),
                Invariant.CATALOG_PERSISTS,
                () -> description + " was to be scaled by " + asked + " and is described as " + found);
        found.scalings().subList(known, scalings).forEach(done -> scaled(done, found));
        scaling = null;
        description = found;
        descriptions.put(scalings, found);
        requireWithinPolicy();
    }

    private void scaled(Scaling done, StreamDescription found) {
        done.sealed()
                .forEach(parent -> partition(parent.partition().id()).bounds.sealedAt(parent.endOffset()));
        for (PartitionDescription opened : done.opened()) {
            add(
                    opened,
                    found.predecessors(opened.id()).stream()
                            .map(parent -> partition(parent.partition().id()))
                            .toList());
        }
    }

    /**
     * Splits make no more partitions, and merges no fewer, than the policy says. A stream may have begun outside of it.
     */
    private void requireWithinPolicy() {
        if (isGoverned()) {
            int first = Objects.requireNonNull(descriptions.get(0)).partitions().size();
            int now = description.partitions().size();
            violations.require(
                    now >= Math.min(first, policy.minPartitions()) && now <= Math.max(first, policy.maxPartitions()),
                    Invariant.CATALOG_PERSISTS,
                    () -> this + " was created with " + first + " partitions, and has " + now + " by " + policy);
        }
    }

    private static boolean isAskedFor(Scaling done, AskedScaling asked) {
        Set<Long> sealed = new TreeSet<>();
        done.sealed().forEach(parent -> sealed.add(parent.partition().id()));
        return sealed.equals(asked.seal())
                && done.opened().stream()
                        .map(PartitionDescription::keys)
                        .toList()
                        .equals(asked.open());
    }

    /** The slots of a grant are the ranges that follow from the scalings. */
    public void requireSlots(WriterGrant grant) {
        List<KeyRange> expected = new ArrayList<>();
        grant.stream().partitions().forEach(partition -> expected.addAll(partition(partition.id()).ranges));
        List<KeyRange> found =
                grant.slots().stream().map(WriterGrant.Slot::keys).toList();
        violations.require(
                expected.equals(found),
                Invariant.CATALOG_PERSISTS,
                () -> "slots of " + this + " have keys " + found + ", expected " + expected);
    }

    /** The log calls a batch a duplicate. */
    public void duplicate(SentBatch batch, long holder, long offset) {
        PartitionModel own = partition(batch.partition);
        own.duplicate(batch, holder == 0 ? own : partition(holder), offset);
    }

    // ---- cuts

    /** What a cut says of the partitions before those that it names, too: that all of them is before it. */
    SortedMap<Long, Long> withAllBefore(SortedMap<Long, Long> cut) {
        SortedMap<Long, Long> all = new TreeMap<>(cut);
        Set<PartitionModel> before = new HashSet<>();
        cut.keySet().forEach(id -> partition(id).addAllBefore(before));
        before.forEach(partition -> all.putIfAbsent(partition.id, partition.bounds.sealedAt()));
        return all;
    }

    /** The stream is to be cut: what is before a partition that the cut names may go as a whole. */
    public void truncating(SortedMap<Long, Long> cut) {
        withAllBefore(cut).forEach((id, offset) -> partition(id).bounds.truncating(offset));
    }

    public SortedMap<Long, Long> startsSeen() {
        SortedMap<Long, Long> starts = new TreeMap<>();
        partitionList.forEach(partition -> starts.put(partition.id, partition.bounds.startSeen()));
        return starts;
    }

    /**
     * The log tells where the stream starts.
     *
     * @param before what was known of that when it was asked
     * @param isTold true if nothing that concerns retention was on its way then
     */
    public void starts(StreamCut cut, SortedMap<Long, Long> before, boolean isTold) {
        known(cut).forEach((id, start) -> {
            partition(id).bounds.seenStart(start, before.getOrDefault(id, 0L));
            if (isTold) {
                retention.told(id, start);
            }
        });
    }

    /**
     * The log tells where the open partitions end.
     *
     * @param before what was known of that when it was asked
     */
    public void ends(StreamCut cut, SortedMap<Long, Long> before) {
        known(cut).forEach((id, end) -> {
            violations.require(
                    end >= before.getOrDefault(id, 0L),
                    Invariant.SEEN_IS_DURABLE,
                    () -> "the end cut passes partition " + id + " at " + end + ", seen was " + before.get(id));
            partition(id).bounds.seenEnd(end);
        });
    }

    /** Leaves out what a policy, or a scaling that was asked for, has opened since the stream was last described. */
    private SortedMap<Long, Long> known(StreamCut cut) {
        SortedMap<Long, Long> known = new TreeMap<>(cut.offsets());
        if (isGoverned() || scaling != null) {
            known.keySet().retainAll(partitions.keySet());
        }
        return known;
    }

    /** All partitions were read in full, and nothing is on its way. */
    public void wasReadInFull() {
        for (PartitionModel partition : partitionList) {
            partition.bounds.settleStart();
            retention.told(partition.id, partition.bounds.startSeen());
        }
    }

    /** Events that are removed, and that nobody truncated. */
    public long eventsRetired() {
        return partitionList.stream()
                .mapToLong(partition -> Math.max(0, partition.bounds.startSeen() - partition.bounds.startRequested()))
                .sum();
    }

    /** Most bytes that it may hold, with all indexes. */
    long mostBytes() {
        return partitionList.stream().mapToLong(PartitionModel::mostBytes).sum();
    }

    public void requireSubscribers(SortedMap<String, StreamCut> found) {
        SortedMap<String, SortedMap<Long, Long>> offsets = new TreeMap<>();
        found.forEach((subscriber, cut) -> {
            SortedMap<Long, Long> whole = withAllBefore(cut.offsets());
            whole.values().removeIf(offset -> offset == 0);
            offsets.put(subscriber, whole);
        });
        violations.require(
                offsets.equals(retention.subscribers()),
                Invariant.CATALOG_PERSISTS,
                () -> "subscribers of " + this + " are " + offsets + ", expected " + retention.subscribers());
    }

    public StreamName name() {
        return description.name();
    }

    /** Counts a call that fences writers of this id if it succeeds. Returns its number. */
    public int fencing(String id) {
        return fencings.merge(id, 1, Integer::sum);
    }

    /** True if a later call than number {@code since} may have fenced writers of this id. */
    public boolean mayBeFenced(String id, int since) {
        return fencings.getOrDefault(id, 0) > since;
    }

    public RetentionModel retention() {
        return retention;
    }

    /** Open and sealed partitions, successors after their predecessors. */
    public List<PartitionModel> partitionList() {
        return partitionList;
    }

    /** From now on it may be gone. */
    public void askToDelete() {
        deleting = true;
    }

    /** Its deletion was acknowledged, or it was found to be gone. */
    public void setDeleted() {
        deleted = true;
    }

    public boolean deleting() {
        return deleting;
    }

    public boolean deleted() {
        return deleted;
    }

    @Override
    public String toString() {
        return name() + " with partitions " + partitions.keySet()
                + (deleted ? " deleted" : deleting ? " deleting" : "");
    }
}
