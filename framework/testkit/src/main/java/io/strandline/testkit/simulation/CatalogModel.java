package io.strandline.testkit.simulation;

import io.strandline.PartitionDescription;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is known of the streams of a log. */
final class CatalogModel {

    private final Violations violations;

    /** The newest stream of each name, deleted ones included. */
    private final Map<StreamName, StreamModel> newest = new TreeMap<>();

    private final Map<Long, StreamModel> byPartition = new TreeMap<>();

    /** Names whose creation was asked for and not answered for good. */
    private final Set<StreamName> creating = new HashSet<>();

    private final Set<Long> anonymousWriters = new HashSet<>();

    CatalogModel(Violations violations) {
        this.violations = violations;
    }

    /** Streams that were not asked to be deleted. */
    List<StreamModel> present() {
        List<StreamModel> present = new ArrayList<>();
        for (StreamModel stream : newest.values()) {
            if (!stream.deleting) {
                present.add(stream);
            }
        }
        return present;
    }

    Collection<StreamModel> newest() {
        return newest.values();
    }

    @Nullable
    StreamModel newest(StreamName name) {
        return newest.get(name);
    }

    /** True if a stream of this name may exist. */
    boolean mayExist(StreamName name) {
        StreamModel stream = newest.get(name);
        return creating.contains(name) || (stream != null && !stream.deleted);
    }

    void creating(StreamName name) {
        creating.add(name);
    }

    void created(StreamName name) {
        creating.remove(name);
    }

    /** The log describes a stream: one that is known, or one that was asked for. */
    @Nullable
    StreamModel described(StreamDescription description) {
        StreamModel known = byPartition.get(firstPartition(description));
        if (known != null) {
            known.described(description);
            known.partitionList.forEach(partition -> byPartition.putIfAbsent(partition.id, known));
            return known;
        }
        StreamModel before = newest.get(description.name());
        if (!creating.contains(description.name()) || (before != null && !before.deleting)) {
            violations.report(Invariant.CATALOG_PERSISTS, description + " was not asked for; known is " + before);
            return null;
        }
        StreamModel stream = new StreamModel(description, violations);
        for (PartitionDescription partition : description.partitions()) {
            StreamModel other = byPartition.put(partition.id(), stream);
            violations.require(
                    other == null,
                    Invariant.CATALOG_PERSISTS,
                    () -> "partition " + partition.id() + " of " + description + " belonged to " + other);
        }
        if (before != null) {
            before.deleted = true;
        }
        newest.put(description.name(), stream);
        return stream;
    }

    /** Tells a stream from others that had its name: the first partition that was ever opened for it. */
    private static long firstPartition(StreamDescription description) {
        return description.scalings().isEmpty()
                ? description.partitions().get(0).id()
                : description.scalings().get(0).sealed().get(0).partition().id();
    }

    /** The log knows no stream of this name. */
    void notFound(StreamName name) {
        StreamModel stream = newest.get(name);
        violations.require(
                stream == null || stream.deleting,
                Invariant.CATALOG_PERSISTS,
                () -> stream + " is not found, though nobody asked to delete it");
    }

    void admittedAnonymously(long writer) {
        violations.require(
                anonymousWriters.add(writer),
                Invariant.NO_DUPLICATE,
                () -> "writer number " + writer + " was given twice");
    }

    void lost(int nextLife) {
        for (StreamModel stream : Set.copyOf(byPartition.values())) {
            stream.partitionList.forEach(partition -> partition.lost(nextLife));
        }
    }
}
