package io.strandline.processing.group;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hands the events of one partition to the handler, one after the other, and knows how far it has come.
 *
 * <p>The usual event costs a call of the handler and a comparison: {@link #take}. Everything else (a handler that is not
 * done when it returns, a failure, an event that somebody died on, a held key) makes the feed busy: it reads nothing until
 * that is settled.
 */
final class PartitionFeed<E> {

    /** How long a partition that cannot be read is tried again, in milliseconds. */
    static final long READ_RETRY_MILLIS = 60_000;

    private static final long READ_PAUSE_MILLIS = 100;
    private static final long SUSPENDED_PAUSE_MILLIS = 10;

    final StreamName stream;
    final long partition;
    private final FeedOwner<E> owner;
    private final Part part;
    private final PoisonEvents<E> poison;
    private final Promise<Void> idle = Promise.promise();

    private @Nullable EventReader<Object> reader;
    private long readers;
    private boolean readerPaused;
    /** What the reader said when it stopped, until the feed is free to see to it. */
    private @Nullable Runnable readerStopped;

    private long readFailedSince;

    /** Offset behind the last event that was processed. */
    private long position;
    /** The position that the group knows. */
    private long committed;
    /** Position at which {@link #atBarrier} has something to do. */
    private long barrier;
    /** Deliveries of the event at the position that were begun and not finished. */
    private int attempts;

    private long suspectUntil;
    private int stride;
    private @Nullable String verdict;
    /** Keys of the stream that are held. */
    private Set<String> held = Set.of();
    /** False while an event needs no more than to be handed over. */
    private boolean careful;

    private boolean busy;
    private boolean atHandler;
    private boolean waitsForCommit;
    private boolean stopping;

    /** @param part what the group knew of the partition when this reader got it */
    PartitionFeed(FeedOwner<E> owner, StreamName stream, long partition, Part part) {
        this.owner = owner;
        this.stream = stream;
        this.partition = partition;
        this.part = part;
        this.poison = new PoisonEvents<>(this, owner);
        this.position = part.offset();
        this.committed = part.offset();
        this.attempts = part.attempts();
        this.suspectUntil = part.suspectUntil();
        this.stride = part.stride();
        this.verdict = part.verdict();
        beCareful();
        drawBarrier();
    }

    // ---- reading

    /** Begins, or begins again, to read at the position. */
    void open() {
        if (stopping) {
            return;
        }
        if (part.until() >= 0 && position >= part.until()) {
            finishAtEnd(null);
            return;
        }
        long number = ++readers;
        owner.log()
                .subscribe(stream.toString(), owner.codec(), readerOptions())
                .onComplete((opened, failure) -> owner.runtime().run(() -> opened(number, opened, failure)));
    }

    /** One sealed partition ends, and what follows it is the group's business. */
    private ReaderOptions readerOptions() {
        return new ReaderOptions()
                .setFrom(StartPosition.at(StreamCut.of(stream, partition, position)))
                .setFollowScaling(false)
                .setReadAheadBytes(owner.readAheadBytes());
    }

    private void opened(long number, @Nullable EventReader<Object> opened, @Nullable Throwable failure) {
        if (opened == null) {
            if (number == readers && !stopping) {
                readFailed(failure);
            }
            return;
        }
        if (number != readers || stopping) {
            opened.close();
            return;
        }
        reader = opened;
        readerPaused = false;
        opened.exceptionHandler(cause -> readerStops(number, () -> readFailed(cause)));
        opened.endHandler(ended -> readerStops(number, this::readToEnd));
        followDemand();
        opened.handler(this::take);
    }

    private void take(EventRecord<Object> record) {
        if (busy || stopping || record.offset() != position) {
            misplaced();
            return;
        }
        if (record.event() == FilterCodec.FILTERED || !owner.wants(record.key())) {
            passed(position + 1);
        } else if (careful && poison.mustSee(record)) {
            beBusy();
            poison.see(record);
        } else {
            Future<?> done = owner.hand(stream, record, 1);
            if (done.succeeded()) {
                passed(record.offset() + 1);
            } else {
                beBusy();
                await(record, 1, done);
            }
        }
    }

    /** Hands a record over, the feed being busy with it. */
    void deliver(EventRecord<Object> record, int attempt) {
        if (stopping) {
            giveUp();
        } else if (owner.isSuspended()) {
            owner.runtime().timer(SUSPENDED_PAUSE_MILLIS, () -> deliver(record, attempt));
        } else {
            await(record, attempt, owner.hand(stream, record, attempt));
        }
    }

