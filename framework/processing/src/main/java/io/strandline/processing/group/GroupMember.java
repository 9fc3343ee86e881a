package io.strandline.processing.group;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupState.HeldKey;
import io.strandline.processing.group.GroupState.Meeting;
import io.strandline.processing.group.ParkingEntry.Parked;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reader of a group: keeps its session alive, takes and gives partitions, commits their positions. All of it on one
 * context.
 *
 * <p>Everything follows from the shared state. {@link #refresh} compares it with what this reader does and begins what is
 * missing; it is called after every change, and by {@link #tick} in case one was not heard of. So there is no message between
 * readers that could be lost.
 */
final class GroupMember<E> implements FeedOwner<E> {

    private static final Logger LOG = LoggerFactory.getLogger(GroupMember.class);

    private static final int TICKS_PER_LEASE = 6;
    private static final int BEATS_PER_LEASE = 3;

    /** A reader that was not heard itself for this share of the lease does not judge others. */
    private static final long PROOF_SHARE = 2;

    private static final long PROOF_DIVISOR = 3;
    private static final int LEAST_READ_AHEAD_BYTES = 32 << 10;
    private static final long PAUSE_MILLIS = 100;

    private final GroupPlace place;
    private final String name;
    private final GroupReaderOptions readerOptions;
    private final EventCodec<Object> codec;
    private final Set<String> keys;
    private final LeaseWatch watch;
    private final ConsumedNotes consumed;
    private final ParkingStream parking;
    private final SortedMap<Integer, SortedMap<Long, Long>> until;
    private final Promise<Void> ended = Promise.promise();
    private final Map<Long, PartitionFeed<E>> feeds = new TreeMap<>();
    /** Partitions that were taken from this reader while their handler was at work. */
    private final Map<Long, PartitionFeed<E>> lingering = new HashMap<>();
    /** Checkpoints for which this reader is about to note its positions. */
    private final Set<String> noting = new HashSet<>();

    private @Nullable GroupHandler<E> handler;
    private @Nullable Handler<SkippedEvents> truncationHandler;
    private @Nullable Function<GroupReader.Boundary, Future<?>> boundaryHandler;
    private @Nullable Runnable unlisten;

    private long session;
    /** When the last update that was answered was sent. */
    private long heardNanos;

    private long committedNanos;
    private long automaticNanos;
    private boolean committing;
    private boolean commitAsked;
    private boolean taking;
    private boolean rejoining;
    private boolean refreshing;
    /** True while the group may believe that this reader is dead. */
    private boolean late;

    private boolean paused;
    private int boundaries;
    private boolean leaving;

    GroupMember(
            GroupPlace place,
            String name,
            EventCodec<E> codec,
            GroupReaderOptions readerOptions,
            SortedMap<Integer, SortedMap<Long, Long>> until) {
        this.place = place;
        this.name = name;
        this.readerOptions = readerOptions;
        this.codec = new FilterCodec<>(codec, place.options().getTypes());
        this.keys = Set.copyOf(place.options().getKeys());
        this.watch = new LeaseWatch(place.options().getLeaseMillis());
        this.consumed = new ConsumedNotes(place.log().catalog(), place.group());
        this.parking = new ParkingStream(place.log(), place.group(), place.parking());
        this.until = until;
    }

    // ---- life

    /** Enters the group; completes when it has a session. */
    Future<Void> join() {
        return joinAnew().onSuccess(entered -> {
            unlisten = place.store().listen(this::changed);
            place.runtime().timer(tickMillis(), this::tick);
        });
    }

    private Future<Void> joinAnew() {
        return Joining.join(place.store(), place.runtime(), place.decisions(), place.options(), name)
                .map(entered -> {
                    session = entered;
                    heardNanos = place.runtime().nanoTime();
                    committedNanos = heardNanos;
                    automaticNanos = heardNanos;
                    late = false;
                    return null;
                });
    }

    /** Begins to take partitions. */
    void start(GroupHandler<E> eventHandler) {
        handler = eventHandler;
        refresh();
    }

    /** Gives everything back; completes when the group knows. */
    Future<Void> leave() {
        return end(null);
    }

    /** Completes when the reader has ended, and fails with the reason if it did so by itself. */
    Future<Void> ended() {
        return ended.future();
    }

    @Override
    public void fail(Throwable cause) {
        if (!leaving) {
            LOG.error("Reader {} of group {} stops", name, place.group(), cause);
        }
        end(cause);
    }

    private Future<Void> end(@Nullable Throwable cause) {
        if (leaving) {
            return ended.future().otherwiseEmpty();
        }
        leaving = true;
        List<Future<Void>> idle = new ArrayList<>();
        feeds.values().forEach(feed -> idle.add(feed.stop()));
        // A handler that never ends must not keep the partitions of the others.
        Promise<Void> waited = Promise.promise();
        long timer = place.runtime().timer(place.options().getLeaseMillis(), waited::tryComplete);
        Future.join(idle).onComplete(done -> waited.tryComplete());
        return waited.future()
                .compose(done -> {
                    place.runtime().cancel(timer);
                    List<Progress> progress =
                            feeds.values().stream().map(PartitionFeed::progress).toList();
                    return session == 0
                            ? Future.succeededFuture(true)
                            : place.store().decide(place.decisions().leave(session, progress));
                })
                .transform(left -> {
                    if (left.failed()) {
                        LOG.warn(
                                "Group {} hears by the lease that reader {} has left",
                                place.group(),
                                name,
                                left.cause());
                    }
                    stopListening();
                    feeds.keySet().forEach(parking::leave);
                    if (cause == null) {
                        ended.tryComplete();
                    } else {
                        ended.tryFail(cause);
                    }
                    return Future.succeededFuture();
                });
    }

    private void stopListening() {
        Runnable listening = unlisten;
        unlisten = null;
        if (listening != null) {
            listening.run();
        }
    }

    /** The session is over: others have, or will have, the partitions. */
    private void fenced(Throwable cause) {
        if (leaving || rejoining) {
            return;
        }
        LOG.warn("Reader {} of group {} has lost session {}: {}", name, place.group(), session, cause.getMessage());
        List.copyOf(feeds.values()).forEach(this::drop);
        noting.clear();
        session = 0;
        if (!readerOptions.isRejoin() || cause instanceof StrandlineException.NotFound) {
            fail(cause);
            return;
        }
        rejoining = true;
        rejoin();
    }

    private void rejoin() {
        joinAnew().onComplete((entered, failure) -> {
            if (failure == null) {
                rejoining = false;
                refresh();
            } else if (PartitionFeed.mayPass(failure) && !leaving) {
                place.runtime().timer(PAUSE_MILLIS, this::rejoin);
            } else {
                rejoining = false;
                fail(failure);
            }
        });
    }

    // ---- heartbeat

    private long tickMillis() {
        long byLease = place.options().getLeaseMillis() / TICKS_PER_LEASE;
        return Math.max(1, Math.min(byLease, place.options().getCheckpointIntervalMillis()));
    }

    private void tick() {
        if (ended.future().isComplete()) {
            return;
        }
        long now = place.runtime().nanoTime();
        if (session != 0) {
            if (now - heardNanos > leaseNanos() && !late) {
                late = true;
                followDemand();
            }
            // While the store is slow for everybody, silence proves nothing.
            if (now - heardNanos < leaseNanos() / PROOF_DIVISOR * PROOF_SHARE) {
                expireSilent(now);
            }
            commitIfDue(now);
            beginAutomaticCheckpoint(now);
            consumed.tell(place.runtime());
        }
        refresh();
        place.runtime().timer(tickMillis(), this::tick);
    }

    private long leaseNanos() {
        return place.options().getLeaseMillis() * 1_000_000;
    }

    private void expireSilent(long now) {
        for (LeaseWatch.Silent silent : watch.look(place.store().state(), session, now)) {
            LOG.warn("Group {}: the lease of session {} is over", place.group(), silent.session());
            place.store()
                    .decide(place.decisions()
                            .expire(
                                    silent.session(),
                                    silent.beats(),
                                    place.options().getMaxUncommittedEvents()))
                    .onFailure(failure -> LOG.debug("Session {} was not expired", silent.session(), failure));
        }
    }

    private void commitIfDue(long now) {
        boolean moved = feeds.values().stream().anyMatch(feed -> !feed.isCommitted());
        boolean due = moved && now - committedNanos >= place.options().getCheckpointIntervalMillis() * 1_000_000;
        if (due || now - heardNanos >= leaseNanos() / BEATS_PER_LEASE) {
            commitSoon();
        }
    }

    @Override
    public void commitSoon() {
        if (committing || session == 0 || leaving) {
            commitAsked = true;
            return;
        }
        commit();
    }

    /** Commits all positions that have moved, and says that this reader lives; one call is under way at a time. */
    Future<Void> commit() {
        committing = true;
        commitAsked = false;
        long sentNanos = place.runtime().nanoTime();
        long committedSession = session;
        List<Progress> progress = feeds.values().stream()
                .filter(feed -> !feed.isCommitted())
                .map(PartitionFeed::progress)
                .toList();
        Promise<Void> done = Promise.promise();
        place.store().decide(place.decisions().commit(session, progress)).onComplete((own, failure) -> place.runtime()
                .run(() -> {
                    committing = false;
                    if (session == committedSession) {
                        committed(own, sentNanos, failure);
                    }
                    if (commitAsked) {
                        commitSoon();
                    }
                    if (failure == null) {
                        done.complete();
                    } else {
                        done.fail(failure);
                    }
                }));
        return done.future();
    }

    private void committed(@Nullable List<Progress> own, long sentNanos, @Nullable Throwable failure) {
        if (own == null) {
            LOG.debug("Reader {} of group {} could not commit", name, place.group(), failure);
            if (failure != null && isOver(failure)) {
                fenced(failure);
            }
            return;
        }
        heardNanos = sentNanos;
        committedNanos = sentNanos;
        if (late) {
            late = false;
            watch.restart();
            followDemand();
        }
        for (Progress one : own) {
            PartitionFeed<E> feed = feeds.get(one.partition());
            if (feed != null && feed.part().claim() == one.claim()) {
                feed.committed(one.offset());
                note(feed.stream, one);
            }
        }
    }

    private void note(StreamName stream, Progress committed) {
        if (place.options().isHoldRetention()) {
            consumed.add(stream, committed.partition(), committed.offset());
        }
    }

    private static boolean isOver(Throwable failure) {
        return failure instanceof StrandlineException.Fenced || failure instanceof StrandlineException.NotFound;
    }

    // ---- assignment

    /** Callable from any thread. */
    private void changed() {
        place.runtime().later(() -> {
            if (!refreshing) {
                refreshing = true;
                place.runtime().later(() -> {
                    refreshing = false;
                    refresh();
                });
            }
        });
    }

    /** Does what the state asks of this reader. */
    private void refresh() {
        GroupState state = place.store().state();
        boolean older = state.options() != null && state.lastSession() < session;
        if (leaving || session == 0 || older) {
            return;
        }
        if (state.options() == null) {
            fenced(new StrandlineException.NotFound("group " + place.group() + " was deleted"));
            return;
        }
        if (state.nameOf(session) == null) {
            fenced(new StrandlineException.Fenced("session " + session + " is over: its lease ended"));
            return;
        }
        dropLost(state);
        if (handler != null) {
            openOwned(state);
            noteForCheckpoints(state);
            if (state.ended()) {
                end(null);
                return;
            }
            balance(state);
        }
    }

    private void dropLost(GroupState state) {
        for (PartitionFeed<E> feed : List.copyOf(feeds.values())) {
            Part part = state.parts().get(feed.partition);
            if (part == null
                    || part.owner() != session
                    || part.claim() != feed.part().claim()) {
                boolean olderState = part != null && part.claim() < feed.part().claim();
                if (!olderState) {
                    drop(feed);
                }
            }
        }
    }

    /** Lets go of a partition that is another's now, or nobody's. */
    private void drop(PartitionFeed<E> feed) {
        feeds.remove(feed.partition, feed);
        parking.leave(feed.partition);
        lingering.put(feed.partition, feed);
        feed.stop().onComplete(idle -> {
            lingering.remove(feed.partition, feed);
            refreshLater();
        });
    }

    private void refreshLater() {
        place.runtime().later(this::refresh);
    }

    @Override
    public void lost(PartitionFeed<E> feed) {
        drop(feed);
        refreshLater();
    }

    private void openOwned(GroupState state) {
        Map<Integer, Set<String>> held = new HashMap<>();
        for (HeldKey key : state.held()) {
            held.computeIfAbsent(key.stream(), none -> new HashSet<>()).add(key.key());
        }
        state.parts().forEach((id, part) -> {
            PartitionFeed<E> feed = feeds.get(id);
            if (feed == null && part.owner() == session && !lingering.containsKey(id)) {
                feed = new PartitionFeed<>(this, place.streams().get(part.stream()), id, part);
                feeds.put(id, feed);
                feed.hold(held.getOrDefault(part.stream(), Set.of()));
                feed.open();
            } else if (feed != null) {
                feed.hold(held.getOrDefault(part.stream(), Set.of()));
            }
        });
    }

    private void balance(GroupState state) {
        int share = Assignment.share(state, session);
        List<PartitionFeed<E>> active = new ArrayList<>();
        for (PartitionFeed<E> feed : feeds.values()) {
            if (!feed.isStopping()) {
                active.add(feed);
            }
        }
        if (active.size() > share) {
            active.sort(Comparator.comparing((PartitionFeed<E> feed) -> feed.isBusy())
                    .thenComparing(feed -> -feed.partition));
            active.subList(0, active.size() - share).forEach(this::giveBack);
        } else if (!taking && !late && !Assignment.takeable(state, session).isEmpty()) {
            taking = true;
            place.store().decide(place.decisions().take(session)).onComplete((taken, failure) -> place.runtime()
                    .run(() -> {
                        taking = false;
                        if (failure == null) {
                            refresh();
                        }
                    }));
        }
    }

    /** Hands a partition on when nothing of it is in flight, at a position that nobody has passed. */
    private void giveBack(PartitionFeed<E> feed) {
        feed.stop().onComplete(idle -> insist(feed, () -> place.decisions().release(session, List.of(feed.progress())))
                .onComplete((released, failure) -> {
                    if (feeds.remove(feed.partition, feed)) {
                        parking.leave(feed.partition);
                        if (failure == null) {
                            note(feed.stream, feed.progress());
                        }
                    }
                    refreshLater();
                }));
    }

    // ---- checkpoints

    private void noteForCheckpoints(GroupState state) {
        for (Map.Entry<String, Meeting> meeting : state.meetings().entrySet()) {
            boolean mine = meeting.getValue().missing().stream().anyMatch(id -> {
                Part part = state.parts().get(id);
                return part != null && part.owner() == session;
            });
            if (mine && noting.add(meeting.getKey())) {
                meet(meeting.getKey());
            }
        }
        noting.removeIf(name -> !state.meetings().containsKey(name));
    }

    /**
     * Notes where this reader stands. Without a boundary handler any moment is a boundary, because a position counts only
     * what is finished. With one, nothing is in flight while it runs; then delivery goes on, and does not wait for the other
     * readers: partitions do not depend on each other, so positions of different moments cut the group consistently.
     */
    private void meet(String checkpoint) {
        Function<GroupReader.Boundary, Future<?>> atBoundary = boundaryHandler;
        if (atBoundary == null) {
            noteProgress(checkpoint, progress());
            return;
        }
        boundaries++;
        followDemand();
        whenQuiet(() -> {
            List<Progress> positions = progress();
            Future<?> done;
            try {
                done = atBoundary.apply(new GroupReader.Boundary(checkpoint, cuts(positions)));
            } catch (RuntimeException e) {
                done = Future.failedFuture(e);
            }
            done.onComplete((ignored, failure) -> place.runtime().run(() -> {
                boundaries--;
                followDemand();
                if (failure == null) {
                    noteProgress(checkpoint, positions);
                } else {
                    LOG.warn("Reader {} gives up checkpoint {} of group {}", name, checkpoint, place.group(), failure);
                    place.store()
                            .decide(state -> state.meetings().containsKey(checkpoint)
                                    ? Decision.of(new GroupUpdate.CheckpointDropped(checkpoint))
                                    : Decision.nothing());
                }
            }));
        });
    }

    private void whenQuiet(Runnable then) {
        if (feeds.values().stream().anyMatch(PartitionFeed::isAtHandler)) {
            place.runtime().timer(1, () -> whenQuiet(then));
        } else {
            then.run();
        }
    }

    private List<Progress> progress() {
        return feeds.values().stream().map(PartitionFeed::progress).toList();
    }

    private void noteProgress(String checkpoint, List<Progress> positions) {
        long noted = session;
        place.store()
                .decide(place.decisions().note(session, checkpoint, positions))
                .onComplete((done, failure) -> place.runtime().run(() -> {
                    if (noted == session) {
                        // A partition that came meanwhile, or a store that did not answer: the next look finds what
                        // lacks.
                        noting.remove(checkpoint);
                    }
                }));
    }

    private void beginAutomaticCheckpoint(long now) {
        long interval = place.options().getAutomaticCheckpointMillis();
        GroupState state = place.store().state();
        boolean mine = state.members().values().stream().noneMatch(member -> member.session() < session);
        if (interval > 0 && mine && now - automaticNanos >= interval * 1_000_000) {
            automaticNanos = now;
            place.store()
                    .decide(place.decisions()
                            .beginCheckpoint(
                                    ReaderGroup.AUTOMATIC, place.options().getMaxCheckpoints(), true))
                    .onFailure(failure -> LOG.warn("No automatic checkpoint of group {}", place.group(), failure));
        }
    }

    /** The claim under which this reader reads a partition, or 0. */
    long claimOf(long partition) {
        PartitionFeed<E> feed = feeds.get(partition);
        feed = feed == null ? lingering.get(partition) : feed;
        return feed == null ? 0 : feed.part().claim();
    }

    /** The committed and uncommitted positions of this reader, as cuts. */
    SortedMap<StreamName, StreamCut> position() {
        return cuts(progress());
    }

    private SortedMap<StreamName, StreamCut> cuts(List<Progress> positions) {
        Map<StreamName, TreeMap<Long, Long>> offsets = new TreeMap<>();
        for (Progress one : positions) {
            PartitionFeed<E> feed = feeds.get(one.partition());
            if (feed != null) {
                offsets.computeIfAbsent(feed.stream, none -> new TreeMap<>()).put(one.partition(), one.offset());
            }
        }
        TreeMap<StreamName, StreamCut> cuts = new TreeMap<>();
        offsets.forEach((stream, cut) -> cuts.put(stream, new StreamCut(stream, cut)));
        return cuts;
    }

    // ---- what the application says

    void pause(boolean pause) {
        paused = pause;
        followDemand();
    }

    void truncationHandler(@Nullable Handler<SkippedEvents> handlerOfGaps) {
        truncationHandler = handlerOfGaps;
    }

    void boundaryHandler(@Nullable Function<GroupReader.Boundary, Future<?>> atBoundary) {
        boundaryHandler = atBoundary;
    }

    private void followDemand() {
        feeds.values().forEach(PartitionFeed::followDemand);
    }

    // ---- what feeds ask

    @Override
    public Strandline log() {
        return place.log();
    }

    @Override
    public EventCodec<Object> codec() {
        return codec;
    }

    @Override
    public GroupOptions options() {
        return place.options();
    }

    @Override
    public GroupRuntime runtime() {
        return place.runtime();
    }

    @Override
    public int readAheadBytes() {
        int share = Math.max(1, Assignment.share(place.store().state(), session));
        return Math.max(LEAST_READ_AHEAD_BYTES, readerOptions.getReadAheadBytes() / share);
    }

    @Override
    public boolean wants(@Nullable String key) {
        return keys.isEmpty() || (key != null && keys.contains(key));
    }

    @Override
    public boolean isSuspended() {
        return paused || late || boundaries > 0 || session == 0;
    }

    @Override
    public Future<?> hand(StreamName stream, EventRecord<Object> record, int attempt) {
        GroupHandler<E> to = handler;
        if (to == null) {
            return Future.failedFuture(new IllegalStateException("no handler"));
        }
        if (record.event() instanceof FilterCodec.Undecodable undecodable) {
            return Future.failedFuture(undecodable.cause());
        }
        try {
            @SuppressWarnings("unchecked") // the codec gives events of E, or what was sorted out above
            EventRecord<E> event = (EventRecord<E>) (EventRecord<?>) record;
            return to.handle(new GroupEvent<>(stream, event, attempt));
        } catch (Throwable e) { // an Error must not pass for a processed event either
            return Future.failedFuture(e);
        }
    }

    @Override
    public Future<Boolean> attempt(PartitionFeed<E> feed) {
        Progress begun = feed.progress();
        return insist(feed, () -> place.decisions().attempt(session, begun))
                .onSuccess(counted -> feed.committed(begun.offset()));
    }

    @Override
    public Future<Boolean> skip(PartitionFeed<E> feed, String cause) {
        return insist(feed, () -> place.decisions().skip(session, feed.progress(), cause));
    }

    @Override
    public Future<Boolean> park(PartitionFeed<E> feed, String cause, @Nullable String holds) {
        return insist(feed, () -> place.decisions().park(session, feed.progress(), cause, holds))
                .onSuccess(condemned -> feed.committed(feed.progress().offset()));
    }

    @Override
    public Future<Boolean> parkHeld(PartitionFeed<E> feed, String key) {
        return insist(feed, () -> place.decisions().parkHeld(session, feed.progress(), key));
    }

    @Override
    public Future<Void> intoParking(PartitionFeed<E> feed, EventRecord<Object> record, String cause) {
        Parked parked;
        try {
            parked = new Parked(
                    feed.stream.toString(),
                    place.store().state().generation(),
                    record.partition(),
                    record.offset(),
                    record.stamp(),
                    record.key(),
                    record.type().name(),
                    record.type().version(),
                    bytesOf(record.event()),
                    cause);
        } catch (Exception e) {
            return Future.failedFuture(new StrandlineException.Invalid(
                    "offset " + record.offset() + " of " + feed.place() + " cannot be encoded again: " + e, e));
        }
        return parking.park(parked);
    }

    private byte[] bytesOf(Object event) throws Exception {
        if (event instanceof FilterCodec.Undecodable undecodable) {
            return undecodable.bytes();
        }
        BytesOutput bytes = new BytesOutput();
        codec.encode(event, bytes);
        return bytes.toByteArray();
    }

    @Override
    public Future<Boolean> complete(PartitionFeed<E> feed, StreamDescription stream) {
        SortedMap<Long, Long> end = until.getOrDefault(feed.part().stream(), new TreeMap<>());
        return insist(feed, () -> place.decisions().complete(session, feed.progress(), stream, end))
                .onSuccess(done -> {
                    note(feed.stream, feed.progress());
                    refreshLater();
                });
    }

    @Override
    public void truncated(SkippedEvents skipped) {
        LOG.warn(
                "Group {} goes on at offset {} of partition {} of {}: {} events before it were removed unread",
                place.group(),
                skipped.to(),
                skipped.partition(),
                skipped.stream(),
                skipped.to() - skipped.from());
        Handler<SkippedEvents> told = truncationHandler;
        if (told != null) {
            told.handle(skipped);
        }
    }

    /**
     * Asks for a decision until the group takes or refuses it. A store that is away for longer than the lease costs the
     * session, and that ends it.
     */
    private Future<Boolean> insist(PartitionFeed<E> feed, Supplier<Function<GroupState, Decision<Boolean>>> decision) {
        Promise<Boolean> answer = Promise.promise();
        insist(feed, session, decision, answer);
        return answer.future();
    }

    private void insist(
            PartitionFeed<E> feed,
            long asked,
            Supplier<Function<GroupState, Decision<Boolean>>> decision,
            Promise<Boolean> answer) {
        if (session != asked || feeds.get(feed.partition) != feed) {
            answer.fail(new StrandlineException.Fenced(feed.place() + " is no longer this reader's"));
            return;
        }
        place.store().decide(decision.get()).onComplete((done, failure) -> place.runtime()
                .run(() -> {
                    if (failure == null) {
                        answer.complete(done);
                    } else if (PartitionFeed.mayPass(failure) || failure instanceof StrandlineException.Conflict) {
                        place.runtime().timer(PAUSE_MILLIS, () -> insist(feed, asked, decision, answer));
                    } else {
                        answer.fail(failure);
                    }
                }));
    }

    @Override
    public String toString() {
        return name + ", session " + session + (late ? ", late" : "") + (rejoining ? ", rejoining" : "")
                + (committing ? ", committing" : "") + (boundaries > 0 ? ", at a boundary" : "") + ": "
                + feeds.values();
    }
}
