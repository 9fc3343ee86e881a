package io.strandline.processing.group.impl.feed;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.Truncation;
import io.strandline.processing.group.GroupReader.Gained;
import io.strandline.processing.group.GroupReader.Loss;
import io.strandline.processing.group.GroupReader.Lost;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.processing.group.impl.state.Progress;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The events of one partition on their way to the handler, in their order.
 *
 * <p>What is not settled at once (a handler that is not done when it returns, a failure, an event that somebody died on, a held
 * key) makes the feed busy: it reads nothing until that is done. {@link Deliveries} says how events reach the handler.
 */
public final class PartitionFeed<E> implements HeldPartition, FeedSource.Listener {

    private static final Logger LOG = Logger.of(PartitionFeed.class);

    private static final long SUSPENDED_PAUSE_MILLIS = 10;

    private final StreamName stream;
    private final long partition;
    private final FeedOwner<PartitionFeed<E>> owner;
    private final FeedTools<E> tools;
    private final Delivery<E> delivery;
    private final PartitionState known;
    private final long generation;
    private final long notBefore;
    private final FeedPosition position;
    private final FeedSource<E> source;
    private final PartitionEdges edges;
    private final PoisonEvents<E> poison;
    private final Deliveries deliveries;
    private final Promise<Void> idle = Promise.promise();

    /** What came up while the feed was busy. */
    private @Nullable Runnable waiting;

    private boolean busy;
    private boolean stopping;
    /** Its last decision failed, and so may have been made without an answer that says so. */
    private boolean inDoubt;

    private boolean lost;
    private boolean toldLost;

    /** Makes a feed that does not read yet. */
    public PartitionFeed(FeedOwner<PartitionFeed<E>> owner, FeedTools<E> tools, AssignedPartition assigned) {
        this.owner = owner;
        this.tools = tools;
        this.delivery = tools.delivery();
        this.stream = assigned.stream();
        this.partition = assigned.partition();
        this.known = assigned.known();
        this.generation = assigned.generation();
        this.notBefore = assigned.notBefore();
        this.position = new FeedPosition(tools.place().settings(), known);
        this.source = new FeedSource<>(stream, partition, tools, this);
        this.edges = new PartitionEdges(tools.place().log().catalog(), stream, partition);
        this.poison = new PoisonEvents<>(this, owner, tools, position, known);
        this.deliveries = deliveries();
    }

    private Deliveries deliveries() {
        int keys = delivery.keyConcurrency();
        if (delivery.isInBatches()) {
            return new BatchDeliveries<>(this, owner, tools, position, poison);
        }
        return keys == 1
                ? new SingleDeliveries<>(this, tools, position, poison)
                : new KeyDeliveries<>(this, tools, position, poison, keys, owner.readAheadBytes());
    }

    // ---- it comes and goes

    /** Begins to read when the application is ready for the partition. */
    public void begin() {
        Future<?> ready = delivery.gained(new Gained(stream, partition, position.offset()));
        if (ready.succeeded()) {
            open();
            return;
        }
        beBusy();
        ready.onComplete((done, failure) -> tools.place().runtime().run(() -> ready(failure)));
    }

    private void ready(@Nullable Throwable failure) {
        busy = false;
        if (stopping) {
            if (failure != null) {
                LOG.warn("Group {} has given {} up meanwhile", tools.place().group(), place(), failure);
            }
            goOn();
        } else if (failure != null) {
            owner.fail(failure);
        } else {
            open();
        }
    }

    /** Notifies the application of the loss of the partition, unless that was done. */
    public void tellLost(Loss loss) {
        if (!toldLost) {
            toldLost = true;
            delivery.lost(new Lost(stream, partition, position.offset(), loss));
        }
    }

    // ---- events

    @Override
    public void open() {
        if (stopping) {
            return;
        }
        if (position.isAtEnd()) {
            whenFree(() -> finishAtEnd(null));
        } else {
            source.open(deliveries.end(), owner.readAheadBytes());
        }
    }

    @Override
    public void take(EventRecord<Object> record) {
        if (busy || stopping || record.offset() != deliveries.end()) {
            misplaced();
            return;
        }
        boolean unwanted =
                record.event() == FilterCodec.FILTERED || record.stamp() < notBefore || !delivery.wants(record.key());
        deliveries.take(record, unwanted);
    }