    private void await(EventRecord<Object> record, int attempt, Future<?> done) {
        if (done.isComplete()) {
            handled(record, attempt, done.cause());
        } else {
            atHandler = true;
            done.onComplete((result, failure) -> owner.runtime().run(() -> handled(record, attempt, failure)));
        }
    }

    private void handled(EventRecord<Object> record, int attempt, @Nullable Throwable failure) {
        atHandler = false;
        if (failure == null) {
            finish(record.offset() + 1);
        } else {
            poison.failed(record, attempt, failure);
        }
    }

    /** A reader never hands over what was not asked for; should one, what it holds is read again. */
    private void misplaced() {
        if (stopping) {
            return;
        }
        closeReader();
        if (busy) {
            readerStopped = this::open;
        } else {
            open();
        }
    }

    private void closeReader() {
        readers++;
        EventReader<Object> open = reader;
        reader = null;
        if (open != null) {
            open.close();
        }
    }

    private void readerStops(long number, Runnable then) {
        if (number != readers) {
            return;
        }
        reader = null;
        if (busy) {
            readerStopped = then;
        } else if (!stopping) {
            then.run();
        }
    }

    // ---- position

    /** The feed is done with the event that made it busy. */
    void finish(long next) {
        attempts = 0;
        verdict = null;
        busy = false;
        passed(next);
        beCareful();
        goOn();
    }

    private void passed(long next) {
        position = next;
        readFailedSince = 0;
        if (next >= barrier) {
            atBarrier();
        }
    }

    private void atBarrier() {
        if (stride > 0 && position >= suspectUntil) {
            stride = 0;
            suspectUntil = 0;
            beCareful();
        }
        if (part.until() >= 0 && position >= part.until()) {
            beBusy();
            finishAtEnd(null);
            return;
        }
        if (position - committed >= mostUncommitted()) {
            waitsForCommit = true;
            followDemand();
        }
        if (position - committed >= mostUncommitted() / 2) {
            owner.commitSoon();
        }
        drawBarrier();
    }

    private long mostUncommitted() {
        int most = owner.options().getMaxUncommittedEvents();
        return stride == 0 ? most : Math.min(stride, most);
    }

    private void drawBarrier() {
        long most = mostUncommitted();
        long next = committed + most / 2 > position ? committed + most / 2 : committed + most;
        if (stride > 0 && suspectUntil > position) {
            next = Math.min(next, suspectUntil);
        }
        if (part.until() >= 0) {
            next = Math.min(next, part.until());
        }
        barrier = Math.max(next, position + 1);
    }

    /** The group knows this position now. */
    void committed(long offset) {
        committed = Math.max(committed, offset);
        if (waitsForCommit && position - committed < mostUncommitted()) {
            waitsForCommit = false;
            followDemand();
        }
        drawBarrier();
    }

    boolean isCommitted() {
        return position == committed;
    }

    /** How far this reader has come, events in flight not counted. */
    Progress progress() {
        return new Progress(partition, part.claim(), position, attempts);
    }

    // ---- ends and gaps

    private void readToEnd() {
        beBusy();
        owner.log().catalog().describe(stream.toString()).onComplete((description, failure) -> owner.runtime()
                .run(() -> {
                    SealedPartition sealed = description == null ? null : description.sealed(partition);
                    if (description != null && sealed != null && position >= sealed.endOffset()) {
                        finishAtEnd(description);
                    } else {
                        busy = false;
                        readFailed(
                                failure == null
                                        ? new StrandlineException.Unavailable(place() + " ended, and is not sealed")
                                        : failure);
                    }
                }));
    }

    /** @param description null where a bounded group ends */
    private void finishAtEnd(@Nullable StreamDescription description) {
        busy = true;
        followDemand();
        closeReader();
        StreamDescription known = description == null ? new StreamDescription(stream, List.of()) : description;
        owner.complete(this, known).onComplete((done, failure) -> settled(failure, () -> busy = false));
    }

    private void readFailed(@Nullable Throwable cause) {
        reader = null;
        if (stopping) {
            goOn();
        } else if (cause instanceof StrandlineException.Truncated) {
            beBusy();
            learnStart();
        } else if (mayPass(cause)) {
            long now = owner.runtime().nanoTime() | 1;
            readFailedSince = readFailedSince == 0 ? now : readFailedSince;
            if (now - readFailedSince > READ_RETRY_MILLIS * 1_000_000) {
                owner.fail(cause == null ? new StrandlineException.Unavailable(place() + " gave no answer") : cause);
            } else {
                long number = readers;
                owner.runtime().timer(READ_PAUSE_MILLIS, () -> {
                    if (number == readers) {
                        open();
                    }
                });
            }
        } else {
            owner.fail(cause == null ? new IllegalStateException("no answer") : cause);
        }
    }

