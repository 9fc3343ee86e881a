package io.strandline.testkit.simulation;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.spi.WriterGrant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A stream from its creation to its deletion; one of the same name that is created later is another. */
final class StreamModel {

    /** The newest that was seen. */
    private StreamDescription description;

    /** How it was described, by number of scalings. */
    private final List<StreamDescription> descriptions = new ArrayList<>();

    private final Violations violations;
    private final Map<Long, PartitionModel> partitions = new TreeMap<>();

    /** Open and sealed ones, those that took over behind those before. */
    final List<PartitionModel> partitionList = new ArrayList<>();

    /** The scaling that was asked for and not refused for good, if there is one. */
    private @Nullable AskedScaling scaling;

    private @Nullable AskedScaling newestAsked;

    /** Its deletion was asked for: it may be gone. */
    boolean deleting;

    /** Its deletion was acknowledged, or it was found to be gone. */
    boolean deleted;

    /** Writer id → how many times it was asked to be admitted or retired: what may have fenced earlier ones. */
    private final Map<String, Integer> fencings = new HashMap<>();

    /** A scaling that was asked for. */
    record AskedScaling(Set<Long> seal, List<KeyRange> open) {}

    StreamModel(StreamDescription description, Violations violations) {
        this.description = description;
        this.violations = violations;
        descriptions.add(description);
        description.partitions().forEach(partition -> add(partition, List.of()));
    }

    private void add(PartitionDescription partition, List<PartitionModel> predecessors) {
        PartitionModel model = new PartitionModel(partition, predecessors, violations);
        partitions.put(partition.id(), model);
        partitionList.add(model);
    }

    StreamDescription description() {
        return description;
    }

    /** Number of partitions that it was created with. */
    int partitionsAtFirst() {
        return descriptions.get(0).partitions().size();
    }

    PartitionModel partition(long id) {
        PartitionModel partition = partitions.get(id);
        if (partition == null) {
            throw new IllegalArgumentException("partition " + id + " is none of " + this);
        }
        return partition;
    }

    /** An open partition, as far as is known. */
    List<PartitionModel> open() {
        return description.partitions().stream()
                .map(partition -> partition(partition.id()))
                .toList();
    }

    // ---- scaling

    /** A scaling is asked for; returns whether it was before, so that it may be done by now. */
    boolean scaling(AskedScaling asked) {
        boolean again = asked.equals(newestAsked);
        if (!again) {
            newestAsked = asked;
            scaling = asked;
        }
        return again;
    }

    /** True if a scaling is asked for whose outcome nobody has seen. */
    boolean mayScale() {
        return scaling != null;
    }

    boolean mayBeSealed(long partition) {
        return partition(partition).sealedAt() >= 0
                || description.sealed(partition) != null
                || (scaling != null && scaling.seal().contains(partition));
    }

    /** The log describes the stream, as it is or as it was when it was asked. */
    void described(StreamDescription found) {
        int scalings = found.scalings().size();
        if (scalings < descriptions.size()) {
            StreamDescription known = descriptions.get(scalings);
            violations.require(
                    known.equals(found), Invariant.CATALOG_PERSISTS, () -> known + " is described as " + found);
            return;
        }
        AskedScaling asked = scaling;
        if (asked == null || scalings > descriptions.size()) {
            violations.report(Invariant.CATALOG_PERSISTS, description + " is described as " + found);
            return;
        }
        Scaling done = found.scalings().get(scalings - 1);
        violations.require(
                isAskedFor(done, asked)
                        && found.scalings().subList(0, scalings - 1).equals(description.scalings()),
                Invariant.CATALOG_PERSISTS,
                () -> description + " was to be scaled by " + asked + " and is described as " + found);
        done.sealed().forEach(parent -> partition(parent.partition().id()).sealedAt(parent.endOffset()));
        for (PartitionDescription opened : done.opened()) {
            add(
                    opened,
                    found.predecessors(opened.id()).stream()
                            .map(parent -> partition(parent.partition().id()))
                            .toList());
        }
        scaling = null;
        description = found;
        descriptions.add(found);
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
    void requireSlots(WriterGrant grant) {
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
    void duplicate(SentBatch batch, long holder, long offset) {
        PartitionModel own = partition(batch.partition);
        own.duplicate(batch, holder == 0 ? own : partition(holder), offset);
    }

    StreamName name() {
        return description.name();
    }

    /** Counts a call that fences writers of this id if it succeeds; returns its number. */
    int fencing(String id) {
        return fencings.merge(id, 1, Integer::sum);
    }

    /** True if a later call than number {@code since} may have fenced writers of this id. */
    boolean mayBeFenced(String id, int since) {
        return fencings.getOrDefault(id, 0) > since;
    }

    @Override
    public String toString() {
        return name() + " with partitions " + partitions.keySet()
                + (deleted ? " deleted" : deleting ? " deleting" : "");
    }
}
