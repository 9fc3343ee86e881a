package io.strandline.impl;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The partitions of a {@link FakePort}, and how they came to be. */
final class FakeStream {

    static final StreamName NAME = new StreamName("scope", "stream");

    /** A change of the partitions that is begun and not done. */
    private record Change(List<FakePartition> sealed, List<FakePartition> opened) {}

    private final int shards;
    /** All that there ever were, by their ids from 100 on. */
    private final List<FakePartition> parts = new CopyOnWriteArrayList<>();

    private final List<FakePartition> open = new ArrayList<>();
    private final List<Scaling> scalings = new ArrayList<>();
    private @Nullable Change change;
    volatile boolean exclusive;

    FakeStream(int shards, List<KeyRange> ranges) {
        this.shards = shards;
        ranges.forEach(keys -> newPartition(keys).openEmpty());
        open.addAll(parts);
    }

    private FakePartition newPartition(KeyRange keys) {
        int index = parts.size();
        FakePartition part = new FakePartition(new PartitionDescription(100L + index, index % shards, keys));
        parts.add(part);
        return part;
    }

    List<FakePartition> parts() {
        return parts;
    }

    List<FakePartition> open() {
        return open;
    }

    FakePartition part(PartitionDescription partition) {
        return part(partition.id());
    }

    FakePartition part(long id) {
        return parts.get((int) id - 100);
    }

    StreamDescription description() {
        return new StreamDescription(
                NAME, open.stream().map(part -> part.description).toList(), scalings, exclusive);
    }

    // ---- scaling ----

    boolean isChanging() {
        return change != null;
    }

    /** Seals open partitions. Their successors are not open before {@link #finish}. */
    void begin(Set<Long> seal, List<KeyRange> ranges) {
        List<FakePartition> parents = open.stream()
                .filter(part -> seal.contains(part.description.id()))
                .toList();
        parents.forEach(parent -> parent.sealed = true);
        List<FakePartition> children = new ArrayList<>();
        for (KeyRange keys : ranges) {
            FakePartition child = newPartition(keys);
            parents.forEach(child::inherit);
            children.add(child);
        }
        change = new Change(parents, children);
    }

    /** Begins to split an open partition, or to merge two neighbours, as chance has it. */
    void beginAtRandom(Random random) {
        int index = random.nextInt(open.size());
        KeyRange keys = open.get(index).keys();
        if (open.size() > 1 && (open.size() > 8 || random.nextBoolean())) {
            int left = Math.min(index, open.size() - 2);
            FakePartition a = open.get(left);
            FakePartition b = open.get(left + 1);
            begin(
                    Set.of(a.description.id(), b.description.id()),
                    List.of(new KeyRange(a.keys().from(), b.keys().to())));
        } else {
            long middle = keys.from() + ((keys.to() - keys.from()) >>> 1);
            begin(
                    Set.of(open.get(index).description.id()),
                    List.of(new KeyRange(keys.from(), middle), new KeyRange(middle + 1, keys.to())));
        }
    }

    void finish(long stamp) {
        Change done = Objects.requireNonNull(change);
        change = null;
        open.removeAll(done.sealed);
        open.addAll(done.opened);
        open.sort((a, b) -> Long.compareUnsigned(a.keys().from(), b.keys().from()));
        scalings.add(new Scaling(
                stamp,
                done.sealed.stream()
                        .map(part -> new Scaling.SealedPartition(part.description, part.end))
                        .toList(),
                done.opened.stream().map(part -> part.description).toList()));
    }

    // ---- cuts ----

    /** The oldest partitions that hold something, as the contract of the start cut says. */
    SortedMap<Long, Long> startOffsets() {
        TreeMap<Long, Long> offsets = new TreeMap<>();
        Set<Long> opened = new HashSet<>();
        scalings.forEach(scaling -> scaling.opened().forEach(partition -> opened.add(partition.id())));
        parts.stream().filter(part -> !opened.contains(part.description.id())).forEach(part -> {
            if (change == null || !change.opened.contains(part)) {
                offsets.put(part.description.id(), part.start);
            }
        });
        for (Scaling scaling : scalings) {
            boolean empty = scaling.sealed().stream().allMatch(parent -> {
                FakePartition part = part(parent.partition());
                return part.start == part.end
                        && offsets.containsKey(parent.partition().id());
            });
            if (empty) {
                scaling.sealed()
                        .forEach(parent -> offsets.remove(parent.partition().id()));
                scaling.opened().forEach(child -> offsets.put(child.id(), part(child).start));
            }
        }
        return offsets;
    }

    SortedMap<Long, Long> endOffsets() {
        TreeMap<Long, Long> offsets = new TreeMap<>();
        open.forEach(part -> offsets.put(part.description.id(), part.end));
        return offsets;
    }
}
