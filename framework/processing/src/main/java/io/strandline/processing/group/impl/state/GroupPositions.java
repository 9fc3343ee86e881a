package io.strandline.processing.group.impl.state;

import io.strandline.Catalog;
import io.strandline.EventCodec;
import io.strandline.ReaderOptions;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupCheckpoint;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ResetPlan;
import io.strandline.processing.group.ResetPlan.Move;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Positions of a group, from what its state says to what applications say, and back. */
public final class GroupPositions {

    /** How often a stream is looked at that scales meanwhile. */
    private static final int MAX_LOOKS = 10;

    private final Strandline log;
    private final Catalog catalog;
    private final GroupOptions options;
    private final List<StreamName> streams;
    private final SortedMap<Integer, SortedMap<Long, Long>> until = new TreeMap<>();

    /** What the catalog says about one stream at one time. */
    record Known(StreamDescription description, StreamCut start, StreamCut end) {}

    /** Positions of a group. They must be asked for on a context. */
    public GroupPositions(Strandline log, GroupOptions options) {
        this.log = log;
        this.catalog = log.catalog();
        this.options = options;
        this.streams = options.getStreams().stream().map(StreamName::parse).toList();
        for (StreamCut cut : options.getUntil()) {
            until.put(streams.indexOf(cut.stream()), cut.offsets());
        }
    }

    /** Stream index → where a bounded group ends. */
    public SortedMap<Integer, SortedMap<Long, Long>> until() {
        return until;
    }

    private Future<List<Known>> know() {
        List<Future<Known>> all = new ArrayList<>();
        streams.forEach(stream -> all.add(know(stream.toString(), 1)));
        return Future.all(all).map(known -> known.list());
    }

    /** Looks until no scaling falls between the calls, which would speak of different partitions then. */
    private Future<Known> know(String stream, int look) {
        return catalog.describe(stream)
                .compose(before -> catalog.startCut(stream).compose(start -> catalog.endCut(stream)
                        .compose(end -> catalog.describe(stream).compose(after -> {
                            if (before.partitions().equals(after.partitions())) {
                                return Future.succeededFuture(new Known(after, start, end));
                            }
                            return look < MAX_LOOKS
                                    ? know(stream, look + 1)
                                    : Future.failedFuture(new StrandlineException.Unavailable("stream " + stream
                                            + " was scaled during each of " + look + " looks at it"));
                        }))));
    }

    // ---- where a group begins

    /** The partitions of a new group. */
    public Future<SortedMap<Long, PartitionState>> beginning() {
        return cuts(options.getFrom()).compose(cuts -> know().map(known -> {
            TreeMap<Long, PartitionState> partitions = new TreeMap<>();
            for (int i = 0; i < streams.size(); i++) {
                StreamCut cut = cutOf(streams.get(i), options.getFromCuts());
                cut = cut == null ? cutOf(streams.get(i), cuts) : cut;
                partitions.putAll(
                        partitionsAt(i, known.get(i), cut == null ? known.get(i).start() : cut));
            }
            return partitions;
        }));
    }

    /** Stream index → time before which a new group passes over events. */
    public SortedMap<Integer, Long> beginningNotBefore() {
        SortedMap<Integer, Long> times = notBefore(options.getFrom(), new TreeMap<>());
        times.keySet().removeIf(index -> cutOf(streams.get(index), options.getFromCuts()) != null);
        return times;
    }

    /** What becomes of those times when a group is set back to a position. */
    public SortedMap<Integer, Long> notBefore(StartPosition position, SortedMap<Integer, Long> before) {
        SortedMap<Integer, Long> times = new TreeMap<>();
        if (position instanceof StartPosition.Time time && time.millis() > 0) {
            for (int i = 0; i < streams.size(); i++) {
                times.put(i, time.millis());
            }
        } else if (position instanceof StartPosition.Cut cut) {
            times.putAll(before);
            times.remove(streams.indexOf(cut.cut().stream()));
        }
        return times;
    }

    private static @Nullable StreamCut cutOf(StreamName stream, List<StreamCut> cuts) {
        return cuts.stream()
                .filter(cut -> cut.stream().equals(stream))
                .findFirst()
                .orElse(null);
    }

