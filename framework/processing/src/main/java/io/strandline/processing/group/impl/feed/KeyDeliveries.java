package io.strandline.processing.group.impl.feed;

import io.strandline.EventRecord;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.impl.feed.KeyWindow.Held;
import io.strandline.processing.group.impl.feed.Suspension.Reason;
import io.vertx.core.Future;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Events of several keys at once, those of one key one after the other.
 *
 * <p>The position is the first event that is not done. An event before one that was begun leaves a <em>gap</em>: a feed that stops,
 * pauses or comes to a boundary first fills it, and begins nothing after it. An event that needs more than to be handed over, one
 * that has failed too, waits until it is the first and nothing is in hand. From there on it goes the way of a feed without
 * concurrency: {@link PoisonEvents}. What was done after it is not handed over again.
 */
final class KeyDeliveries<E> implements Deliveries {

    private final PartitionFeed<E> feed;
    private final FeedTools<E> tools;
    private final FeedPosition position;
    private final PoisonEvents<E> poison;
    private final KeyWindow window;
    private final int concurrency;
    private final long mostBytes;

    private boolean working;
    private boolean again;
    private boolean workingLater;
    /** Whether the source was told that enough is held. */
    private boolean full;

    /** @param mostBytes of the events that it holds, as they are encoded */
    KeyDeliveries(
            PartitionFeed<E> feed,
            FeedTools<E> tools,
            FeedPosition position,
            PoisonEvents<E> poison,
            int concurrency,
            long mostBytes) {
        this.feed = feed;
        this.tools = tools;
        this.position = position;
        this.poison = poison;
        this.window = new KeyWindow(position.offset());
        this.concurrency = concurrency;
        this.mostBytes = mostBytes;
    }

    @Override
    public long end() {
        return window.end();
    }

    @Override
    public boolean isCollecting() {
        return !window.isEmpty();
    }

    @Override
    public boolean isAtHandler() {
        return window.inHand() > 0 || (!feed.isLost() && hasGap());
    }

    private boolean hasGap() {
        return !window.isEmpty() && window.isBegunAfter(window.position());
    }

    @Override
    public boolean holdsEnough() {
        return window.size() >= concurrency * GroupReaderOptions.KEY_EVENTS_AHEAD
                || window.bytes() >= mostBytes
                || !position.mayBegin(window.end());
    }

    @Override
    public void followed(boolean enough) {
        full = enough;
    }

    // ---- events come

    @Override
    public void take(EventRecord<Object> record, boolean unwanted) {
        if (unwanted) {
            window.passOver(record.offset() + 1);
        } else {
            window.add(record, tools.delivery().decodedBytes());
        }
        flush();
    }

    @Override
    public long passOver(long next) {
        Held first = window.first();
        if (first != null && first.offset < next) {
            window.done(first);
        }
        window.passOver(next);
        return window.position();
    }

    // ---- and go

    /** Moves the position, and begins what may be begun. */
    @Override
    public void flush() {
        if (working) {
            again = true;
            return;
        }
        working = true;
        do {
            again = false;
            begin();
        } while (again);
        working = false;
        if (!feed.isBusy() && (window.isEmpty() || feed.isStopping())) {
            feed.goOn();
        } else if (full != holdsEnough()) {
            feed.followDemand();
        }
    }

    @Override
    public void flushLater() {
        if (!workingLater && !working && !window.isEmpty()) {
            workingLater = true;
            tools.place().runtime().later(() -> {
                workingLater = false;
                flush();
            });
        }
    }

    private void begin() {
        while (!feed.isBusy()) {
            if (window.position() > position.offset()) {
                feed.passed(window.position());
                continue;
            }
            Held first = window.first();
            if (first != null && first.failure() != null && window.inHand() == 0) {
                judge(first);
                return;
            }
            Held next = nextToBegin();
            if (next == null || window.inHand() == concurrency || !position.mayBegin(next.offset)) {
                return;
            }
            if (!poison.mustSee(next.record())) {
                hand(next, 1);
            } else if (window.inHand() > 0 || feed.isStopping()) {
                return;
            } else {
                feed.beBusy();
                poison.see(next.record());
            }
        }
    }

    /** The first event failed, and nothing is in hand. */
    private void judge(Held first) {
        Throwable failure = first.failure();
        if (failure == null || feed.isStopping()) {
            return;
        }
        feed.beBusy();
        if (first.timeoutMillis() > 0) {
            poison.timedOut(first.record(), first.attempt(), first.timeoutMillis());
        } else {
            poison.failed(first.record(), first.attempt(), failure);
        }
    }

    /** The next event to be begun as things are, or null. */
    private @Nullable Held nextToBegin() {
        Held next = window.firstReady();
        if (next == null || feed.isLost() || tools.suspension().isFor(Reason.LATE)) {
            return null;
        }
        boolean fillsOnly = feed.isStopping() || tools.suspension().isOn();
        boolean mayGo = next.offset < window.firstFailed() && (!fillsOnly || next.offset < window.begunEnd());
        return mayGo ? next : null;
    }

    private void hand(Held held, int attempt) {
        long delivery = window.begin(held, attempt);
        Future<?> done = tools.delivery().hand(feed.stream(), held.record(), attempt);
        if (done.isComplete()) {
            ended(held, delivery, done.cause());
        } else {
            done.onComplete((result, failure) -> tools.place().runtime().run(() -> {
                ended(held, delivery, failure);
                flush();
            }));
        }
    }

    private void ended(Held held, long delivery, @Nullable Throwable failure) {
        if (!window.end(held, delivery)) {
            return;
        }
        if (failure == null) {
            window.done(held);
            if (feed.isBusy()) {
                feed.finish(window.position());
            }
        } else {
            window.failed(held, failure);
            if (feed.isBusy()) {
                poison.failed(held.record(), held.attempt(), failure);
            }
        }
    }

    /** The first event, nothing else being in hand. */
    @Override
    public void deliver(EventRecord<Object> record, int attempt) {
        Held first = window.first();
        if (first == null || first.offset != record.offset()) {
            throw new IllegalStateException("offset " + record.offset() + " is not the first of " + window);
        }
        hand(first, attempt);
    }

    @Override
    public boolean mustFill(long offset) {
        return window.isBegunAfter(offset) && !tools.suspension().isFor(Reason.LATE);
    }

    @Override
    public void giveUpHandler(long timeoutMillis, long nowNanos) {
        window.giveUp(timeoutMillis, nowNanos, held -> {
            window.failed(held, new TimeoutException("the handler did not end within " + timeoutMillis + " ms"));
            if (feed.isBusy()) {
                poison.timedOut(held.record(), held.attempt(), timeoutMillis);
            }
        });
        flush();
    }

    // ---- it stops

    @Override
    public void stop() {
        flush();
    }

    @Override
    public boolean isSettled() {
        if (window.inHand() > 0) {
            return false;
        }
        Held next = window.firstReady();
        boolean fills = next != null
                && next.offset < window.begunEnd()
                && next.offset < window.firstFailed()
                && !poison.mustSee(next.record());
        return feed.isLost() || !fills;
    }

    @Override
    public String toString() {
        return ", " + window;
    }
}