    /**
     * A reader never hands over an event that was not requested. If one does, the events that it holds are read again.
     */
    void misplaced() {
        if (!stopping) {
            source.close();
            whenFree(this::open);
        }
    }

    /** Reads from the position again. What made the feed busy has ended without success. */
    void readAgain() {
        busy = false;
        waiting = null;
        source.close();
        open();
    }

    /** Hands a record over, the feed being busy with it. */
    void deliver(EventRecord<Object> record, int attempt) {
        if (stopping) {
            giveUp();
        } else if (tools.suspension().isOn() && !deliveries.mustFill(record.offset())) {
            tools.place().runtime().timer(SUSPENDED_PAUSE_MILLIS, () -> deliver(record, attempt));
        } else {
            deliveries.deliver(record, attempt);
        }
    }

    /** Counts a delivery as failed if its handler takes too long. A later result of the handler is ignored. */
    public void giveUpHandler(long timeoutMillis, long nowNanos) {
        deliveries.giveUpHandler(timeoutMillis, nowNanos);
    }

    /** Lets another reader go on, the event at the position being unprocessed. */
    void handOver() {
        owner.handOver(this);
        giveUp();
    }

    // ---- position

    /** The feed is done with the event that made it busy. */
    void finish(long next) {
        poison.settled();
        busy = false;
        passed(next);
        goOn();
    }

    /** As {@link #finish}, the handler having had no part in it. */
    void passOver(long next) {
        finish(deliveries.passOver(next));
    }

    /** Everything before a position is done. */
    void passed(long next) {
        if (position.pass(next)) {
            atBarrier();
        }
    }

    private void atBarrier() {
        if (position.leaveSuspects()) {
            poison.beCareful();
        }
        if (position.isAtEnd()) {
            if (deliveries.isCollecting()) {
                whenFree(() -> finishAtEnd(null));
            } else {
                finishAtEnd(null);
            }
            return;
        }
        if (position.waitIfFull()) {
            followDemand();
        }
        if (position.isHalfFull()) {
            owner.commitSoon();
        }
        position.drawBarrier();
    }

    @Override
    public void committed(long offset) {
        boolean mayWait = deliveries.isCollecting() || deliveries.holdsEnough();
        if (position.commit(offset) || mayWait) {
            followDemand();
        }
    }

    /** The group has passed over the event at the position. A feed that stops meanwhile does so too. */
    void committedBy(long offset) {
        committed(offset);
        if (stopping) {
            poison.settled();
            position.skipTo(deliveries.passOver(offset));
        }
    }

    public boolean isCommitted() {
        return position.isCommitted();
    }

    @Override
    public Progress progress() {
        return new Progress(partition, known.claim(), position.offset(), poison.attempts());
    }

    // ---- ends and gaps

    @Override
    public void readToEnd() {
        beBusy();
        edges.sealedAt(position.offset())
                .onComplete((description, failure) -> tools.place().runtime().run(() -> {
                    if (description != null) {
                        finishAtEnd(description);
                    } else {
                        busy = false;
                        readFailed(failure);
                    }
                }));
    }

    /** @param description null where a bounded group ends */
    private void finishAtEnd(@Nullable StreamDescription description) {
        beBusy();
        source.close();
        StreamDescription known = description == null ? new StreamDescription(stream, List.of()) : description;
        tools.decisions()
                .complete(this, known)
                .onSuccess(done -> owner.finished(this))
                .onComplete((done, failure) -> settled(failure, () -> busy = false));
    }

    @Override
    public void readFailed(@Nullable Throwable cause) {
        if (stopping) {
            goOn();
        } else if (cause instanceof StrandlineException.Truncated) {
            beBusy();
            learnStart();
        } else if (!mayPass(cause) || !source.openAgain(position.offset())) {
            owner.fail(cause == null ? new StrandlineException.Unavailable(place() + " gave no answer") : cause);
        }
    }

    /** A reader that ended without a cause gave no answer, and is opened again. */
    private static boolean mayPass(@Nullable Throwable cause) {
        return cause == null || StrandlineException.isTransient(cause);
    }