    private SortedMap<Long, PartitionState> partitionsAt(int index, Known known, StreamCut cut) {
        SortedMap<Long, Long> end = until.getOrDefault(index, new TreeMap<>());
        Lineage.requireCut(known.description(), known.end(), cut);
        if (until.containsKey(index)) {
            StreamCut last = new StreamCut(streams.get(index), end);
            Lineage.requireCut(known.description(), known.end(), last);
            Lineage.requireOrder(known.description(), cut.offsets(), end);
        }
        return Lineage.partitionsAt(index, known.description(), cut.offsets(), end);
    }

    // ---- where it is set back to

    /** Where a position lies: in every stream, or in the one of a cut. */
    public Future<List<StreamCut>> cuts(StartPosition position) {
        if (position instanceof StartPosition.Cut cut) {
            return Future.succeededFuture(List.of(cut.cut()));
        }
        List<Future<StreamCut>> cuts = new ArrayList<>();
        streams.forEach(stream -> cuts.add(cut(stream.toString(), position)));
        return Future.all(cuts).map(all -> all.list());
    }

    private Future<StreamCut> cut(String stream, StartPosition position) {
        if (position instanceof StartPosition.Start) {
            return catalog.startCut(stream);
        }
        if (position instanceof StartPosition.End) {
            return catalog.endCut(stream);
        }
        // Readers can find a time across scalings. A reader without a handler reads nothing.
        return log.subscribe(stream, EventCodec.raw(), new ReaderOptions().setFrom(position))
                .compose(reader -> {
                    StreamCut found = reader.position();
                    return reader.close().map(found);
                });
    }

    /** The partitions that result when a state is reset to cuts. Streams without a cut stay as they are. */
    public Future<Function<GroupState, SortedMap<Long, PartitionState>>> at(List<StreamCut> cuts) {
        return know().map(known -> {
            Map<Integer, SortedMap<Long, PartitionState>> byStream = new HashMap<>();
            for (StreamCut cut : cuts) {
                int index = indexOf(cut.stream());
                byStream.put(index, partitionsAt(index, known.get(index), cut));
            }
            return state -> {
                TreeMap<Long, PartitionState> partitions = new TreeMap<>();
                state.partitions().forEach((id, partition) -> {
                    if (!byStream.containsKey(partition.stream())) {
                        partitions.put(id, partition);
                    }
                });
                byStream.values().forEach(partitions::putAll);
                return partitions;
            };
        });
    }

    /** What a reset to a checkpoint makes of a state. */
    public Future<Function<GroupState, SortedMap<Long, PartitionState>>> atCheckpoint(String group, String checkpoint) {
        return know().map(known -> state -> {
            SortedMap<Integer, SortedMap<Long, Long>> cuts = state.checkpoints().get(checkpoint);
            if (cuts == null) {
                throw new StrandlineException.NotFound("group " + group + " has no complete checkpoint " + checkpoint
                        + "; it has " + state.checkpoints().keySet());
            }
            TreeMap<Long, PartitionState> partitions = new TreeMap<>();
            cuts.forEach((index, cut) -> partitions.putAll(Lineage.partitionsAt(
                    index, known.get(index).description(), cut, until.getOrDefault(index, new TreeMap<>()))));
            return partitions;
        });
    }

    /** What changes when a group goes on with other partitions. */
    public Future<ResetPlan> plan(SortedMap<Long, PartitionState> before, SortedMap<Long, PartitionState> after) {
        SortedMap<Integer, SortedMap<Long, Long>> from = offsets(before);
        SortedMap<Integer, SortedMap<Long, Long>> to = offsets(after);
        return know().map(known -> {
            List<Move> moves = new ArrayList<>();
            for (int i = 0; i < streams.size(); i++) {
                SortedMap<Long, Long> none = new TreeMap<>();
                moves.addAll(new ResetMoves(known.get(i).description(), until.getOrDefault(i, none))
                        .between(
                                from.getOrDefault(i, none),
                                to.getOrDefault(i, none),
                                known.get(i).start().offsets()));
            }
            moves.sort(Comparator.comparing(Move::stream).thenComparing(Move::partition));
            return new ResetPlan(moves);
        });
    }

    private int indexOf(StreamName stream) {
        int index = streams.indexOf(stream);
        if (index < 0) {
            throw new StrandlineException.Invalid("the group reads " + streams + ", and not " + stream);
        }
        return index;
    }

    // ---- where it is

