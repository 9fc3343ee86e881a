package io.strandline.log;

import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.ScalingPolicy;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.log.ScalingRecord.StreamScaled;
import io.strandline.log.ScalingRecord.StreamScaling;
import io.strandline.log.ScalingRecord.StreamScalingSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Scopes, streams and writer ids: the part of shard 0's applied state that the whole log shares. */
final class CatalogState {

    /** Most scalings of a stream that are remembered. */
    static final int MAX_SCALINGS = 1_000;

    private static final Comparator<PartitionDescription> BY_KEYS =
            Comparator.comparing(PartitionDescription::keys, KeyRanges.ASCENDING);

    final SortedSet<String> scopes = new TreeSet<>();

    /** Visible streams. */
    final SortedMap<StreamName, StreamDescription> streams = new TreeMap<>();

    /** Streams whose partitions are being opened. */
    final SortedMap<StreamName, StreamDescription> creating = new TreeMap<>();

    /** First partition → stream whose partitions are being dropped; its name may be in use again. */
    final SortedMap<Long, StreamDescription> deleting = new TreeMap<>();

    /** First partition of a stream that is being deleted → its named writers, which the shards still know. */
    private final SortedMap<Long, SortedMap<String, Admission>> writersOfDeleted = new TreeMap<>();

    /** How streams were created and scale, for those that are visible or being opened. */
    final SortedMap<StreamName, StreamScalingSet> scalingSets = new TreeMap<>();

    /** Streams with partitions that are being sealed and opened. */
    final SortedMap<StreamName, StreamScaling> scaling = new TreeMap<>();

    /** {@code scope/stream|writer id} → admission. */
    final SortedMap<String, Admission> writers = new TreeMap<>();

    /** What is kept of those streams of which not everything is. */
    final SortedMap<StreamName, Retention> retentions = new TreeMap<>();

    /** Stream → subscriber → partition → offset behind the last event that it has consumed. */
    final SortedMap<StreamName, SortedMap<String, SortedMap<Long, Long>>> subscribers = new TreeMap<>();

    /** Ids from here on were never used. */
    long nextPartition = 1;

    long nextWriter = 1;

    /**
     * A named writer.
     *
     * @param writer its number in the log
     * @param epoch its newest epoch
     */
    record Admission(long writer, int epoch) {}

    static String writerKey(StreamName stream, String id) {
        return stream + "|" + id;
    }

    private SortedMap<String, Admission> writersByKey(StreamName stream) {
        String prefix = writerKey(stream, "");
        return writers.subMap(prefix, prefix + Character.MAX_VALUE);
    }

    /** The named writers of a stream. */
    List<Admission> writersOf(StreamName stream) {
        return List.copyOf(writersByKey(stream).values());
    }

    /** @throws StrandlineException.NotFound if there is no such scope */
    void requireScope(String scope) {
        if (!scopes.contains(scope)) {
            throw new StrandlineException.NotFound("scope " + scope + " does not exist");
        }
    }

    /** The named writers of a stream that is being deleted. */
    List<Admission> writersOfDeleted(StreamDescription stream) {
        SortedMap<String, Admission> known = writersOfDeleted.get(firstPartition(stream));
        return known == null ? List.of() : List.copyOf(known.values());
    }

    void creating(StreamDescription stream) {
        if (!streams.containsKey(stream.name())) {
            creating.put(stream.name(), stream);
        }
        number(stream.partitions());
    }

    private void number(List<PartitionDescription> partitions) {
        for (PartitionDescription partition : partitions) {
            nextPartition = Math.max(nextPartition, partition.id() + 1);
        }
    }

    void created(StreamName name) {
        StreamDescription stream = creating.remove(name);
        if (stream != null) {
            streams.put(name, stream);
        }
    }

    void deleting(StreamName name) {
        StreamDescription stream = streams.remove(name);
        if (stream != null) {
            deleting.put(firstPartition(stream), stream);
            scalingSets.remove(name);
            scaling.remove(name);
            retentions.remove(name);
            subscribers.remove(name);
            SortedMap<String, Admission> known = writersByKey(name);
            writersOfDeleted.put(firstPartition(stream), new TreeMap<>(known));
            known.clear();
        }
    }