    private void learnStart() {
        edges.firstKept().onComplete((first, failure) -> tools.place().runtime().run(() -> {
            busy = false;
            if (first == null || first <= position.offset() || stopping) {
                readFailed(failure);
                return;
            }
            Truncation skipped = new Truncation(stream, partition, position.offset(), first);
            position.skipTo(first);
            deliveries.passOver(first);
            poison.settled();
            delivery.skipped(skipped);
            open();
        }));
    }

    // ---- demand

    void beBusy() {
        busy = true;
        followDemand();
    }

    @Override
    public void whenFree(Runnable task) {
        if (busy || deliveries.isCollecting()) {
            waiting = task;
            goOn();
        } else if (!stopping) {
            task.run();
        }
    }

    /** Sees to what had to wait while the feed was busy. */
    void goOn() {
        if (busy) {
            return;
        }
        if (stopping) {
            if (deliveries.isSettled()) {
                idle.tryComplete();
            }
            return;
        }
        Runnable task = waiting;
        if (task != null && deliveries.isCollecting()) {
            deliveries.flush(); // the task runs when that is done, and the reader not suspended
            return;
        }
        waiting = null;
        if (task != null) {
            task.run();
        } else {
            followDemand();
        }
    }

    /** Ends what made the feed busy without having processed anything. */
    void giveUp() {
        busy = false;
        if (stopping) {
            deliveries.flush(); // an event before one that was handed over may have waited for that
        }
        goOn();
    }

    /** Goes on after a decision of the group. A decision that was not made ends the feed. */
    void settled(@Nullable Throwable failure, Runnable then) {
        if (failure == null && !stopping) {
            then.run();
            return;
        }
        inDoubt |= failure != null;
        if (failure != null && !stopping) {
            busy = false;
            if (failure instanceof StrandlineException.Fenced) {
                owner.lost(this);
            } else {
                owner.fail(failure);
            }
        }
        giveUp();
    }

    @Override
    public void followDemand() {
        boolean enough = deliveries.holdsEnough();
        source.pause(busy
                || stopping
                || position.waitsForCommit()
                || enough
                || tools.suspension().isOn());
        deliveries.followed(enough);
        deliveries.flushLater();
    }

    /** Uses options that have changed. */
    public void optionsChanged() {
        if (position.boundsChanged()) {
            followDemand();
        }
    }

    /**
     * Hands over nothing more, except events before one that was handed over. Completes when those in flight, if any, are settled.
     */
    public Future<Void> stop() {
        if (!stopping) {
            stopping = true;
            source.close();
            poison.stop();
            deliveries.stop();
            goOn();
        }
        return idle.future();
    }

    /** Stops, because the partition is another reader's: nothing is decided for it any more. */
    public Future<Void> lose() {
        lost = true;
        Future<Void> stopped = stop();
        goOn();
        return stopped;
    }

    /** The held keys of the stream have changed. */
    public void hold(Set<String> keys) {
        poison.hold(keys);
    }

    public boolean isStopping() {
        return stopping;
    }

    /** True when it has stopped, nothing of it is at work, and its position is the one that the group has. */
    public boolean isSettled() {
        return idle.future().isComplete() && !inDoubt;
    }

    @Override
    public boolean isLost() {
        return lost;
    }

    public boolean isBusy() {
        return busy;
    }

    /** True while an event is in flight: at the handler, or on another way that its feed waits for. */
    public boolean isAtWork() {
        return busy || isAtHandler();
    }

    /** True while the handler has an event that it is not done with. */
    public boolean isAtHandler() {
        return deliveries.isAtHandler();
    }

    @Override
    public PartitionState known() {
        return known;
    }

    @Override
    public long generation() {
        return generation;
    }

    String place() {
        return "partition " + partition + " of " + stream;
    }

    @Override
    public StreamName stream() {
        return stream;
    }

    public long partition() {
        return partition;
    }

    @Override
    public String toString() {
        return place() + " at " + position + ", " + source + poison + deliveries
                + (busy ? ", busy" : "")
                + (isAtHandler() ? ", at handler" : "")
                + (stopping ? ", stopping" : "");
    }
}
