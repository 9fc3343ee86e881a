package io.strandline.processing.group.impl.member;

import io.strandline.Catalog;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.state.GroupRetention;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Tells the catalog how far one reader of a group has committed, so that retention by consumption waits for the group, for as
 * long as the group's options want that. It may be late, and may fail: retention then only keeps more than it must.
 *
 * <p>Positions are told only after every checkpoint that the group has is noted: a checkpoint lies before them.
 */
final class ConsumedNotes {

    /** Time between two notes of one reader. */
    static final long INTERVAL_MILLIS = 5_000;

    /**
     * Time between two notes of everything that the group holds, also if it has not moved: a log may forget subscribers that it
     * does not hear of, after an hour at the earliest.
     */
    static final long RENEWAL_MILLIS = 600_000;

    private static final Logger LOG = Logger.of(ConsumedNotes.class);

    private final GroupPlace place;
    private final Catalog catalog;
    private final GroupRetention retention;
    private final Map<StreamName, TreeMap<Long, Long>> news = new TreeMap<>();
    /** Checkpoints of the group that are noted, as far as this reader knows. */
    private final Set<String> checkpoints = new HashSet<>();
    /** The generation that the news are of. */
    private long generation;

    private long toldNanos;
    private long renewedNanos;
    private boolean told;
    private boolean failing;
    private boolean busy;

    ConsumedNotes(GroupPlace place) {
        this.place = place;
        this.catalog = place.log().catalog();
        this.retention = place.retention();
        this.renewedNanos = place.runtime().nanoTime();
    }

    /** A position was committed in a generation of the group. */
    void add(StreamName stream, long partition, long offset, long committedIn) {
        if (!isWanted() || committedIn < generation) {
            return;
        }
        if (committedIn > generation) {
            generation = committedIn;
            news.clear();
        }
        news.computeIfAbsent(stream, none -> new TreeMap<>()).put(partition, offset);
    }

    private boolean isWanted() {
        return place.options().isHoldRetention();
    }

    /** Tells the catalog the news, if it is time to. One call at a time. */
    void tell() {
        if (busy) {
            return;
        }
        if (!isWanted()) {
            takeBack();
            return;
        }
        long now = place.runtime().nanoTime();
        GroupState state = place.store().state();
        boolean due = !told || now - toldNanos >= INTERVAL_MILLIS * 1_000_000;
        if (!news.isEmpty() && due && state.meetings().keySet().stream().noneMatch(GroupRetention::isHeld)) {
            toldNanos = now;
            told = true;
            call(noteCheckpoints(state).compose(noted -> notePositions()));
        } else if (now - renewedNanos >= RENEWAL_MILLIS * 1_000_000) {
            renewedNanos = now;
            call(retention.follow(state));
        }
    }

    private Future<Void> noteCheckpoints(GroupState state) {
        checkpoints.retainAll(state.checkpoints().keySet());
        Future<Void> noted = Future.succeededFuture();
        for (String checkpoint : state.checkpoints().keySet()) {
            if (GroupRetention.isHeld(checkpoint) && !checkpoints.contains(checkpoint)) {
                noted = noted.compose(done -> retention.holdCheckpoint(state, checkpoint))
                        .onSuccess(done -> checkpoints.add(checkpoint));
            }
        }
        return noted;
    }

    private Future<Void> notePositions() {
        Map<StreamName, TreeMap<Long, Long>> cuts = new TreeMap<>(news);
        long of = generation;
        news.clear();
        Future<Void> noted = Future.succeededFuture();
        for (Map.Entry<StreamName, TreeMap<Long, Long>> cut : cuts.entrySet()) {
            StreamName stream = cut.getKey();
            noted = noted.compose(done -> catalog.commitConsumed(
                    stream.toString(), retention.subscriber(of), new StreamCut(stream, cut.getValue())));
        }
        // The group may have been deleted or reset, and its subscriber forgotten, before this reader heard of it.
        return noted.compose(done -> place.store().fetch())
                .compose(newest -> isOver(newest, of) ? retention.forgetSpent() : Future.succeededFuture());
    }

    private static boolean isOver(GroupState newest, long generation) {
        return newest.options() == null || newest.generation() != generation;
    }

    /** What this reader told last may have come after the group was forgotten. */
    private void takeBack() {
        news.clear();
        if (told) {
            told = false;
            checkpoints.clear();
            call(retention.forgetSpent());
        }
    }

    private void call(Future<?> call) {
        busy = true;
        call.onComplete((done, failure) -> place.runtime().run(() -> {
            busy = false;
            if (failure == null) {
                failing = false;
            } else if (!failing) {
                failing = true;
                LOG.warn("Retention does not hear how far group {} has come", place.group(), failure);
            }
        }));
    }
}
