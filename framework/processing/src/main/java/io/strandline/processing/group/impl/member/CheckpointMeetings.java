package io.strandline.processing.group.impl.member;

import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.feed.Suspension;
import io.strandline.processing.group.impl.feed.Suspension.Reason;
import io.strandline.processing.group.impl.state.Decision;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupState.Meeting;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Progress;
import io.strandline.spi.Logger;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Notes the positions of one reader for the checkpoints of its group, and begins the automatic ones. */
final class CheckpointMeetings<E> {

    private static final Logger LOG = Logger.of(CheckpointMeetings.class);

    /** Between two tries to give a checkpoint up, in milliseconds. */
    private static final long DROP_PAUSE_MILLIS = 100;

    private final GroupPlace place;
    private final Session session;
    private final HeldPartitions<E> partitions;
    private final Suspension suspension;
    /** Checkpoints for which this reader is about to note its positions. */
    private final Set<String> noting = new HashSet<>();

    private @Nullable Function<GroupReader.Boundary, Future<?>> boundaryHandler;
    private int boundaries;
    private boolean leaving;
    private long automaticNanos;

    CheckpointMeetings(GroupPlace place, Session session, HeldPartitions<E> partitions, Suspension suspension) {
        this.place = place;
        this.session = session;
        this.partitions = partitions;
        this.suspension = suspension;
    }

    void boundaryHandler(@Nullable Function<GroupReader.Boundary, Future<?>> atBoundary) {
        boundaryHandler = atBoundary;
    }

    /** A session has begun. */
    void begin() {
        automaticNanos = place.runtime().nanoTime();
    }

    /** The reader leaves what is in flight undone, so no moment is a boundary any more. */
    void leave() {
        leaving = true;
    }

    /** The session is over. */
    void end() {
        noting.clear();
    }

    // ---- checkpoints in progress

    /** Notes what the checkpoints in progress lack of this reader. */
    void noteMissing(GroupState state) {
        for (Map.Entry<String, Meeting> meeting : state.meetings().entrySet()) {
            boolean mine = meeting.getValue().missing().stream().anyMatch(id -> {
                PartitionState known = state.partitions().get(id);
                return known != null && known.owner() == session.id();
            });
            if (mine && noting.add(meeting.getKey())) {
                meet(meeting.getKey());
            }
        }
        noting.removeIf(name -> !state.meetings().containsKey(name));
    }

    /**
     * Notes the positions of this reader. Without a boundary handler any moment is a boundary, because a position counts
     * only finished events. With a boundary handler, no event is in flight while it runs. Then delivery goes on and does
     * not wait for the other readers. Partitions do not depend on each other, so positions of different moments cut the
     * group consistently.
     */
    private void meet(String checkpoint) {
        Function<GroupReader.Boundary, Future<?>> atBoundary = boundaryHandler;
        if (atBoundary == null) {
            note(checkpoint, partitions.progress());
            return;
        }
        boundaries++;
        suspension.because(Reason.AT_BOUNDARY, true);
        long met = session.id();
        whenQuiet(met, () -> {
            List<Progress> positions = partitions.progress();
            call(atBoundary, new GroupReader.Boundary(checkpoint, partitions.cuts(positions)))
                    .onComplete((ignored, failure) -> place.runtime().run(() -> {
                        leaveBoundary();
                        if (session.id() != met) {
                            return; // the session that follows meets again
                        }
                        if (failure == null) {
                            note(checkpoint, positions);
                        } else {
                            giveUp(checkpoint, failure);
                        }
                    }));
        });
    }

    /** Runs at a moment when nothing is at the handler, if the session lasts until then. */
    private void whenQuiet(long met, Runnable then) {
        if (session.id() != met || leaving) {
            leaveBoundary();
            return;
        }
        if (partitions.isAnyAtHandler()) {
            place.runtime().timer(1, () -> whenQuiet(met, then));
        } else {
            then.run();
        }
    }

    private void leaveBoundary() {
        boundaries--;
        suspension.because(Reason.AT_BOUNDARY, boundaries > 0);
    }

    private static Future<?> call(Function<GroupReader.Boundary, Future<?>> handler, GroupReader.Boundary boundary) {
        try {
            return UserCode.orRefused("the boundary handler", handler.apply(boundary));
        } catch (Throwable e) { // else the reader would be suspended forever
            return Future.failedFuture(e);
        }
    }

    private void note(String checkpoint, List<Progress> positions) {
        long noted = session.id();
        place.store()
                .decide(place.decisions().note(noted, checkpoint, positions))
                .onComplete((done, failure) -> place.runtime().run(() -> {
                    if (noted == session.id()) {
                        // A partition that came meanwhile, or a store that did not answer: the next look finds what
                        // lacks.
                        noting.remove(checkpoint);
                    }
                }));
    }

    private void giveUp(String checkpoint, Throwable failure) {
        LOG.warn("Group {}: {} gives up checkpoint {}", place.group(), session, checkpoint, failure);
        drop(checkpoint, session.id());
    }

    /** Tries until the group has heard of it: who asked for the checkpoint waits for that. */
    private void drop(String checkpoint, long decidedIn) {
        if (session.id() != decidedIn) {
            return; // the session that follows, or another reader, meets for the checkpoint again
        }
        place.store()
                .decide(state -> state.meetings().containsKey(checkpoint)
                        ? Decision.of(new GroupUpdate.CheckpointDropped(checkpoint))
                        : Decision.nothing())
                .onFailure(failure -> place.runtime().timer(DROP_PAUSE_MILLIS, () -> drop(checkpoint, decidedIn)));
    }

    // ---- automatic ones

    /** Begins an automatic checkpoint if it is time to. The oldest reader does that for all. */
    void beginAutomatic(long nowNanos) {
        long interval = place.options().getAutomaticCheckpointMillis();
        GroupState state = place.store().state();
        boolean oldest = state.members().values().stream().noneMatch(member -> member.session() < session.id());
        if (interval > 0 && oldest && nowNanos - automaticNanos >= interval * 1_000_000) {
            automaticNanos = nowNanos;
            place.store()
                    .decide(place.decisions().beginCheckpoint(ReaderGroup.AUTOMATIC, true))
                    .onFailure(failure -> LOG.warn("No automatic checkpoint of group {}", place.group(), failure));
        }
    }
}