    void deleted(long firstPartition) {
        deleting.remove(firstPartition);
        writersOfDeleted.remove(firstPartition);
    }

    void scalingSet(StreamScalingSet set) {
        if (streams.containsKey(set.stream()) || creating.containsKey(set.stream())) {
            scalingSets.put(set.stream(), set);
        }
    }

    /** How a stream was created and scales; streams of earlier releases have no record of it. */
    StreamScalingSet scalingSet(StreamDescription stream) {
        StreamScalingSet set = scalingSets.get(stream.name());
        return set == null ? new StreamScalingSet(stream.name(), roots(stream).size(), ScalingPolicy.fixed()) : set;
    }

    void scaling(StreamScaling intent) {
        if (streams.containsKey(intent.stream())) {
            scaling.put(intent.stream(), intent);
        }
        number(intent.opened());
    }

    void scaled(StreamScaled done) {
        StreamScaling intent = scaling.remove(done.stream());
        StreamDescription stream = streams.get(done.stream());
        if (intent != null && stream != null) {
            streams.put(done.stream(), after(stream, intent, done));
        }
    }

    private static StreamDescription after(StreamDescription stream, StreamScaling intent, StreamScaled done) {
        Map<Long, PartitionDescription> known = new HashMap<>();
        stream.partitions().forEach(partition -> known.put(partition.id(), partition));
        List<SealedPartition> parents = new ArrayList<>();
        for (int i = 0; i < intent.sealed().size(); i++) {
            PartitionDescription parent =
                    Objects.requireNonNull(known.get(intent.sealed().get(i)));
            parents.add(new SealedPartition(parent, done.endOffsets().get(i)));
        }
        Set<Long> closed = new HashSet<>(intent.sealed());
        List<PartitionDescription> open = new ArrayList<>(intent.opened());
        stream.partitions().stream()
                .filter(partition -> !closed.contains(partition.id()))
                .forEach(open::add);
        open.sort(BY_KEYS);
        List<Scaling> scalings = new ArrayList<>(stream.scalings());
        scalings.removeIf(old ->
                intent.forgotten().contains(old.sealed().get(0).partition().id()));
        scalings.add(new Scaling(done.stamp(), parents, intent.opened()));
        return new StreamDescription(stream.name(), open, scalings, stream.exclusive());
    }

    /** The partitions that no scaling opened, as far as scalings are remembered, in ascending order of their keys. */
    static List<PartitionDescription> roots(StreamDescription stream) {
        Set<Long> opened = new HashSet<>();
        stream.scalings().forEach(scaling -> scaling.opened().forEach(partition -> opened.add(partition.id())));
        return allPartitions(stream).stream()
                .filter(partition -> !opened.contains(partition.id()))
                .sorted(BY_KEYS)
                .toList();
    }

    /** The partitions of a stream, open and sealed. */
    static List<PartitionDescription> allPartitions(StreamDescription stream) {
        List<PartitionDescription> all = new ArrayList<>(stream.partitions());
        stream.scalings().forEach(scaling -> scaling.sealed().forEach(parent -> all.add(parent.partition())));
        return all;
    }

    /** Tells a stream from others that had its name. */
    static long firstPartition(StreamDescription stream) {
        return stream.partitions().get(0).id();
    }

    Retention retention(StreamName name) {
        return retentions.getOrDefault(name, Retention.everything());
    }

    void retain(StreamName name, Retention retention) {
        if (retention.keepsEverything()) {
            retentions.remove(name);
        } else if (streams.containsKey(name) || creating.containsKey(name)) {
            retentions.put(name, retention);
        }
    }

    SortedMap<String, SortedMap<Long, Long>> subscribers(StreamName name) {
        return subscribers.getOrDefault(name, Collections.emptySortedMap());
    }

