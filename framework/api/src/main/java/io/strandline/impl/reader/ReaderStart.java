package io.strandline.impl.reader;

import io.strandline.Catalog;
import io.strandline.OnTruncated;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.Truncation;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a reader begins: its first partitions, and the removed events that it skips.
 *
 * @param succession the partitions that it reads, and those that may follow
 * @param skipped events that were removed after the requested position
 */
public record ReaderStart(Succession succession, List<Truncation> skipped) {

    /**
     * Finds the start of a reader.
     *
     * @param finite true if it ends where the stream ends now
     */
    public static Future<ReaderStart> find(LogPort port, StreamName name, ReaderOptions options, boolean finite) {
        Catalog catalog = port.catalog();
        String stream = name.toString();
        // The description is asked for last, so that it knows every partition that the cuts name.
        return catalog.startCut(stream).compose(start -> catalog.endCut(stream).compose(end -> catalog.describe(stream)
                .compose(
                        described -> new Search(port, described, described.byId(), start, end, options).find(finite))));
    }

    /**
     * The first offset of a partition that is kept. A partition that the start cut does not name is wholly gone, or nothing
     * of it was removed, because one before it is still there.
     */
    static long startOf(StreamDescription stream, StreamCut start, PartitionDescription partition) {
        Long named = start.offsets().get(partition.id());
        if (named != null) {
            return named;
        }
        SealedPartition sealed = stream.sealed(partition.id());
        boolean later = stream.withAncestors(Set.of(partition.id())).stream()
                .anyMatch(id -> start.offsets().containsKey(id));
        return sealed == null || later ? 0 : sealed.endOffset();
    }

