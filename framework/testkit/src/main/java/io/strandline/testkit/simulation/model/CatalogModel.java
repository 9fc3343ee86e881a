package io.strandline.testkit.simulation.model;

import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What is known of the streams of a log. */
public final class CatalogModel {

    private final Violations violations;

    /** The newest stream of each name, deleted ones included. */
    private final Map<StreamName, StreamModel> newest = new TreeMap<>();

    private final Map<Long, StreamModel> byPartition = new TreeMap<>();

    /** Name → options, of streams whose creation was asked for and not answered for good. */
    private final Map<StreamName, StreamOptions> creating = new HashMap<>();

    private final Set<Long> anonymousWriters = new HashSet<>();

    private final LongSupplier newestMillis;

    /** @param newestMillis the newest reading of the clock that the log had */
    public CatalogModel(LongSupplier newestMillis, Violations violations) {
        this.newestMillis = newestMillis;
        this.violations = violations;
    }

    /** Streams that were not asked to be deleted. */
    public List<StreamModel> present() {
        List<StreamModel> present = new ArrayList<>();
        for (StreamModel stream : newest.values()) {
            if (!stream.deleting) {
                present.add(stream);
            }
        }
        return present;
    }

    public Collection<StreamModel> newest() {
        return newest.values();
    }

    @Nullable
    public StreamModel newest(StreamName name) {
        return newest.get(name);
    }

    /** True if a stream of this name may exist. */
    boolean mayExist(StreamName name) {
        StreamModel stream = newest.get(name);
        return creating.containsKey(name) || (stream != null && !stream.deleted);
    }

    public void creating(StreamName name, StreamOptions options) {
        creating.put(name, options);
    }

    public void created(StreamName name) {
        creating.remove(name);
    }

    /** The log describes a stream: one that is known, or one that was asked for. */
    @Nullable
    public StreamModel described(StreamDescription description) {
        StreamModel known = byPartition.get(firstPartition(description));
        if (known != null) {
            known.described(description);
            known.partitionList().forEach(partition -> byPartition.putIfAbsent(partition.id, known));
            return known;
        }
        StreamModel before = newest.get(description.name());
        StreamOptions options = creating.get(description.name());
        if (options == null || (before != null && !before.deleting)) {
            violations.report(Invariant.CATALOG_PERSISTS, description + " was not asked for; known is " + before);
            return null;
        }
        StreamModel stream = new StreamModel(description, options, newestMillis, violations);
        for (PartitionModel partition : stream.partitionList()) {
            StreamModel other = byPartition.put(partition.id, stream);
            violations.require(
                    other == null,
                    Invariant.CATALOG_PERSISTS,
                    () -> "partition " + partition.id + " of " + description + " belonged to " + other);
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
    public void notFound(StreamName name) {
        StreamModel stream = newest.get(name);
        violations.require(
                stream == null || stream.deleting,
                Invariant.CATALOG_PERSISTS,
                () -> stream + " is not found, though nobody asked to delete it");
    }

    public void admittedAnonymously(long writer) {
        violations.require(
                anonymousWriters.add(writer),
                Invariant.NO_DUPLICATE,
                () -> "writer number " + writer + " was given twice");
    }

    /** Adds up what a number is of all streams that there ever were. */
    public long sum(ToLongFunction<StreamModel> number) {
        return Set.copyOf(byPartition.values()).stream().mapToLong(number).sum();
    }

    public void lost(int nextLife) {
        for (StreamModel stream : Set.copyOf(byPartition.values())) {
            stream.partitionList().forEach(partition -> partition.lost(nextLife));
        }
    }
}
