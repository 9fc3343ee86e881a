package io.strandline.processing.group.impl.member;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.Truncation;
import io.strandline.processing.group.GroupBatchHandler;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.impl.feed.Delivery;
import io.strandline.processing.group.impl.feed.FeedDecisions;
import io.strandline.processing.group.impl.feed.FeedTools;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.feed.ParkingWriters;
import io.strandline.processing.group.impl.feed.Session;
import io.strandline.processing.group.impl.feed.Suspension;
import io.strandline.processing.group.impl.feed.Suspension.Reason;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.LeaseWatch;
import io.strandline.processing.group.impl.state.Progress;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One reader of a group, from joining to leaving. All of it runs on one context.
 *
 * <p>Everything follows from the shared state. {@link #refresh} compares it with the activity of this reader and begins
 * the missing parts. It is called after every change, and by {@link #tick} in case a change was missed. So there is no
 * message between readers that could be lost. Each step has a class of its own:
 *
 * <pre>
 *  tick    ─▶ InHand (handlers that take too long) ─▶ Session (who was heard) ─▶ Commits ─▶ Meetings (automatic checkpoints)
 *             ─▶ ConsumedNotes ─▶ refresh
 *  refresh ─▶ Settings ─▶ HeldPartitions (drop, open) ─▶ Meetings (note positions) ─▶ Balance (give, take)
 *  event   ─▶ FeedSource ─▶ PartitionFeed ─▶ Delivery ─▶ FeedPosition      if it fails: PoisonEvents ─▶ ParkingWriters
 * </pre>
 */
final class GroupMember<E> implements MemberSignals {

    private static final Logger LOG = Logger.of(GroupMember.class);

    private static final int TICKS_PER_LEASE = 6;
    private static final int TICKS_PER_TIMEOUT = 4;
    private static final long REJOIN_PAUSE_MILLIS = 100;

    private final GroupPlace place;
    private final String name;
    private final GroupReaderOptions readerOptions;
    private final Suspension suspension = new Suspension();
    private final Session session;
    private final Delivery<E> delivery;
    private final ConsumedNotes consumed;
    private final HeldPartitions<E> partitions;
    private final Balance<E> balance;
    private final Commits<E> commits;
    private final Meetings<E> meetings;
    private final Promise<Void> ended = Promise.promise();

    private @Nullable Runnable unlisten;
    private @Nullable Long ticking;
    private boolean rejoining;
    private long rejoinPauseMillis = REJOIN_PAUSE_MILLIS;
    private long joinedNanos;
    private boolean refreshing;
    private boolean leaving;

    /** @param until stream index → where a bounded group ends */
    GroupMember(
            GroupPlace place,
            String name,
            EventCodec<E> codec,
            GroupReaderOptions readerOptions,
            SortedMap<Integer, SortedMap<Long, Long>> until) {
        this.place = place;
        this.name = name;
        this.readerOptions = readerOptions;
        this.session = new Session(place, suspension);
        this.delivery = new Delivery<>(place.group(), codec, place.options());
        this.consumed = new ConsumedNotes(place);
        FeedTools<E> tools = new FeedTools<>(
                place,
                suspension,
                delivery,
                new FeedDecisions(place, session, until),
                new ParkingWriters(place, delivery.codec()));
        this.partitions = new HeldPartitions<>(tools, session, consumed, this, readerOptions.getReadAheadBytes());
        this.balance = new Balance<>(place, session, partitions, this::refresh);
        this.commits = new Commits<>(place, session, partitions, this);
        this.meetings = new Meetings<>(place, session, partitions, suspension);
        suspension.listen(partitions::followDemand);
    }

    // ---- it comes

    /** Enters the group and completes when it has a session. */
    Future<Void> join() {
        return joinAnew().onSuccess(entered -> {
            unlisten = place.store().listen(this::changed);
            tickLater();
        });
    }

    private Future<Void> joinAnew() {
        return Joining.join(place, name).map(entered -> {
            session.begin(entered);
            joinedNanos = place.runtime().nanoTime();
            commits.begin();
            meetings.begin();
            return null;
        });
    }

    /** Begins to take partitions. */
    void start(GroupHandler<E> eventHandler) {
        delivery.to(eventHandler);
        refresh();
    }

    /** As {@link #start}, with events in batches. */
    void startBatches(GroupBatchHandler<E> batchHandler) {
        delivery.toBatches(batchHandler, readerOptions.getBatchEvents());
        refresh();
    }

    // ---- it follows the state

    private void tick() {
        ticking = null;
        if (ended.future().isComplete()) {
            return;
        }
        long now = place.runtime().nanoTime();
        partitions.giveUpHandlers(now);
        if (session.isOpen()) {
            session.judge(now);
            expireSilent(now);
            commits.commitIfDue(now);
            if (!leaving) {
                meetings.beginAutomatic(now);
                consumed.tell();
            }
        }
        refresh();
        tickLater();
    }

    /** The next tick, in place of the one that is due so far. */
    private void tickLater() {
        Long due = ticking;
        if (due != null) {
            place.runtime().cancel(due);
        }
        long byLease = place.options().getLeaseMillis() / TICKS_PER_LEASE;
        long pause = Math.min(byLease, place.options().getCommitIntervalMillis());
        long timeout = place.options().getHandlerTimeoutMillis();
        pause = Math.max(1, timeout == 0 ? pause : Math.min(pause, timeout / TICKS_PER_TIMEOUT));
        ticking = place.runtime().timer(pause, this::tick);
    }

    private void expireSilent(long now) {
        for (LeaseWatch.Silent silent : session.silentOthers(now)) {
            LOG.warn("Group {}: the lease of session {} is over", place.group(), silent.session());
            place.store()
                    .decide(place.decisions().expire(silent))
                    .onFailure(failure -> LOG.debug("Session {} was not expired", silent.session(), failure));
        }
    }

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

    @Override
    public void lookAgain() {
        place.runtime().later(this::refresh);
    }

    /** Does what the state asks of this reader. */
    private void refresh() {
        GroupState state = place.store().state();
        boolean older = state.options() != null && state.lastSession() < session.id();
        if (leaving || !session.isOpen() || older) {
            return;
        }
        if (state.options() == null) {
            sessionOver(new StrandlineException.NotFound("group " + place.group() + " was deleted"));
            return;
        }
        if (state.nameOf(session.id()) == null) {
            sessionOver(new StrandlineException.Fenced(session + " is over: its lease ended"));
            return;
        }
        followOptions(state);
        partitions.dropLost(state);
        if (delivery.hasHandler()) {
            partitions.openOwned(state);
            if (leaving) {
                return; // the application may leave when it hears of a gain or a loss
            }
            meetings.noteMissing(state);
            if (state.ended()) {
                end(null);
                return;
            }
            balance.toShare(state);
        }
    }

    /** Goes by other options from now on, and shows itself at once: under a shorter lease the others expect to hear of it. */
    private void followOptions(GroupState state) {
        if (!place.settings().follow(state)) {
            return;
        }
        LOG.info("Reader {} of group {} goes by other options now", name, place.group());
        session.leaseChanged();
        delivery.filter(place.options());
        partitions.optionsChanged();
        partitions.noteAll(state);
        tickLater();
        commitSoon();
    }

    @Override
    public void commitSoon() {
        commits.commitSoon();
    }

    // ---- its session ends

    @Override
    public void sessionOver(Throwable cause) {
        if (leaving || rejoining) {
            return;
        }
        LOG.warn("Reader {} of group {} has lost {}: {}", name, place.group(), session, cause.getMessage());
        partitions.dropAll();
        meetings.end();
        session.end();
        if (!readerOptions.isRejoin() || cause instanceof StrandlineException.NotFound) {
            fail(cause);
            return;
        }
        rejoining = true;
        rejoinLater();
    }

    /**
     * Joins at once after a session that has lasted. The more short sessions follow each other, the longer it waits, up
     * to a lease.
     */
    private void rejoinLater() {
        long lastedMillis = (place.runtime().nanoTime() - joinedNanos) / 1_000_000;
        long lease = place.options().getLeaseMillis();
        if (lastedMillis > 2 * lease) {
            rejoinPauseMillis = REJOIN_PAUSE_MILLIS;
            rejoin();
            return;
        }
        place.runtime().timer(rejoinPauseMillis, this::rejoin);
        rejoinPauseMillis = Math.min(lease, 2 * rejoinPauseMillis);
    }

    private void rejoin() {
        if (leaving) {
            return;
        }
        joinAnew().onComplete((entered, failure) -> {
            if (failure == null) {
                rejoining = false;
                refresh();
            } else if (StrandlineException.isTransient(failure) && !leaving) {
                rejoinLater();
            } else {
                rejoining = false;
                fail(failure);
            }
        });
    }

    // ---- it goes

    /** Gives everything back and completes when the group knows. */
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
        // Until the handlers are done the reader beats, so that nobody takes what they are at work with. One that never
        // ends must not keep the partitions of the others.
        Promise<Void> waited = Promise.promise();
        long timer = place.runtime().timer(place.options().getLeaseMillis(), waited::tryComplete);
        partitions.stop().onComplete(done -> waited.tryComplete());
        return waited.future()
                .compose(done -> {
                    place.runtime().cancel(timer);
                    commits.stop();
                    List<Progress> progress = partitions.progress();
                    return session.isOpen()
                            ? place.store().decide(place.decisions().leave(session.id(), progress))
                            : Future.succeededFuture(true);
                })
                .transform(left -> {
                    if (left.failed()) {
                        LOG.warn(
                                "Group {} hears by the lease that reader {} has left",
                                place.group(),
                                name,
                                left.cause());
                    }
                    hasLeft(cause, Boolean.TRUE.equals(left.result()));
                    return Future.succeededFuture();
                });
    }

    /** @param known whether the group has the positions of this session */
    private void hasLeft(@Nullable Throwable cause, boolean known) {
        Runnable listening = unlisten;
        unlisten = null;
        if (listening != null) {
            listening.run();
        }
        partitions.left(known);
        meetings.end();
        session.end();
        if (cause == null) {
            ended.tryComplete();
        } else {
            ended.tryFail(cause);
        }
    }

    // ---- what the application says and asks

    void pause(boolean pause) {
        suspension.because(Reason.PAUSED, pause);
    }

    void truncationHandler(@Nullable Handler<Truncation> handlerOfGaps) {
        delivery.truncationHandler(handlerOfGaps);
    }

    void boundaryHandler(@Nullable Function<GroupReader.Boundary, Future<?>> atBoundary) {
        meetings.boundaryHandler(atBoundary);
    }

    void partitionGainedHandler(@Nullable Function<GroupReader.Gained, Future<?>> handlerOfGains) {
        delivery.gainedHandler(handlerOfGains);
    }

    void partitionLostHandler(@Nullable Handler<GroupReader.Lost> handlerOfLosses) {
        delivery.lostHandler(handlerOfLosses);
    }

    /** Commits all positions that have moved. */
    Future<Void> commit() {
        return commits.commit();
    }

    /** The committed and uncommitted positions of this reader, as cuts. */
    SortedMap<StreamName, StreamCut> position() {
        return partitions.cuts(partitions.progress());
    }

    /** The claim under which this reader reads a partition, or 0. */
    long claimOf(long partition) {
        return partitions.claimOf(partition);
    }

    /** The options that this reader uses. */
    GroupOptions options() {
        return place.options();
    }

    @Override
    public String toString() {
        return name + ", " + session + ", suspended for " + suspension + (rejoining ? ", rejoining" : "") + ": "
                + partitions;
    }
}
