package io.strandline.testkit.simulation;

import io.strandline.PartitionDescription;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A stream from its creation to its deletion; one of the same name that is created later is another. */
final class StreamModel {

    final StreamDescription description;
    final Map<Long, PartitionModel> partitions = new TreeMap<>();
    final List<PartitionModel> partitionList;

    /** Its deletion was asked for: it may be gone. */
    boolean deleting;

    /** Its deletion was acknowledged, or it was found to be gone. */
    boolean deleted;

    /** Writer id → how many times it was asked to be admitted or retired: what may have fenced earlier ones. */
    private final Map<String, Integer> fencings = new HashMap<>();

    StreamModel(StreamDescription description, Violations violations) {
        this.description = description;
        for (PartitionDescription partition : description.partitions()) {
            partitions.put(partition.id(), new PartitionModel(partition, violations));
        }
        this.partitionList = new ArrayList<>(partitions.values());
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
