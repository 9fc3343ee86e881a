package io.strandline.processing.pipeline.impl;

import io.strandline.Appended;
import io.strandline.EventType;
import io.strandline.IfExists;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.internal.KeyHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a log keeps over a crash: a fake whose every method is atomic and durable when it returns. */
public final class MemoryLog {

    private final TreeSet<String> scopes = new TreeSet<>();
    private final TreeMap<StreamName, Stream> streams = new TreeMap<>();
    private final Map<String, Integer> epochs = new HashMap<>();
    private final Map<String, SortedMap<String, StreamCut>> subscribers = new HashMap<>();
    private final List<Runnable> watchers = new ArrayList<>();
    private long partitions = 7;
    private @Nullable String away;
    private int awayReads;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Stored(@Nullable String key, EventType type, byte[] bytes) {}

    private static final class Partition {
        final List<Stored> events = new ArrayList<>();
        final List<Slot> slots = new ArrayList<>();
        long start;
        /** Readers see no event from here on. */
        long heldAt = Long.MAX_VALUE;

        boolean sealed;

        long visibleEnd() {
            return Math.min(events.size(), heldAt);
        }
    }

    /** What a partition knows of its writers, for the keys of one range. */
    private record Slot(KeyRange keys, Map<String, Sequence> last) {}

    private static final class Stream {
        final SortedMap<Long, Partition> partitions = new TreeMap<>();
        StreamDescription description;
        /** What is told instead of the description, and how often still. */
        StreamDescription told;

        int oldNews;

        Stream(StreamDescription description) {
            this.description = description;
            this.told = description;
        }

        StreamDescription visible() {
            return oldNews > 0 ? told : description;
        }
    }

    public synchronized boolean createScope(String scope) {
        return scopes.add(StreamName.requireValid("scope", scope));
    }

    public synchronized StreamDescription createStream(String name, StreamOptions options) {
        StreamName stream = StreamName.parse(name);
        if (!scopes.contains(stream.scope())) {
            throw new StrandlineException.NotFound("scope " + stream.scope() + " does not exist");
        }
        Stream existing = streams.get(stream);
        if (existing != null) {
            if (options.getIfExists() != IfExists.KEEP
                    && existing.description.partitions().size() != options.getPartitions()) {
                throw new StrandlineException.Conflict("stream " + stream + " exists with other options");
            }
            return existing.description;
        }
        List<PartitionDescription> descriptions = new ArrayList<>();
        for (KeyRange range : KeyRange.equalRanges(options.getPartitions())) {
            descriptions.add(new PartitionDescription(partitions++, 0, range));
        }
        Stream made = new Stream(new StreamDescription(stream, descriptions));
        for (PartitionDescription description : descriptions) {
            Partition partition = new Partition();
            partition.slots.add(new Slot(description.keys(), new HashMap<>()));
            made.partitions.put(description.id(), partition);
        }
        streams.put(stream, made);
        return made.description;
    }

    /** Full names of the streams of a scope. */
    synchronized List<String> streamsOf(String scope) {
        return streams.keySet().stream()
                .filter(stream -> stream.scope().equals(scope))
                .map(StreamName::toString)
                .toList();
    }

    synchronized boolean exists(String name) {
        return streams.containsKey(StreamName.parse(name));
    }

    synchronized void deleteStream(String name) {
        streams.remove(stream(name).description.name());
    }

    public synchronized StreamDescription describe(String name) {
        Stream stream = stream(name);
        StreamDescription visible = stream.visible();
        stream.oldNews = Math.max(0, stream.oldNews - 1);
        return visible;
    }

