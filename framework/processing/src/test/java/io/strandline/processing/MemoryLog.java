package io.strandline.processing;

import io.strandline.Appended;
import io.strandline.EventType;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.spi.KeyHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a log keeps over a crash: a fake whose every method is atomic and durable when it returns. */
final class MemoryLog {

    private final TreeSet<String> scopes = new TreeSet<>();
    private final TreeMap<StreamName, Stream> streams = new TreeMap<>();
    private final Map<String, Integer> epochs = new HashMap<>();
    private final List<Runnable> watchers = new ArrayList<>();
    private long partitions = 7;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Stored(@Nullable String key, EventType type, byte[] bytes) {}

    private static final class Partition {
        final List<Stored> events = new ArrayList<>();
        final Map<String, Sequence> last = new HashMap<>();
        long start;
    }

    private record Stream(StreamDescription description, SortedMap<Long, Partition> partitions) {}

    synchronized boolean createScope(String scope) {
        return scopes.add(StreamName.requireValid("scope", scope));
    }

    synchronized StreamDescription createStream(String name, StreamOptions options) {
        StreamName stream = StreamName.parse(name);
        if (!scopes.contains(stream.scope())) {
            throw new StrandlineException.NotFound("scope " + stream.scope() + " does not exist");
        }
        Stream existing = streams.get(stream);
        if (existing != null) {
            if (existing.partitions().size() != options.getPartitions()) {
                throw new StrandlineException.Conflict("stream " + stream + " exists with other options");
            }
            return existing.description();
        }
        List<PartitionDescription> descriptions = new ArrayList<>();
        SortedMap<Long, Partition> made = new TreeMap<>();
        for (KeyRange range : KeyRange.equalRanges(options.getPartitions())) {
            made.put(partitions, new Partition());
            descriptions.add(new PartitionDescription(partitions++, 0, range));
        }
        streams.put(stream, new Stream(new StreamDescription(stream, descriptions), made));
        return stream(name).description();
    }

    synchronized void deleteStream(String name) {
        streams.remove(stream(name).description().name());
    }

    synchronized StreamDescription describe(String name) {
        return stream(name).description();
    }

    synchronized StreamCut startCut(String name) {
        return cut(name, true);
    }

    synchronized StreamCut endCut(String name) {
        return cut(name, false);
    }

    private StreamCut cut(String name, boolean start) {
        Stream stream = stream(name);
        SortedMap<Long, Long> offsets = new TreeMap<>();
        stream.partitions()
                .forEach((id, partition) -> offsets.put(id, start ? partition.start : (long) partition.events.size()));
        return new StreamCut(stream.description().name(), offsets);
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

    synchronized int admit(String name, String writerId) {
        stream(name);
        return epochs.merge(name + "#" + writerId, 1, Integer::sum);
    }

    synchronized Appended append(String name, String writerId, int epoch, Sequence sequence, Stored event) {
        Integer current = epochs.get(name + "#" + writerId);
        if (current == null || current != epoch) {
            throw new StrandlineException.Fenced(
                    "writer " + writerId + " of " + name + " has epoch " + epoch + ", the log " + current);
        }
        long id = partitionOf(name, event.key());
        Partition partition = partition(name, id);
        if (sequence.compareTo(partition.last.getOrDefault(writerId, Sequence.NONE)) <= 0) {
            return new Appended(id, partition.events.size() - 1, true);
        }
        partition.last.put(writerId, sequence);
        partition.events.add(event);
        watchers.forEach(Runnable::run);
        watchers.clear();
        return new Appended(id, partition.events.size() - 1, false);
    }

    /** Returns the event, or null at the end. */
    synchronized @Nullable Stored read(String name, long id, long offset) {
        Partition partition = partition(name, id);
        if (offset < partition.start) {
            throw new StrandlineException.Truncated(
                    name + " partition " + id + " starts at " + partition.start + ", not at " + offset);
        }
        if (offset > partition.events.size()) {
            throw new StrandlineException.Invalid(
                    name + " partition " + id + " ends at " + partition.events.size() + ", before " + offset);
        }
        return offset == partition.events.size() ? null : partition.events.get((int) offset);
    }

    /** Runs the watcher once, as soon as an event stands at one of these positions, or earlier. */
    synchronized void watch(String name, SortedMap<Long, Long> position, Runnable watcher) {
        boolean behind = position.entrySet().stream()
                .anyMatch(next ->
                        next.getValue() < partition(name, next.getKey()).events.size());
        if (behind) {
            watcher.run();
        } else {
            watchers.add(watcher);
        }
    }

    /** Overwrites the bytes of a stored event. */
    synchronized void damage(String name, long id, long offset, byte[] bytes) {
        List<Stored> events = partition(name, id).events;
        Stored event = events.get((int) offset);
        events.set((int) offset, new Stored(event.key(), event.type(), bytes));
    }

    /** All events of a partition, truncated ones included. */
    synchronized List<Stored> events(String name, long id) {
        return List.copyOf(partition(name, id).events);
    }

    private long partitionOf(String name, @Nullable String key) {
        byte[] bytes = (key == null ? "" : key).getBytes(StandardCharsets.UTF_8);
        long hash = KeyHash.of(bytes, 0, bytes.length);
        return stream(name).description().partitions().stream()
                .filter(partition -> partition.keys().contains(hash))
                .findFirst()
                .orElseThrow()
                .id();
    }

    private Partition partition(String name, long id) {
        Partition partition = stream(name).partitions().get(id);
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
