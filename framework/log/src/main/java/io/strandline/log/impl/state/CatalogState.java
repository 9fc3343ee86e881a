package io.strandline.log.impl.state;

import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.ScalingPolicy;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
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
import org.jspecify.annotations.Nullable;

/** Scopes, streams and writer ids: the part of shard 0's applied state that the whole log shares. */
public final class CatalogState {

    /** Most scalings of a stream that are remembered. */
    public static final int MAX_SCALINGS = 1_000;

    private static final Comparator<PartitionDescription> BY_KEYS =
            Comparator.comparing(PartitionDescription::keys, KeyRanges.ASCENDING);

    final SortedSet<String> scopes = new TreeSet<>();

    /** Visible streams. */
    final SortedMap<StreamName, StreamDescription> streams = new TreeMap<>();

    /** Streams whose partitions are being opened. */
    final SortedMap<StreamName, StreamDescription> creating = new TreeMap<>();

    /** First partition → stream whose partitions are being dropped. The name of the stream may be in use again. */
    final SortedMap<Long, StreamDescription> deleting = new TreeMap<>();

    /** First partition of a stream that is being deleted → its named writers, which the shards still know. */
    private final SortedMap<Long, SortedMap<String, Admission>> writersOfDeleted = new TreeMap<>();

    /** How streams were created and scale, for those that are visible or being opened. */
    final SortedMap<StreamName, ScalingSettings> scalingSets = new TreeMap<>();

    /** Streams with partitions that are being sealed and opened. */
    final SortedMap<StreamName, ScalingIntent> scaling = new TreeMap<>();

    /** Streams that take no new writers and transactions: those that are sealed, and those that are being sealed. */
    final SortedSet<StreamName> sealing = new TreeSet<>();

    /** {@code scope/stream|writer id} → admission. */
    final SortedMap<String, Admission> writers = new TreeMap<>();

    /** Retention rules of the streams that do not keep everything. */
    final SortedMap<StreamName, Retention> retentions = new TreeMap<>();

    /**
     * Stream → subscriber → partition → offset after the last event that the subscriber has consumed. No more positions than
     * {@link ConsumedPositions} needs.
     */
    final SortedMap<StreamName, SortedMap<String, SortedMap<Long, Long>>> subscribers = new TreeMap<>();

    /** Ids from here on were never used. */
    long nextPartition = 1;

    long nextWriter = 1;

    public SortedSet<String> scopes() {
        return scopes;
    }

    public SortedMap<StreamName, StreamDescription> streams() {
        return streams;
    }

    public SortedMap<Long, StreamDescription> deleting() {
        return deleting;
    }

    public SortedMap<StreamName, StreamDescription> creating() {
        return creating;
    }

    public SortedMap<StreamName, ScalingIntent> scaling() {
        return scaling;
    }

    public SortedSet<StreamName> sealing() {
        return sealing;
    }

    public long nextPartition() {
        return nextPartition;
    }

    public SortedMap<StreamName, ScalingSettings> scalingSets() {
        return scalingSets;
    }

    public SortedMap<StreamName, Retention> retentions() {
        return retentions;
    }

    public SortedMap<StreamName, SortedMap<String, SortedMap<Long, Long>>> subscribers() {
        return subscribers;
    }

    public SortedMap<String, Admission> writers() {
        return writers;
    }

    public long nextWriter() {
        return nextWriter;
    }

    /**
     * A named writer.
     *
     * @param writer its number in the log
     * @param epoch its newest epoch
     */
    public record Admission(long writer, int epoch) {}

    public static String writerKey(StreamName stream, String id) {
        return stream + "|" + id;
    }

    private SortedMap<String, Admission> writersByKey(StreamName stream) {
        String prefix = writerKey(stream, "");
        return writers.subMap(prefix, prefix + Character.MAX_VALUE);
    }

    /** The named writers of a stream. */
    public List<Admission> writersOf(StreamName stream) {
        return List.copyOf(writersByKey(stream).values());
    }

    /**
     * Checks that a scope exists.
     *
     * @throws StrandlineException.NotFound if there is no such scope
     */
    public void requireScope(String scope) {
        if (!scopes.contains(scope)) {
            throw new StrandlineException.NotFound("scope " + scope + " does not exist");
        }
    }

    /** The named writers of a stream that is being deleted. */
    public List<Admission> writersOfDeleted(StreamDescription stream) {
        return List.copyOf(namedWritersOfDeleted(stream).values());
    }

    /** As {@link #writersOfDeleted}, by the key of {@link #writers}. */
    public SortedMap<String, Admission> namedWritersOfDeleted(StreamDescription stream) {
        return writersOfDeleted.getOrDefault(firstPartition(stream), Collections.emptySortedMap());
    }