    /** As {@link io.strandline.Catalog#scale}. The given number of next descriptions do not show it yet. */
    synchronized StreamDescription scale(String name, Set<Long> seal, List<KeyRange> open, int oldNews) {
        Stream stream = stream(name);
        StreamDescription before = stream.description;
        List<SealedPartition> sealed = new ArrayList<>();
        List<PartitionDescription> now = new ArrayList<>();
        for (PartitionDescription partition : before.partitions()) {
            if (seal.contains(partition.id())) {
                Partition parent = partition(name, partition.id());
                parent.sealed = true;
                sealed.add(new SealedPartition(partition, parent.events.size()));
            } else {
                now.add(partition);
            }
        }
        if (sealed.size() != seal.size()) {
            throw new StrandlineException.Sealed("not all of " + seal + " are open in " + before.partitions());
        }
        List<PartitionDescription> opened = new ArrayList<>();
        for (KeyRange range : open) {
            opened.add(new PartitionDescription(partitions, 0, range));
            stream.partitions.put(partitions++, heirOf(name, sealed, range));
        }
        now.addAll(opened);
        now.sort((one, other) ->
                Long.compareUnsigned(one.keys().from(), other.keys().from()));
        List<Scaling> scalings = new ArrayList<>(before.scalings());
        scalings.add(new Scaling(0, sealed, opened));
        stream.told = stream.visible();
        stream.oldNews = oldNews;
        stream.description = new StreamDescription(before.name(), now, scalings);
        news();
        return stream.description;
    }

    private Partition heirOf(String name, List<SealedPartition> parents, KeyRange keys) {
        Partition heir = new Partition();
        for (SealedPartition parent : parents) {
            for (Slot slot : partition(name, parent.partition().id()).slots) {
                if (slot.keys().overlaps(keys)) {
                    long from = Long.compareUnsigned(slot.keys().from(), keys.from()) > 0
                            ? slot.keys().from()
                            : keys.from();
                    long to = Long.compareUnsigned(slot.keys().to(), keys.to()) < 0
                            ? slot.keys().to()
                            : keys.to();
                    heir.slots.add(new Slot(new KeyRange(from, to), new HashMap<>(slot.last())));
                }
            }
        }
        return heir;
    }

    /** As {@link #endCut}, of the newest partitions, whether they are shown or not. */
    synchronized StreamCut endNow(String name) {
        stream(name).oldNews = 0;
        return endCut(name);
    }

    /** The open partitions, in ascending order of their keys. */
    synchronized List<PartitionDescription> partitionsNow(String name) {
        return stream(name).description.partitions();
    }

    /** Ids of all partitions, sealed ones included, none before one from which it took over. */
    synchronized List<Long> partitions(String name) {
        return List.copyOf(stream(name).partitions.keySet());
    }

    /** True if nothing follows this offset for good. */
    synchronized boolean isAtSeal(String name, long id, long offset) {
        Partition partition = partition(name, id);
        return partition.sealed && offset == partition.events.size();
    }

    /** Hides the events from an offset on, until it is called again with a later one. */
    synchronized void hold(String name, long id, long offset) {
        partition(name, id).heldAt = offset;
        news();
    }

    synchronized StreamCut startCut(String name) {
        Stream stream = stream(name);
        TreeSet<Long> cut = new TreeSet<>(stream.partitions.keySet());
        stream.description.scalings().forEach(scaling -> scaling.opened().forEach(opened -> cut.remove(opened.id())));
        for (Scaling scaling : stream.visible().scalings()) { // what a description does not show no cut names
            boolean gone = scaling.sealed().stream()
                    .allMatch(parent -> cut.contains(parent.partition().id())
                            && partition(name, parent.partition().id()).start == parent.endOffset());
            if (gone) {
                scaling.sealed().forEach(parent -> cut.remove(parent.partition().id()));
                scaling.opened().forEach(opened -> cut.add(opened.id()));
            }
        }
        SortedMap<Long, Long> offsets = new TreeMap<>();
        cut.forEach(id -> offsets.put(id, partition(name, id).start));
        return new StreamCut(stream.description.name(), offsets);
    }

