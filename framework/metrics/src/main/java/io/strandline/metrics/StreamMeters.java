package io.strandline.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.strandline.Catalog;
import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/** The meters of a stream, and of its open partitions if they are wanted, as of the last look. */
final class StreamMeters {

    private final MeterRegistry registry;
    private final StreamName stream;
    private final boolean ofPartitions;
    private final MeterSet<StreamMeters> meters;
    private final AtomicReference<Seen> seen = new AtomicReference<>(new Seen(0, 0, 0, Map.of(), Map.of()));
    private final Map<Long, MeterSet<PartitionFigures>> partitions = new ConcurrentHashMap<>();

    /** A registry holds these weakly. */
    private final Map<Long, PartitionFigures> figures = new ConcurrentHashMap<>();

    StreamMeters(MeterRegistry registry, StreamName stream, boolean ofPartitions) {
        this.registry = registry;
        this.stream = stream;
        this.ofPartitions = ofPartitions;
        this.meters = new MeterSet<>(registry, Tags.of("stream", stream.toString()), this);
    }

    /**
     * What was found.
     *
     * @param appended events that were ever appended, as far as they were seen: a stream forgets old scalings
     * @param stored events that were not removed
     * @param open open partitions
     * @param ends partition → end offset, of all partitions that are known
     * @param starts partition → start offset, of the open ones
     */
    private record Seen(long appended, long stored, int open, Map<Long, Long> ends, Map<Long, Long> starts) {

        Seen next(StreamDescription stream, StreamCut start, StreamCut end) {
            Map<Long, Long> now = new TreeMap<>();
            long more = 0;
            for (long id : stream.byId().keySet()) {
                SealedPartition sealed = stream.sealed(id);
                long endOffset = sealed == null ? end.offsets().getOrDefault(id, 0L) : sealed.endOffset();
                now.put(id, endOffset);
                more += Math.max(0, endOffset - ends.getOrDefault(id, 0L));
            }
            Set<Long> kept = new TreeSet<>(start.offsets().keySet());
            kept.addAll(stream.descendants(start.offsets().keySet()));
            long events = 0;
            for (long id : kept) {
                events += Math.max(0, now.getOrDefault(id, 0L) - start.offsets().getOrDefault(id, 0L));
            }
            Map<Long, Long> from = new TreeMap<>();
            for (PartitionDescription partition : stream.partitions()) {
                from.put(partition.id(), start.offsets().getOrDefault(partition.id(), 0L));
            }
            return new Seen(
                    appended + more,
                    events,
                    stream.isSealed() ? 0 : stream.partitions().size(),
                    now,
                    from);
        }
    }

    /** Where a partition begins and ends. */
    private final class PartitionFigures {

        private final long id;

        PartitionFigures(long id) {
            this.id = id;
        }

        double end() {
            return current().ends().getOrDefault(id, 0L);
        }

        double stored() {
            return end() - current().starts().getOrDefault(id, 0L);
        }
    }

    void register() {
        meters.counter("stream.appended", "events", "events that were appended", of -> of.current()
                .appended());
        meters.gauge("stream.stored", "events", "events that were not removed", of -> of.current()
                .stored());
        meters.gauge("stream.open", "partitions", "partitions that take events", of -> of.current()
                .open());
    }

    private Seen current() {
        return Objects.requireNonNull(seen.get());
    }

    /** Fails with NotFound if the stream is gone. */
    Future<Void> look(Catalog catalog) {
        String name = stream.toString();
        // Described last, so that every partition that the cuts name is known.
        return catalog.startCut(name).compose(start -> catalog.endCut(name)
                .compose(end -> catalog.describe(name).map(described -> {
                    Seen now = seen.updateAndGet(before -> before.next(described, start, end));
                    if (ofPartitions) {
                        follow(now.starts().keySet());
                    }
                    return (Void) null;
                })));
    }

    private void follow(Set<Long> open) {
        for (long id : open) {
            partitions.computeIfAbsent(id, this::ofPartition);
        }
        for (long id : Set.copyOf(partitions.keySet())) {
            if (!open.contains(id)) {
                MeterSet<PartitionFigures> gone = partitions.remove(id);
                figures.remove(id);
                if (gone != null) {
                    gone.remove();
                }
            }
        }
    }

    private MeterSet<PartitionFigures> ofPartition(long id) {
        PartitionFigures of = new PartitionFigures(id);
        figures.put(id, of);
        MeterSet<PartitionFigures> set =
                new MeterSet<>(registry, Tags.of("stream", stream.toString(), "partition", String.valueOf(id)), of);
        set.counter("partition.appended", "events", "events that were ever appended", PartitionFigures::end);
        set.gauge("partition.stored", "events", "events that were not removed", PartitionFigures::stored);
        return set;
    }

    void remove() {
        meters.remove();
        follow(Set.of());
    }
}
