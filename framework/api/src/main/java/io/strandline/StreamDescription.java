package io.strandline;

import io.strandline.Scaling.SealedPartition;
import io.strandline.internal.KeyHash;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The catalog's description of a stream.
 *
 * @param name its full name
 * @param partitions its open partitions in ascending order of their key ranges, which cover all keys. Of a sealed stream its last
 *     ones, which are sealed
 * @param scalings every completed change of its partitions, the oldest first. The partitions sealed by them may still
 *     hold events
 * @param exclusive true if each partition takes events only of the writer that claimed it
 */
public record StreamDescription(
        StreamName name, List<PartitionDescription> partitions, List<Scaling> scalings, boolean exclusive) {

    public StreamDescription {
        partitions = List.copyOf(partitions);
        scalings = List.copyOf(scalings);
    }

    /** A stream that any writer may append to. */
    public StreamDescription(StreamName name, List<PartitionDescription> partitions, List<Scaling> scalings) {
        this(name, partitions, scalings, false);
    }

    /** A stream whose partitions never changed, and that any writer may append to. */
    public StreamDescription(StreamName name, List<PartitionDescription> partitions) {
        this(name, partitions, List.of());
    }

    /** True if the stream takes no more events. Its last scaling then sealed all partitions and opened none. */
    public boolean isSealed() {
        return !scalings.isEmpty() && scalings.get(scalings.size() - 1).opened().isEmpty();
    }

    /**
     * Returns the partition with this id, open or sealed.
     *
     * @throws StrandlineException.NotFound if the stream never had such a partition
     */
    public PartitionDescription partition(long id) {
        for (PartitionDescription partition : partitions) {
            if (partition.id() == id) {
                return partition;
            }
        }
        SealedPartition known = sealed(id);
        if (known == null) {
            throw new StrandlineException.NotFound("stream " + name + " has no partition " + id);
        }
        return known.partition();
    }

    /**
     * Returns the open partition that the next event of a routing key goes to, or would go to if the stream were not sealed. A later scaling may move the key to another
     * one; its events are then in the partitions that led to that one too.
     *
     * @throws StrandlineException.Invalid if the key is null, longer than {@value Limits#MAX_KEY_BYTES} bytes
     *     in UTF-8, or no text that UTF-8 can hold
     */
    public PartitionDescription partitionOf(String key) {
        byte[] bytes = Utf8.encode("routing key", key, Limits.MAX_KEY_BYTES);
        long hash = KeyHash.of(bytes, 0, bytes.length);
        for (PartitionDescription partition : partitions) {
            if (partition.keys().contains(hash)) {
                return partition;
            }
        }
        throw new StrandlineException.Corrupt(
                "no open partition of " + name + " takes the hash " + Long.toHexString(hash) + " of key " + key);
    }

    /** All its partitions by their ids, open and sealed. */
    public Map<Long, PartitionDescription> byId() {
        Map<Long, PartitionDescription> all = new HashMap<>();
        scalings.forEach(scaling ->
                scaling.sealed().forEach(parent -> all.put(parent.partition().id(), parent.partition())));
        partitions.forEach(partition -> all.put(partition.id(), partition));
        return all;
    }

    /** True if the stream has or had a partition with this id. */
    public boolean knows(long id) {
        return sealed(id) != null || partitions.stream().anyMatch(partition -> partition.id() == id);
    }

    /** Returns the sealed partition with this id, or null if it is open or unknown. */
    public @Nullable SealedPartition sealed(long id) {
        for (Scaling scaling : scalings) {
            for (SealedPartition parent : scaling.sealed()) {
                if (parent.partition().id() == id) {
                    return parent;
                }
            }
        }
        return null;
    }

    /**
     * The partitions that took over keys of a sealed one, in ascending order of their key ranges. None if it is open or
     * unknown, or was sealed with its stream. They may be sealed by now.
     */
    public List<PartitionDescription> successors(long id) {
        for (Scaling scaling : scalings) {
            for (SealedPartition parent : scaling.sealed()) {
                if (parent.partition().id() == id) {
                    KeyRange keys = parent.partition().keys();
                    return scaling.opened().stream()
                            .filter(opened -> opened.keys().overlaps(keys))
                            .toList();
                }
            }
        }
        return List.of();
    }

    /** The sealed partitions whose keys a partition took over. None if it is one of the first. */
    public List<SealedPartition> predecessors(long id) {
        List<SealedPartition> predecessors = new ArrayList<>();
        for (Scaling scaling : scalings) {
            for (PartitionDescription opened : scaling.opened()) {
                if (opened.id() == id) {
                    scaling.sealed().stream()
                            .filter(parent -> parent.partition().keys().overlaps(opened.keys()))
                            .forEach(predecessors::add);
                }
            }
        }
        return predecessors;
    }

    /** These partitions, and all those from which they took over, directly or through others, in ascending order of ids. */
    public Set<Long> withAncestors(Collection<Long> ids) {
        Set<Long> found = new TreeSet<>(ids);
        // From the newest scaling on, so that each is looked at once.
        for (int i = scalings.size() - 1; i >= 0; i--) {
            for (PartitionDescription opened : scalings.get(i).opened()) {
                if (found.contains(opened.id())) {
                    scalings.get(i).sealed().stream()
                            .map(SealedPartition::partition)
                            .filter(parent -> parent.keys().overlaps(opened.keys()))
                            .forEach(parent -> found.add(parent.id()));
                }
            }
        }
        return found;
    }

    /**
     * Positions in partitions, and the ends of all sealed partitions from which these took over, directly or through others: whoever
     * reads a partition has read all events of those. A position that is given stays as it is.
     *
     * @param offsets partition → offset
     * @return a map that belongs to the caller
     */
    public SortedMap<Long, Long> withAncestorEnds(Map<Long, Long> offsets) {
        SortedMap<Long, Long> whole = new TreeMap<>(offsets);
        Set<Long> passed = withAncestors(offsets.keySet());
        for (Scaling scaling : scalings) {
            for (SealedPartition sealed : scaling.sealed()) {
                if (passed.contains(sealed.partition().id())) {
                    whole.putIfAbsent(sealed.partition().id(), sealed.endOffset());
                }
            }
        }
        return whole;
    }

    /** All partitions that took over from these, directly or through others, in ascending order of ids. */
    public Set<Long> descendants(Collection<Long> ids) {
        Set<Long> found = new TreeSet<>();
        ArrayDeque<Long> open = new ArrayDeque<>(ids);
        while (!open.isEmpty()) {
            for (PartitionDescription successor : successors(open.remove())) {
                if (found.add(successor.id())) {
                    open.add(successor.id());
                }
            }
        }
        return found;
    }
}
