package io.strandline.log.impl.catalog;

import io.strandline.Retention;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.SubscriberNote;
import io.strandline.Utf8;
import io.strandline.log.impl.control.CatalogRecord;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.ConsumedPositions;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.Timers;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is kept of each stream, and how far its subscribers have consumed it: the part of the catalog that {@link
 * RetentionWatch} acts on.
 */
public final class RetentionCatalog {

    /** Most subscribers of one stream. */
    public static final int MAX_SUBSCRIBERS = 1_000;

    /** Most offsets that are kept for the subscribers of one stream together, see {@link ConsumedPositions}. */
    static final int MAX_POSITIONS = 200_000;

    /** Longest name of a subscriber, in characters. */
    static final int MAX_NAME_LENGTH = 200;

    /** Looks for idle subscribers in the time that one may be idle. */
    private static final int LOOKS_PER_BOUND = 16;

    /** Subscribers that are forgotten in one frame. The next look continues. */
    private static final int MAX_FORGOTTEN_AT_ONCE = 256;

    private static final Logger LOG = Logger.of(RetentionCatalog.class);

    private final CatalogChanges changes;
    private final StreamShards shards;
    private final RetentionWatch watch;
    private final LastNotes lastNotes;
    private volatile boolean stopped;

    RetentionCatalog(CatalogChanges changes, StreamShards shards, RetentionWatch watch, Clock clock) {
        this.changes = changes;
        this.shards = shards;
        this.watch = watch;
        this.lastNotes = new LastNotes(clock);
    }

    Future<Void> setRetention(StreamName stream, Retention retention) {
        return changes.change(() -> changes.describe(stream)
                        .compose(described -> changes.log(new CatalogRecord.RetentionSet(stream, retention)))
                        .compose(logged -> watch.settled()))
                .onSuccess(logged -> watch.request());
    }

    Future<Void> commitConsumed(StreamName stream, String subscriber, StreamCut cut) {
        return changes.change(() -> changes.describe(stream).compose(described -> shards.endCut(described)
                .compose(end -> changes.query(state -> heard(state, described, subscriber, cut, end)))
                .compose(advanced -> advanced.changesNothing()
                        ? Future.succeededFuture()
                        : changes.log(new CatalogRecord.Consumed(stream, subscriber, advanced.offsets()))
                                // A known one only advances, which keeps nothing that a pass could still remove.
                                .compose(logged -> advanced.isNew() ? watch.settled() : Future.succeededFuture()))
                .compose(noted -> changes.query(state -> {
                    lastNotes.heard(state, stream, subscriber);
                    return null;
                }))));
    }

    /** A subscriber that the catalog knows is alive, whether or not its note can be taken. */
    private Advanced heard(
            CatalogState state, StreamDescription stream, String subscriber, StreamCut cut, StreamCut end) {
        Advanced advanced = advanced(state, stream, subscriber, cut, end);
        if (!advanced.isNew()) {
            lastNotes.heard(state, stream.name(), subscriber);
        }
        return advanced;
    }

    // ---- idle subscribers

    /** Begins to forget subscribers that are idle for longer than a bound. To be called once at most. */
    void forgetIdle(long maxIdleMillis, Timers timers) {
        long pauseMillis = maxIdleMillis / LOOKS_PER_BOUND;
        timers.after(0, pauseMillis, () -> {
            if (!stopped) {
                // The process may stand still between the look and what follows from it.
                long atNanos = lastNotes.lookAfter(pauseMillis);
                changes.change(() -> shards.allServe()
                                .compose(allServe ->
                                        changes.query(state -> idle(state, maxIdleMillis, atNanos, allServe)))
                                .compose(this::forget))
                        .onFailure(cause -> LOG.info("idle subscribers are looked for later: {}", cause.getMessage()))
                        .onComplete(done -> forgetIdle(maxIdleMillis, timers));
            }
        });
    }

    void stop() {
        stopped = true;
    }

    /** @param allServe whether all shards take notes, and what subscribers write before they note */
    private List<ControlRecord> idle(CatalogState state, long maxIdleMillis, long atNanos, boolean allServe) {
        if (!allServe) {
            lastNotes.keepHeard(state, maxIdleMillis / 2, atNanos);
        }
        List<ControlRecord> idle = new ArrayList<>();
        state.subscribers()
                .forEach((stream, subscribers) -> subscribers.keySet().forEach(subscriber -> {
                    long idleMillis = lastNotes.idleMillis(stream, subscriber, atNanos);
                    if (idleMillis > maxIdleMillis && idle.size() < MAX_FORGOTTEN_AT_ONCE) {
                        LOG.warn(
                                "subscriber {} of stream {} is forgotten: it has noted nothing for {} ms, the limit is"
                                        + " {}",
                                subscriber,
                                stream,
                                idleMillis,
                                maxIdleMillis);
                        idle.add(new CatalogRecord.SubscriberForgotten(stream, subscriber));
                    }
                }));
        return idle;
    }

    private Future<Void> forget(List<ControlRecord> idle) {
        return idle.isEmpty()
                ? Future.succeededFuture()
                : changes.log(idle.toArray(ControlRecord[]::new)).compose(logged -> watch.settled());
    }

    Future<List<SubscriberNote>> notes(StreamName stream) {
        return changes.describe(stream)
                .compose(described -> changes.query(state -> {
                    List<SubscriberNote> notes = new ArrayList<>();
                    state.subscribers(stream)
                            .forEach((name, offsets) -> notes.add(new SubscriberNote(
                                    name, new StreamCut(stream, offsets), lastNotes.idleMillis(stream, name))));
                    notes.sort(Comparator.comparing(SubscriberNote::idleMillis).reversed());
                    return notes;
                }));
    }

    // ---- notes

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
        Map<Long, Long> whole = stream.withAncestorEnds(before);
        stream.withAncestorEnds(cut.offsets())
                .forEach((partition, offset) -> whole.merge(partition, offset, Math::max));
        Map<Long, Long> after = ConsumedPositions.shortest(stream, whole);
        long positions = all.values().stream().mapToLong(Map::size).sum() - before.size() + after.size();
        if (positions > MAX_POSITIONS) {
            throw new StrandlineException.Overloaded("the subscribers of stream " + stream.name() + " would have "
                    + positions + " positions, the limit is " + MAX_POSITIONS);
        }
        return new Advanced(moved(before, after, whole), known == null);
    }

    /** The positions that change: those that are needed now, and those that are known and move to an end. */
    private static SortedMap<Long, Long> moved(Map<Long, Long> before, Map<Long, Long> after, Map<Long, Long> whole) {
        SortedMap<Long, Long> moved = new TreeMap<>(after);
        before.keySet().forEach(partition -> moved.put(partition, whole.getOrDefault(partition, 0L)));
        moved.entrySet().removeIf(position -> position.getValue().equals(before.get(position.getKey())));
        return moved;
    }

    Future<Boolean> forgetSubscriber(StreamName stream, String subscriber) {
        return changes.change(() -> changes.describe(stream)
                .compose(described ->
                        changes.query(state -> state.subscribers(stream).containsKey(subscriber)))
                .compose(known -> known
                        ? changes.log(new CatalogRecord.SubscriberForgotten(stream, subscriber))
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