    /** The committed positions. */
    public SortedMap<StreamName, StreamCut> committed(GroupState state) {
        return named(offsets(state.partitions()));
    }

    /** Stream index → partition → committed offset. */
    private static SortedMap<Integer, SortedMap<Long, Long>> offsets(SortedMap<Long, PartitionState> partitions) {
        SortedMap<Integer, SortedMap<Long, Long>> offsets = new TreeMap<>();
        partitions.forEach((id, partition) -> offsets.computeIfAbsent(partition.stream(), none -> new TreeMap<>())
                .put(id, partition.offset()));
        return offsets;
    }

    private SortedMap<StreamName, StreamCut> named(SortedMap<Integer, SortedMap<Long, Long>> cuts) {
        SortedMap<StreamName, StreamCut> named = new TreeMap<>();
        cuts.forEach((index, cut) -> named.put(streams.get(index), new StreamCut(streams.get(index), cut)));
        return named;
    }

    /** The checkpoints that a state has. */
    public List<GroupCheckpoint> checkpoints(GroupState state) {
        List<GroupCheckpoint> all = new ArrayList<>();
        state.checkpoints().forEach((name, cuts) -> all.add(new GroupCheckpoint(name, true, named(cuts))));
        state.meetings().forEach((name, meeting) -> all.add(new GroupCheckpoint(name, false, named(meeting.cuts()))));
        return all;
    }

    /** Events after the committed positions. */
    public Future<GroupLag> lag(GroupState state) {
        return know().map(known -> {
            SortedMap<StreamName, SortedMap<Long, Long>> lag = new TreeMap<>();
            for (int i = 0; i < streams.size(); i++) {
                lag.put(streams.get(i), lag(state, i, known.get(i)));
            }
            return new GroupLag(lag);
        });
    }

    private SortedMap<Long, Long> lag(GroupState state, int index, Known known) {
        SortedMap<Long, Long> end = until.getOrDefault(index, new TreeMap<>());
        SortedMap<Long, Long> lag = new TreeMap<>();
        List<Long> current = partitionsOf(state, index);
        for (long id : current) {
            PartitionState partition = state.partitions().get(id);
            long last = partition != null && partition.until() >= 0 ? partition.until() : endOf(known, id);
            lag.put(id, Math.max(0, last - (partition == null ? last : partition.offset())));
        }
        for (long id : known.description().descendants(current)) {
            if (!current.contains(id) && !until.containsKey(index)) {
                lag.put(id, endOf(known, id) - known.start().offsets().getOrDefault(id, 0L));
            } else if (!current.contains(id) && end.containsKey(id)) {
                lag.put(id, end.getOrDefault(id, 0L));
            }
        }
        return lag;
    }

    private static long endOf(Known known, long id) {
        SealedPartition sealed = known.description().sealed(id);
        return sealed == null ? known.end().offset(id) : sealed.endOffset();
    }

    private static List<Long> partitionsOf(GroupState state, int index) {
        List<Long> partitions = new ArrayList<>();
        state.partitions().forEach((id, partition) -> {
            if (partition.stream() == index) {
                partitions.add(id);
            }
        });
        return partitions;
    }

    /** Checks a cut that somebody wants to wait for. */
    Future<Void> requireKnown(StreamCut cut) {
        try {
            indexOf(cut.stream());
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return catalog.describe(cut.stream().toString()).map(description -> {
            cut.offsets().keySet().forEach(description::partition);
            return null;
        });
    }

    /** Whether a state is at a cut or past it. */
    Future<Boolean> isPast(GroupState state, StreamCut cut) {
        Collection<Long> gone = new TreeSet<>();
        for (Map.Entry<Long, Long> wanted : cut.offsets().entrySet()) {
            PartitionState partition = state.partitions().get(wanted.getKey());
            if (partition == null) {
                gone.add(wanted.getKey());
            } else if (partition.offset() < wanted.getValue()) {
                return Future.succeededFuture(false);
            }
        }
        if (gone.isEmpty()) {
            return Future.succeededFuture(true);
        }
        // Not in the state: read to its end, or still to come.
        List<Long> current = partitionsOf(state, indexOf(cut.stream()));
        return catalog.describe(cut.stream().toString()).map(description -> {
            Set<Long> toCome = description.descendants(current);
            return gone.stream().noneMatch(id -> toCome.contains(id) && cut.offset(id) > 0);
        });
    }
}