    void consumed(StreamName name, String subscriber, SortedMap<Long, Long> offsets) {
        if (streams.containsKey(name)) {
            SortedMap<Long, Long> known = subscribers
                    .computeIfAbsent(name, any -> new TreeMap<>())
                    .computeIfAbsent(subscriber, any -> new TreeMap<>());
            offsets.forEach((partition, offset) -> known.merge(partition, offset, Math::max));
        }
    }

    void forgetSubscriber(StreamName name, String subscriber) {
        SortedMap<String, SortedMap<Long, Long>> known = subscribers.get(name);
        if (known != null) {
            known.remove(subscriber);
            if (known.isEmpty()) {
                subscribers.remove(name);
            }
        }
    }

    void admitted(String key, long writer, int epoch) {
        writers.put(key, new Admission(writer, epoch));
        nextWriter = Math.max(nextWriter, writer + 1);
    }

    /** A copy of the maps; what they hold never changes, or is copied too. */
    CatalogState copy() {
        CatalogState copy = new CatalogState();
        copy.scopes.addAll(scopes);
        copy.streams.putAll(streams);
        copy.creating.putAll(creating);
        copy.deleting.putAll(deleting);
        copy.writersOfDeleted.putAll(writersOfDeleted);
        copy.scalingSets.putAll(scalingSets);
        copy.scaling.putAll(scaling);
        copy.writers.putAll(writers);
        copy.retentions.putAll(retentions);
        subscribers.forEach((name, known) -> {
            SortedMap<String, SortedMap<Long, Long>> positions = new TreeMap<>();
            known.forEach((subscriber, offsets) -> positions.put(subscriber, new TreeMap<>(offsets)));
            copy.subscribers.put(name, positions);
        });
        copy.nextPartition = nextPartition;
        copy.nextWriter = nextWriter;
        return copy;
    }

    /** Writes everything up to the end of a journal checkpoint, as control records that make it again. */
    void writeTo(RecordOutput out) {
        out.writeLong(nextPartition);
        out.writeLong(nextWriter);
        List<ControlRecord> records = new ArrayList<>();
        scopes.forEach(scope -> records.add(new ControlRecord.ScopeCreated(scope)));
        // First those that were deleted, because a stream of today may have the name of one.
        deleting.values().forEach(stream -> {
            writeStream(stream, records);
            addWriters(writersOfDeleted.getOrDefault(firstPartition(stream), new TreeMap<>()), records);
            records.add(new ControlRecord.StreamDeleting(stream.name()));
        });
        streams.values().forEach(stream -> writeStream(stream, records));
        creating.values().forEach(stream -> records.add(new ControlRecord.StreamCreating(stream)));
        records.addAll(scalingSets.values());
        records.addAll(scaling.values());
        retentions.forEach((name, retention) -> records.add(new ControlRecord.RetentionSet(name, retention)));
        subscribers.forEach((name, known) -> known.forEach(
                (subscriber, offsets) -> records.add(new ControlRecord.Consumed(name, subscriber, offsets))));
        addWriters(writers, records);
        out.writeBytes(ControlRecord.encode(records));
    }

    private static void addWriters(Map<String, Admission> writers, List<ControlRecord> records) {
        writers.forEach((key, admission) ->
                records.add(new ControlRecord.WriterAdmitted(key, admission.writer(), admission.epoch())));
    }

    /** A stream as it began, and its scalings one after the other. */
    private static void writeStream(StreamDescription stream, List<ControlRecord> records) {
        records.add(new ControlRecord.StreamCreating(
                new StreamDescription(stream.name(), roots(stream), List.of(), stream.exclusive())));
        records.add(new ControlRecord.StreamCreated(stream.name()));
        for (Scaling scaling : stream.scalings()) {
            List<Long> parents = scaling.sealed().stream()
                    .map(parent -> parent.partition().id())
                    .toList();
            List<Long> ends =
                    scaling.sealed().stream().map(SealedPartition::endOffset).toList();
            records.add(new StreamScaling(stream.name(), parents, scaling.opened(), List.of()));
            records.add(new StreamScaled(stream.name(), scaling.stamp(), ends));
        }
    }
}