    synchronized StreamCut endCut(String name) {
        SortedMap<Long, Long> offsets = new TreeMap<>();
        stream(name)
                .visible()
                .partitions()
                .forEach(open -> offsets.put(
                        open.id(), (long) partition(name, open.id()).events.size()));
        return new StreamCut(StreamName.parse(name), offsets);
    }

    synchronized void truncate(String name, StreamCut before) {
        before.offsets().forEach((id, offset) -> {
            Partition partition = partition(name, id);
            if (offset > partition.events.size()) {
                throw new StrandlineException.Invalid("offset " + offset + " is past the end");
            }
            partition.start = Math.max(partition.start, offset);
        });
    }

    /** Positions only advance. */
    synchronized void commitConsumed(String name, String subscriber, StreamCut cut) {
        Set<Long> known = stream(name).partitions.keySet();
        StreamCut before = subscribers(name).get(subscriber);
        SortedMap<Long, Long> offsets = new TreeMap<>(cut.offsets());
        if (before != null) {
            Set<Long> passed =
                    stream(name).description.withAncestors(cut.offsets().keySet());
            before.offsets().forEach((id, offset) -> {
                if (known.contains(id) && (offsets.containsKey(id) || !passed.contains(id))) {
                    offsets.merge(id, offset, Math::max);
                }
            });
        }
        subscribers(name).put(subscriber, new StreamCut(cut.stream(), offsets));
    }

    synchronized boolean forgetSubscriber(String name, String subscriber) {
        stream(name);
        return subscribers(name).remove(subscriber) != null;
    }

    /** Subscriber → what it noted last. */
    synchronized SortedMap<String, StreamCut> subscribers(String name) {
        return subscribers.computeIfAbsent(name, none -> new TreeMap<>());
    }

    synchronized int admit(String name, String writerId) {
        stream(name);
        return epochs.merge(name + "#" + writerId, 1, Integer::sum);
    }

    synchronized void retireWriter(String name, String writerId) {
        if (epochs.remove(name + "#" + writerId) == null) {
            throw new StrandlineException.NotFound("stream " + name + " has no writer " + writerId);
        }
        stream(name)
                .partitions
                .values()
                .forEach(
                        partition -> partition.slots.forEach(slot -> slot.last().remove(writerId)));
    }

    /** Ids of the writers of a stream. */
    synchronized Set<String> writers(String name) {
        TreeSet<String> ids = new TreeSet<>();
        for (String writer : epochs.keySet()) {
            if (writer.startsWith(name + "#")) {
                ids.add(writer.substring(name.length() + 1));
            }
        }
        return ids;
    }

    /**
     * Appends events of one key under numbers that follow each other, all or none.
     *
     * @param expected offset of the first, or -1 for any
     */
    synchronized Appended append(
            String name, String writerId, int epoch, Sequence first, List<Stored> events, long expected) {
        Appended appended = null;
        for (int i = 0; i < events.size(); i++) {
            Stored event = events.get(i);
            long end = partition(name, partitionOf(name, event)).events.size();
            if (i == 0 && expected >= 0 && end != expected) {
                throw new StrandlineException.Conflict("the end is " + end + ", and not " + expected);
            }
            Appended next = append(name, writerId, epoch, new Sequence(first.major(), first.minor() + i), event);
            appended = appended == null ? next : appended;
        }
        return Objects.requireNonNull(appended);
    }

    private long partitionOf(String name, Stored event) {
        long hash = hashOf(event);
        return stream(name).description.partitions().stream()
                .filter(partition -> partition.keys().contains(hash))
                .findFirst()
                .orElseThrow()
                .id();
    }

    private static long hashOf(Stored event) {
        byte[] key = (event.key() == null ? "" : event.key()).getBytes(StandardCharsets.UTF_8);
        return KeyHash.of(key, 0, key.length);
    }

    /** Appends an event of {@link TextCodec#STRING}. Its sequence begins with the epoch of the writer. */
    Appended append(String name, String writerId, Sequence sequence, String key, String text) {
        Stored event = new Stored(key, TextCodec.STRING.typeOf(text), text.getBytes(StandardCharsets.UTF_8));
        return append(name, writerId, (int) sequence.major(), sequence, event);
    }

