package io.strandline.log;

import io.strandline.Retention;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.spi.Utf8;
import io.vertx.core.Future;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is kept of each stream, and how far its subscribers have consumed it: the part of the catalog that {@link
 * RetentionWatch} acts on.
 */
final class RetentionCatalog {

    /** Most subscribers of one stream. */
    static final int MAX_SUBSCRIBERS = 1_000;

    /** Most offsets that are kept for the subscribers of one stream together: one for each and each partition. */
    static final int MAX_POSITIONS = 200_000;

    /** Longest name of a subscriber, in characters. */
    static final int MAX_NAME_LENGTH = 200;

    private final CatalogChanges changes;
    private final StreamShards shards;
    private final RetentionWatch watch;

    RetentionCatalog(CatalogChanges changes, StreamShards shards, RetentionWatch watch) {
        this.changes = changes;
        this.shards = shards;
        this.watch = watch;
    }

    Future<Void> setRetention(StreamName stream, Retention retention) {
        return changes.change(() -> changes.describe(stream)
                        .compose(described -> changes.log(new ControlRecord.RetentionSet(stream, retention)))
                        .compose(logged -> watch.settled()))
                .onSuccess(logged -> watch.request());
    }

    Future<Void> noteConsumed(StreamName stream, String subscriber, StreamCut cut) {
        return changes.change(() -> changes.describe(stream).compose(described -> shards.endCut(described)
                .compose(end -> changes.query(state -> advanced(state, described, subscriber, cut, end)))
                .compose(advanced -> advanced.changesNothing()
                        ? Future.succeededFuture()
                        : changes.log(new ControlRecord.Consumed(stream, subscriber, advanced.offsets()))
                                // A known one only advances, which keeps nothing that a pass could still remove.
                                .compose(logged -> advanced.isNew() ? watch.settled() : Future.succeededFuture()))));
    }

    /**
     * What a note of a subscriber moves.
     *
     * @param isNew true if the subscriber was not known
     */
    private record Advanced(SortedMap<Long, Long> offsets, boolean isNew) {
        boolean changesNothing() {
            return offsets.isEmpty() && !isNew;
        }
    }

    private static Advanced advanced(
            CatalogState state, StreamDescription stream, String subscriber, StreamCut cut, StreamCut end) {
        StreamCuts.require(stream, cut, end);
        SortedMap<String, SortedMap<Long, Long>> all = state.subscribers(stream.name());
        SortedMap<Long, Long> known = all.get(subscriber);
        if (known == null && all.size() >= MAX_SUBSCRIBERS) {
            throw new StrandlineException.Overloaded(
                    "stream " + stream.name() + " has " + all.size() + " subscribers, the limit is " + MAX_SUBSCRIBERS);
        }
        Map<Long, Long> before = known == null ? Map.of() : known;
        SortedMap<Long, Long> moved = new TreeMap<>(withPredecessors(stream, cut));
        moved.entrySet().removeIf(entry -> before.getOrDefault(entry.getKey(), 0L) >= entry.getValue());
        long positions = all.values().stream().mapToLong(Map::size).sum() + added(before, moved);
        if (positions > MAX_POSITIONS) {
            throw new StrandlineException.Overloaded("the subscribers of stream " + stream.name() + " would have "
                    + positions + " positions, the limit is " + MAX_POSITIONS);
        }
        return new Advanced(moved, known == null);
    }

    private static long added(Map<Long, Long> before, Map<Long, Long> moved) {
        return moved.keySet().stream()
                .filter(partition -> !before.containsKey(partition))
                .count();
    }

    /** A cut that names a partition, and not the one whose keys it took over, is behind all events of that one. */
    private static SortedMap<Long, Long> withPredecessors(StreamDescription stream, StreamCut cut) {
        SortedMap<Long, Long> offsets = new TreeMap<>(cut.offsets());
        // From the newest scaling on, so that what one adds leads to the one before.
        for (int i = stream.scalings().size() - 1; i >= 0; i--) {
            Scaling scaling = stream.scalings().get(i);
            for (SealedPartition parent : scaling.sealed()) {
                boolean behind = scaling.opened().stream()
                        .anyMatch(opened -> offsets.containsKey(opened.id())
                                && opened.keys().overlaps(parent.partition().keys()));
                if (behind) {
                    offsets.putIfAbsent(parent.partition().id(), parent.endOffset());
                }
            }
        }
        return offsets;
    }

    Future<Boolean> forgetSubscriber(StreamName stream, String subscriber) {
        return changes.change(() -> changes.describe(stream)
                .compose(described ->
                        changes.query(state -> state.subscribers(stream).containsKey(subscriber)))
                .compose(known -> known
                        ? changes.log(new ControlRecord.SubscriberForgotten(stream, subscriber))
                                .compose(logged -> watch.settled())
                                .map(true)
                        : Future.succeededFuture(false)));
    }

    Future<SortedMap<String, StreamCut>> subscribers(StreamName stream) {
        return changes.describe(stream)
                .compose(described -> changes.query(state -> {
                    SortedMap<String, StreamCut> cuts = new TreeMap<>();
                    state.subscribers(stream)
                            .forEach((name, offsets) -> cuts.put(name, new StreamCut(stream, offsets)));
                    return cuts;
                }));
    }

    static String requireSubscriber(String subscriber) {
        return Utf8.require("subscriber name", subscriber, MAX_NAME_LENGTH);
    }
}