    /** Takes the next numbers that a journal checkpoint holds. */
    public void restoreNumbers(long partition, long writer) {
        nextPartition = partition;
        nextWriter = writer;
    }

    public void creating(StreamDescription stream) {
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

    public void created(StreamName name) {
        StreamDescription stream = creating.remove(name);
        if (stream != null) {
            streams.put(name, stream);
        }
    }

    public void deleting(StreamName name) {
        StreamDescription stream = streams.remove(name);
        if (stream != null) {
            deleting.put(firstPartition(stream), stream);
            scalingSets.remove(name);
            scaling.remove(name);
            sealing.remove(name);
            retentions.remove(name);
            subscribers.remove(name);
            SortedMap<String, Admission> known = writersByKey(name);
            writersOfDeleted.put(firstPartition(stream), new TreeMap<>(known));
            known.clear();
        }
    }

    public void deleted(long firstPartition) {
        deleting.remove(firstPartition);
        writersOfDeleted.remove(firstPartition);
    }

    public void scalingSet(ScalingSettings set) {
        if (streams.containsKey(set.stream()) || creating.containsKey(set.stream())) {
            scalingSets.put(set.stream(), set);
        }
    }

    /** How a stream was created and scales. Streams of earlier releases have no record of it. */
    public ScalingSettings scalingSet(StreamDescription stream) {
        ScalingSettings set = scalingSets.get(stream.name());
        return set == null ? new ScalingSettings(stream.name(), roots(stream).size(), ScalingPolicy.fixed()) : set;
    }

    public void scaling(ScalingIntent intent) {
        if (streams.containsKey(intent.stream())) {
            scaling.put(intent.stream(), intent);
        }
        number(intent.opened());
    }

    public void sealing(StreamName name) {
        if (streams.containsKey(name)) {
            sealing.add(name);
        }
    }

    /**
     * Checks that a stream is neither sealed nor being sealed.
     *
     * @throws StrandlineException.Sealed if it takes no more events
     */
    public void requireTakesEvents(StreamName name) {
        if (sealing.contains(name)) {
            throw sealed(name);
        }
    }

    /** Why a stream takes no events. */
    public static StrandlineException sealed(StreamName name) {
        return new StrandlineException.Sealed("stream " + name + " is sealed");
    }

    public void scaled(StreamName name, long stamp, List<Long> endOffsets) {
        ScalingIntent intent = scaling.remove(name);
        StreamDescription stream = streams.get(name);
        if (intent != null && stream != null) {
            StreamDescription scaled = after(stream, intent, stamp, endOffsets);
            streams.put(name, scaled);
            if (!intent.forgotten().isEmpty()) {
                Set<Long> left = scaled.byId().keySet();
                subscribers(name)
                        .values()
                        .forEach(positions -> positions.keySet().retainAll(left));
            }
        }
    }

    private static StreamDescription after(
            StreamDescription stream, ScalingIntent intent, long stamp, List<Long> endOffsets) {
        Map<Long, PartitionDescription> known = new HashMap<>();
        stream.partitions().forEach(partition -> known.put(partition.id(), partition));
        List<SealedPartition> parents = new ArrayList<>();
        for (int i = 0; i < intent.sealed().size(); i++) {
            PartitionDescription parent =
                    Objects.requireNonNull(known.get(intent.sealed().get(i)));
            parents.add(new SealedPartition(parent, endOffsets.get(i)));
        }
        Set<Long> closed = new HashSet<>(intent.sealed());
        List<PartitionDescription> open = new ArrayList<>(intent.opened());
        stream.partitions().stream()
                .filter(partition -> !closed.contains(partition.id()))
                .forEach(open::add);
        if (intent.opened().isEmpty()) {
            // The stream is sealed: nothing took over, so that these stay its partitions.
            open.addAll(parents.stream().map(SealedPartition::partition).toList());
        }
        open.sort(BY_KEYS);
        List<Scaling> scalings = new ArrayList<>(stream.scalings());
        scalings.removeIf(old ->
                intent.forgotten().contains(old.sealed().get(0).partition().id()));
        scalings.add(new Scaling(stamp, parents, intent.opened()));
        return new StreamDescription(stream.name(), open, scalings, stream.exclusive());
    }

    /** The partitions that no scaling opened, as far as scalings are remembered, in ascending order of their keys. */
    public static List<PartitionDescription> roots(StreamDescription stream) {
        Set<Long> opened = new HashSet<>();
        stream.scalings().forEach(scaling -> scaling.opened().forEach(partition -> opened.add(partition.id())));
        return allPartitions(stream).stream()
                .filter(partition -> !opened.contains(partition.id()))
                .sorted(BY_KEYS)
                .toList();
    }

    /** The stream that has a partition, open or sealed. Null if none has. */
    public @Nullable StreamName streamOf(long partition) {
        for (StreamDescription stream : streams.values()) {
            if (has(stream.partitions(), partition)) {
                return stream.name();
            }
            for (Scaling scaling : stream.scalings()) {
                for (SealedPartition parent : scaling.sealed()) {
                    if (parent.partition().id() == partition) {
                        return stream.name();
                    }
                }
            }
        }
        return null;
    }

    private static boolean has(List<PartitionDescription> partitions, long id) {
        for (PartitionDescription partition : partitions) {
            if (partition.id() == id) {
                return true;
            }
        }
        return false;
    }

    /** The partitions of a stream, open and sealed, each once. */
    public static List<PartitionDescription> allPartitions(StreamDescription stream) {
        List<PartitionDescription> all = new ArrayList<>(stream.partitions());
        stream.scalings().stream()
                .filter(scaling -> !scaling.opened().isEmpty())
                .forEach(scaling -> scaling.sealed().forEach(parent -> all.add(parent.partition())));
        return all;
    }

    /** Tells a stream from others that had its name. */
    public static long firstPartition(StreamDescription stream) {
        return stream.partitions().get(0).id();
    }

    public Retention retention(StreamName name) {
        return retentions.getOrDefault(name, Retention.everything());
    }

    public void retain(StreamName name, Retention retention) {
        if (retention.keepsEverything()) {
            retentions.remove(name);
        } else if (streams.containsKey(name) || creating.containsKey(name)) {
            retentions.put(name, retention);
        }
    }

    public SortedMap<String, SortedMap<Long, Long>> subscribers(StreamName name) {
        return subscribers.getOrDefault(name, Collections.emptySortedMap());
    }

    /**
     * Whether retention waits for a subscriber in one of these partitions, alone or beside others that have come as far, and
     * no longer does when it has consumed them up to these offsets.
     */
    public boolean isWaitedFor(StreamName name, String subscriber, SortedMap<Long, Long> offsets) {
        StreamDescription stream = streams.get(name);
        SortedMap<String, SortedMap<Long, Long>> known = subscribers(name);
        SortedMap<Long, Long> positions = known.get(subscriber);
        if (stream == null || positions == null || !retention(name).untilConsumed()) {
            return false;
        }
        SortedMap<Long, Long> before = stream.withAncestorEnds(positions);
        List<SortedMap<Long, Long>> all =
                known.values().stream().map(stream::withAncestorEnds).toList();
        return offsets.entrySet().stream().anyMatch(moved -> {
            long from = before.getOrDefault(moved.getKey(), 0L);
            return moved.getValue() > from
                    && all.stream().allMatch(each -> each.getOrDefault(moved.getKey(), 0L) >= from);
        });
    }

    public void consumed(StreamName name, String subscriber, SortedMap<Long, Long> offsets) {
        StreamDescription stream = streams.get(name);
        if (stream != null) {
            SortedMap<String, SortedMap<Long, Long>> all = subscribers.computeIfAbsent(name, any -> new TreeMap<>());
            SortedMap<Long, Long> known = all.computeIfAbsent(subscriber, any -> new TreeMap<>());
            offsets.forEach((partition, offset) -> known.merge(partition, offset, Math::max));
            if (!known.keySet().stream().allMatch(partition -> has(stream.partitions(), partition))) {
                all.put(subscriber, ConsumedPositions.shortest(stream, stream.withAncestorEnds(known)));
            }
        }
    }

    public void forgetSubscriber(StreamName name, String subscriber) {
        SortedMap<String, SortedMap<Long, Long>> known = subscribers.get(name);
        if (known != null) {
            known.remove(subscriber);
            if (known.isEmpty()) {
                subscribers.remove(name);
            }
        }
    }

    public void scopeCreated(String scope) {
        scopes.add(scope);
    }

    public void scopeDeleted(String scope) {
        scopes.remove(scope);
    }

    public void retired(String key) {
        writers.remove(key);
    }

    public void admitted(String key, long writer, int epoch) {
        writers.put(key, new Admission(writer, epoch));
        nextWriter = Math.max(nextWriter, writer + 1);
    }

    /** A copy of the maps. Their contents never change, or are copied too. */
    public CatalogState copy() {
        CatalogState copy = new CatalogState();
        copy.scopes.addAll(scopes);
        copy.streams.putAll(streams);
        copy.creating.putAll(creating);
        copy.deleting.putAll(deleting);
        copy.writersOfDeleted.putAll(writersOfDeleted);
        copy.scalingSets.putAll(scalingSets);
        copy.scaling.putAll(scaling);
        copy.sealing.addAll(sealing);
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
}