    synchronized Appended append(String name, String writerId, int epoch, Sequence sequence, Stored event) {
        Integer current = epochs.get(name + "#" + writerId);
        if (current == null || current != epoch) {
            throw new StrandlineException.Fenced(
                    "writer " + writerId + " of " + name + " has epoch " + epoch + ", the log " + current);
        }
        long hash = hashOf(event);
        long id = partitionOf(name, event);
        Partition partition = partition(name, id);
        Map<String, Sequence> last = partition.slots.stream()
                .filter(slot -> slot.keys().contains(hash))
                .findFirst()
                .orElseThrow()
                .last();
        if (sequence.compareTo(last.getOrDefault(writerId, Sequence.NONE)) <= 0) {
            return new Appended(id, partition.events.size() - 1, true);
        }
        last.put(writerId, sequence);
        partition.events.add(event);
        news();
        return new Appended(id, partition.events.size() - 1, false);
    }

    /** The highest number of a writer in a stream. */
    synchronized Sequence lastOf(String name, String writerId) {
        return stream(name).partitions.values().stream()
                .flatMap(partition -> partition.slots.stream())
                .map(slot -> slot.last().getOrDefault(writerId, Sequence.NONE))
                .max(Sequence::compareTo)
                .orElse(Sequence.NONE);
    }

    private void news() {
        List<Runnable> told = List.copyOf(watchers);
        watchers.clear();
        told.forEach(Runnable::run);
    }

    /** Has the next reads of a stream fail Unavailable. */
    synchronized void takeAway(String name, int reads) {
        away = name;
        awayReads = reads;
    }

    /** Returns the event, or null at the end. */
    synchronized @Nullable Stored read(String name, long id, long offset) {
        if (awayReads > 0 && name.equals(away)) {
            awayReads--;
            throw new StrandlineException.Unavailable(name + " is away");
        }
        Partition partition = partition(name, id);
        if (offset < partition.start) {
            throw new StrandlineException.Truncated(
                    name + " partition " + id + " starts at " + partition.start + ", not at " + offset);
        }
        if (offset > partition.events.size()) {
            throw new StrandlineException.Invalid(
                    name + " partition " + id + " ends at " + partition.events.size() + ", before " + offset);
        }
        return offset >= partition.visibleEnd() ? null : partition.events.get((int) offset);
    }

    /** Runs the watcher once, as soon as there is an event at one of these positions, or earlier. */
    synchronized void watch(String name, SortedMap<Long, Long> position, Runnable watcher) {
        boolean behind = position.entrySet().stream().anyMatch(next -> {
            Partition partition = partition(name, next.getKey());
            return next.getValue() < partition.events.size() || partition.sealed;
        });
        if (behind) {
            watcher.run();
        } else {
            watchers.add(watcher);
        }
    }

    /** Overwrites the bytes of a stored event. */
    synchronized void damage(String name, long id, long offset, byte[] bytes) {
        Stored event = partition(name, id).events.get((int) offset);
        replace(name, id, offset, new Stored(event.key(), event.type(), bytes));
    }

    synchronized void replace(String name, long id, long offset, Stored event) {
        partition(name, id).events.set((int) offset, event);
    }

    /** All events of a partition, truncated ones included. */
    synchronized List<Stored> events(String name, long id) {
        return List.copyOf(partition(name, id).events);
    }

    private Partition partition(String name, long id) {
        Partition partition = stream(name).partitions.get(id);
        if (partition == null) {
            throw new StrandlineException.NotFound("stream " + name + " has no partition " + id);
        }
        return partition;
    }

    private Stream stream(String name) {
        Stream stream = streams.get(StreamName.parse(name));
        if (stream == null) {
            throw new StrandlineException.NotFound("stream " + name + " does not exist");
        }
        return stream;
    }
}