    /** What the start is found from. */
    private record Search(
            LogPort port,
            StreamDescription stream,
            Map<Long, PartitionDescription> known,
            StreamCut start,
            StreamCut end,
            ReaderOptions options) {

        Future<ReaderStart> find(boolean finite) {
            StreamCut until = options.getUntil();
            if (until != null) {
                requireCut("until", until);
                until.offsets().forEach(this::requireUpToEnd);
            }
            StreamCut bound = until == null && finite ? end : until;
            return positions().map(positions -> {
                positions.forEach(this::requireUpToEnd);
                if (until != null) {
                    requireBefore(positions, until);
                }
                return start(positions, bound);
            });
        }

        private ReaderStart start(Map<Long, Long> positions, @Nullable StreamCut bound) {
            List<Truncation> skipped = new ArrayList<>();
            Map<Long, Long> kept = new TreeMap<>();
            positions.forEach((id, offset) -> {
                long first = startOf(stream, start, partition(id));
                if (offset < first && options.getOnTruncated() == OnTruncated.FAIL) {
                    throw new StrandlineException.Truncated("offset " + offset + " of partition " + id + " of "
                            + stream.name() + " was removed; the start offset is " + first);
                }
                if (offset < first) {
                    skipped.add(new Truncation(stream.name(), id, offset, first));
                }
                kept.put(id, Math.max(offset, first));
            });
            Succession succession = new Succession(stream, options.isFollowScaling(), bound, port.retryTime());
            succession.begin(kept);
            return new ReaderStart(succession, skipped);
        }

        // ---- positions ----

        /** Partition id → offset from which the reader is to read. */
        private Future<Map<Long, Long>> positions() {
            StartPosition from = options.getFrom();
            if (from instanceof StartPosition.Cut cut) {
                requireCut("from", cut.cut());
                Collection<Long> ids =
                        options.getPartitions().isEmpty() ? cut.cut().offsets().keySet() : options.getPartitions();
                Map<Long, Long> positions = new TreeMap<>();
                ids.forEach(id -> positions.put(id, cut.cut().offset(id)));
                return Future.succeededFuture(positions);
            }
            StreamCut all = from instanceof StartPosition.End ? end : start;
            Collection<Long> ids =
                    options.getPartitions().isEmpty() ? all.offsets().keySet() : options.getPartitions();
            Map<Long, Long> positions = new TreeMap<>();
            if (from instanceof StartPosition.Time time) {
                return search(time.millis(), ids, positions);
            }
            for (long id : ids) {
                PartitionDescription partition = partition(id);
                positions.put(
                        id, from instanceof StartPosition.End ? endOf(partition) : startOf(stream, start, partition));
            }
            return Future.succeededFuture(positions);
        }

        /**
         * Looks for a time, generation by generation: where all predecessors end before it, it may be in their successor.
         * Stamps of a key never go back, so what follows a partition that has such an event is wanted from its beginning.
         */
        private Future<Map<Long, Long>> search(long millis, Collection<Long> ids, Map<Long, Long> found) {
            List<Long> asked = List.copyOf(ids);
            List<Future<Long>> offsets = new ArrayList<>();
            for (long id : asked) {
                PartitionDescription partition = partition(id);
                long first = startOf(stream, start, partition);
                offsets.add(
                        first == endOf(partition)
                                ? Future.succeededFuture(first)
                                : port.offsetAt(partition, millis).map(offset -> Math.max(offset, first)));
            }
            return Future.all(offsets).compose(all -> {
                Set<Long> next = new LinkedHashSet<>();
                for (int i = 0; i < asked.size(); i++) {
                    found.put(asked.get(i), all.<Long>resultAt(i));
                }
                for (long id : asked) {
                    for (PartitionDescription successor : stream.successors(id)) {
                        if (!found.containsKey(successor.id()) && isBefore(successor, found)) {
                            next.add(successor.id());
                        }
                    }
                }
                return next.isEmpty() ? Future.succeededFuture(found) : search(millis, next, found);
            });
        }

        /** True if all predecessors of a partition are known to end before the time. */
        private boolean isBefore(PartitionDescription partition, Map<Long, Long> found) {
            return stream.predecessors(partition.id()).stream()
                    .allMatch(parent -> found.getOrDefault(parent.partition().id(), -1L) == parent.endOffset());
        }

        private PartitionDescription partition(long id) {
            PartitionDescription partition = known.get(id);
            if (partition == null) {
                throw new StrandlineException.Invalid("stream " + stream.name() + " has no partition " + id);
            }
            return partition;
        }

        private long endOf(PartitionDescription partition) {
            SealedPartition sealed = stream.sealed(partition.id());
            return sealed != null ? sealed.endOffset() : end.offsets().getOrDefault(partition.id(), 0L);
        }

        // ---- checks ----

        private void requireCut(String what, StreamCut cut) {
            if (!cut.stream().equals(stream.name())) {
                throw new StrandlineException.Invalid(
                        what + ": a cut of " + cut.stream() + " is no position in " + stream.name());
            }
        }

        private void requireUpToEnd(long id, long offset) {
            long end = endOf(partition(id));
            if (offset > end) {
                throw new StrandlineException.Invalid("offset " + offset + " is past the end offset " + end
                        + " of partition " + id + " of " + stream.name());
            }
        }

        /** A bound must be reached from the start, wherever both speak of the same keys. */
        private void requireBefore(Map<Long, Long> positions, StreamCut until) {
            Set<Long> within = stream.withAncestors(until.offsets().keySet());
            positions.forEach((id, offset) -> {
                Long bound = until.offsets().get(id);
                if (bound != null && bound < offset) {
                    throw early(id, bound, id, offset);
                }
                if (bound == null && !within.contains(id)) {
                    requireNotPassed(id, offset, until);
                }
            });
        }

        private void requireNotPassed(long id, long offset, StreamCut until) {
            for (long earlier : stream.withAncestors(Set.of(id))) {
                Long bound = until.offsets().get(earlier);
                if (bound != null && (offset > 0 || bound < endOf(partition(earlier)))) {
                    throw early(earlier, bound, id, offset);
                }
            }
        }

        private StrandlineException.Invalid early(long until, long bound, long from, long offset) {
            return new StrandlineException.Invalid("until names offset " + bound + " of partition " + until + " of "
                    + stream.name() + ", which lies before the start at offset " + offset + " of partition " + from);
        }
    }
}
