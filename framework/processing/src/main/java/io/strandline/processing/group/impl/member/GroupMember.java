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
import io.strandline.processing.group.impl.state.Progress;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One reader of a group, from joining to leaving. All of it runs on one context.
 *
 * <p>Everything follows from the shared state, which {@link Membership} brings. {@link #follow} compares it with the activity of this
 * reader and begins the missing parts. Each step has a class of its own:
 *
 * <pre>
 *  tick    ─▶ InHand (handlers that take too long) ─▶ Session (who was heard) ─▶ Commits ─▶ CheckpointMeetings (automatic checkpoints)
 *             ─▶ ConsumedNotes ─▶ follow
 *  follow  ─▶ Settings ─▶ HeldPartitions (drop, open) ─▶ CheckpointMeetings (note positions) ─▶ Balance (give, take)
 *  event   ─▶ FeedSource ─▶ PartitionFeed ─▶ Delivery ─▶ FeedPosition      if it fails: PoisonEvents ─▶ ParkingWriters
 * </pre>
 */
final class GroupMember<E> implements MemberWork {

    private static final Logger LOG = Logger.of(GroupMember.class);

    private static final int TICKS_PER_TIMEOUT = 4;

    private final GroupPlace place;
    private final String name;
    private final GroupReaderOptions readerOptions;
    private final Suspension suspension = new Suspension();
    private final Session session;
    private final Membership membership;
    private final Delivery<E> delivery;
    private final ConsumedNotes consumed;
    private final HeldPartitions<E> partitions;
    private final Balance balance;
    private final CheckpointMeetings<E> meetings;

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
        this.membership = new Membership(place, name, readerOptions.isRejoin(), session, this);
        this.delivery = new Delivery<>(place.group(), codec, place.options());
        this.consumed = new ConsumedNotes(place);
        FeedTools<E> tools = new FeedTools<>(
                place,
                suspension,
                delivery,
                new FeedDecisions(place, session, until),
                new ParkingWriters(place, delivery.codec()));
        this.partitions = new HeldPartitions<>(tools, session, consumed, membership, readerOptions.getReadAheadBytes());
        this.balance = new Balance(place, session, partitions, membership::refresh);
        this.meetings = new CheckpointMeetings<>(place, session, partitions, suspension);
        suspension.listen(partitions::followDemand);
    }

    String group() {
        return place.group();
    }

    // ---- it comes

    /** Enters the group and completes when it has a session. */
    Future<Void> join() {
        return membership.join();
    }

    @Override
    public void entered() {
        meetings.begin();
    }

    /** Begins to take partitions. */
    void start(GroupHandler<E> eventHandler) {
        delivery.to(eventHandler, readerOptions.getKeyConcurrency());
        membership.refresh();
    }

    /**
     * Batches hold events of all keys in their order.
     *
     * @throws StrandlineException.Invalid if the reader handles several keys at once
     */
    void requireBatches() {
        int keys = readerOptions.getKeyConcurrency();
        if (keys > 1) {
            throw new StrandlineException.Invalid("keyConcurrency is " + keys + ", with a batch handler it must be 1");
        }
    }

    /** As {@link #start}, with events in batches. */
    void startBatches(GroupBatchHandler<E> batchHandler) {
        delivery.toBatches(batchHandler, readerOptions.getBatchEvents());
        membership.refresh();
    }

    // ---- it follows the state

    @Override
    public void passed(long nowNanos) {
        partitions.giveUpHandlers(nowNanos);
    }

    @Override
    public void ticked(long nowNanos) {
        meetings.beginAutomatic(nowNanos);
        consumed.tell();
    }

    @Override
    public long mostTickMillis() {
        long byCommits = place.options().getCommitIntervalMillis();
        long timeout = place.options().getHandlerTimeoutMillis();
        return timeout == 0 ? byCommits : Math.min(byCommits, timeout / TICKS_PER_TIMEOUT);
    }

    @Override
    public void follow(GroupState state) {
        followOptions(state);
        partitions.dropLost(state);
        if (delivery.hasHandler()) {
            partitions.openOwned(state);
            if (membership.isLeaving()) {
                return; // the application may leave when it hears of a gain or a loss
            }
            meetings.noteMissing(state);
            if (state.ended()) {
                membership.end(null);
                return;
            }
            balance.toShare(state);
        }
    }

    /** Uses other options from now on, and shows itself at once: under a shorter lease the others expect to hear of it. */
    private void followOptions(GroupState state) {
        if (!place.settings().follow(state)) {
            return;
        }
        LOG.info("Reader {} of group {} uses the changed options of the group", name, place.group());
        session.leaseChanged();
        delivery.filter(place.options());
        partitions.optionsChanged();
        partitions.noteAll(state);
        membership.tickLater();
        membership.commitSoon();
    }

    @Override
    public void sessionLost() {
        partitions.dropAll();
        meetings.end();
    }

    // ---- it goes

    /** Gives everything back and completes when the group knows. */
    Future<Void> leave() {
        return membership.end(null);
    }

    /** Completes when the reader has ended, and fails with the reason if it did so by itself. */
    Future<Void> ended() {
        return membership.ended();
    }

    @Override
    public Future<?> drain() {
        return partitions.drain();
    }

    @Override
    public void memberLeft(List<Progress> known) {
        partitions.memberLeft(known);
        meetings.end();
    }

    // ---- positions

    @Override
    public List<Progress> releaseAll() {
        meetings.leave();
        return partitions.releaseAll();
    }

    @Override
    public List<Progress> uncommitted() {
        return partitions.uncommitted();
    }

    @Override
    public void committed(List<Progress> own) {
        partitions.committed(own);
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
        return membership.commit();
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
        return name + ", " + session + ", suspended for " + suspension + (membership.isRejoining() ? ", rejoining" : "")
                + ": " + partitions;
    }
}