    static boolean mayPass(@Nullable Throwable cause) {
        return cause == null
                || cause instanceof StrandlineException.Unavailable
                || cause instanceof StrandlineException.Overloaded
                || cause instanceof StrandlineException.NotOwner
                || cause instanceof StrandlineException.Unknown;
    }

    private void learnStart() {
        owner.log()
                .catalog()
                .startCut(stream.toString())
                .compose(start -> {
                    Long first = start.offsets().get(partition);
                    return first == null ? endOfSealed() : Future.succeededFuture(first);
                })
                .onComplete((first, failure) -> owner.runtime().run(() -> {
                    busy = false;
                    if (first == null || first <= position || stopping) {
                        readFailed(first == null && !mayPass(failure) ? failure : null);
                        return;
                    }
                    long from = position;
                    attempts = 0;
                    verdict = null;
                    position = first;
                    drawBarrier();
                    beCareful();
                    owner.truncated(new SkippedEvents(stream, partition, from, first));
                    open();
                }));
    }

    /** A sealed partition of which nothing is kept is behind its end. */
    private Future<Long> endOfSealed() {
        return owner.log().catalog().describe(stream.toString()).map(description -> {
            SealedPartition sealed = description.sealed(partition);
            return sealed == null ? position : sealed.endOffset();
        });
    }

    // ---- demand

    private void beBusy() {
        busy = true;
        followDemand();
    }

    /** Sees to what had to wait while the feed was busy. */
    void goOn() {
        if (busy) {
            return;
        }
        if (stopping) {
            idle.tryComplete();
            return;
        }
        Runnable waiting = readerStopped;
        readerStopped = null;
        if (waiting != null) {
            waiting.run();
        } else {
            followDemand();
        }
    }

    /** Ends what made the feed busy without having processed anything. */
    void giveUp() {
        busy = false;
        goOn();
    }

    /** Goes on after a decision of the group; one that was not taken ends the feed. */
    void settled(@Nullable Throwable failure, Runnable then) {
        if (failure == null && !stopping) {
            then.run();
            return;
        }
        busy = false;
        if (failure != null && !stopping) {
            if (failure instanceof StrandlineException.Fenced) {
                owner.lost(this);
            } else {
                owner.fail(failure);
            }
        }
        goOn();
    }

    /** Reads if nothing speaks against it. */
    void followDemand() {
        EventReader<Object> open = reader;
        boolean pause = busy || stopping || waitsForCommit || owner.isSuspended();
        if (open != null && pause != readerPaused) {
            readerPaused = pause;
            if (pause) {
                open.pause();
            } else {
                open.resume();
            }
        }
    }

    /** Hands over nothing more; completes when the event in flight, if any, is settled. */
    Future<Void> stop() {
        if (!stopping) {
            stopping = true;
            closeReader();
            poison.stop();
            goOn();
        }
        return idle.future();
    }

    boolean isStopping() {
        return stopping;
    }

    boolean isBusy() {
        return busy;
    }

    /** True while the handler has an event that it is not done with. */
    boolean isAtHandler() {
        return atHandler;
    }

    // ---- care

    /** The held keys of the stream have changed. */
    void hold(Set<String> keys) {
        held = keys;
        beCareful();
    }

    private void beCareful() {
        careful = stride == 1 || attempts > 0 || verdict != null || !held.isEmpty();
    }

    boolean isHeld(@Nullable String key) {
        return key != null && held.contains(key);
    }

    /** True if each delivery is counted before it is made. */
    boolean isCounted() {
        return stride == 1 || attempts > 0;
    }

    int attempts() {
        return attempts;
    }

    /** Notes that so many deliveries of the event at the position have begun. */
    void begun(int deliveries) {
        attempts = deliveries;
    }

    @Nullable
    String verdict() {
        return verdict;
    }

    Part part() {
        return part;
    }

    String place() {
        return "partition " + partition + " of " + stream;
    }

    @Override
    public String toString() {
        return place() + " at " + position + " (committed " + committed + ", attempts " + attempts + ", stride "
                + stride
                + (busy ? ", busy" : "")
                + (atHandler ? ", at handler" : "")
                + (waitsForCommit ? ", waits for a commit" : "")
                + (stopping ? ", stopping" : "")
                + (reader == null ? ", no reader" : readerPaused ? ", reader paused" : "") + ")";
    }
}
