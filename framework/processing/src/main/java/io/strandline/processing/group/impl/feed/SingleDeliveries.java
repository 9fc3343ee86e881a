package io.strandline.processing.group.impl.feed;

import io.strandline.EventRecord;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * One event after the other. The usual event costs a call of the handler and a comparison. A handler that is not done when it
 * returns makes the feed busy.
 */
final class SingleDeliveries<E> implements Deliveries {

    private final PartitionFeed<E> feed;
    private final FeedTools<E> tools;
    private final FeedPosition position;
    private final PoisonEvents<E> poison;
    private final InHand<EventRecord<Object>> inHand = new InHand<>();

    SingleDeliveries(PartitionFeed<E> feed, FeedTools<E> tools, FeedPosition position, PoisonEvents<E> poison) {
        this.feed = feed;
        this.tools = tools;
        this.position = position;
        this.poison = poison;
    }

    @Override
    public long end() {
        return position.offset();
    }

    @Override
    public boolean isCollecting() {
        return false;
    }

    @Override
    public boolean isAtHandler() {
        return !inHand.isEmpty();
    }

    @Override
    public void take(EventRecord<Object> record, boolean unwanted) {
        if (unwanted) {
            feed.passed(record.offset() + 1);
        } else if (poison.mustSee(record)) {
            feed.beBusy();
            poison.see(record);
        } else {
            Future<?> done = tools.delivery().hand(feed.stream(), record, 1);
            if (done.succeeded()) {
                feed.passed(record.offset() + 1);
            } else {
                feed.beBusy();
                await(record, 1, done);
            }
        }
    }

    @Override
    public void deliver(EventRecord<Object> record, int attempt) {
        await(record, attempt, tools.delivery().hand(feed.stream(), record, attempt));
    }

    private void await(EventRecord<Object> record, int attempt, Future<?> done) {
        if (done.isComplete()) {
            handled(record, attempt, done.cause());
        } else {
            long delivery = inHand.begin(record, attempt);
            done.onComplete((result, failure) -> tools.place().runtime().run(() -> ended(delivery, failure)));
        }
    }

    private void ended(long delivery, @Nullable Throwable failure) {
        EventRecord<Object> record = inHand.end(delivery);
        if (record != null) {
            handled(record, inHand.attempt(), failure);
        }
    }

    private void handled(EventRecord<Object> record, int attempt, @Nullable Throwable failure) {
        if (failure == null) {
            feed.finish(record.offset() + 1);
        } else {
            poison.failed(record, attempt, failure);
        }
    }

    @Override
    public void giveUpHandler(long timeoutMillis, long nowNanos) {
        EventRecord<Object> record = inHand.endIfOlder(timeoutMillis * 1_000_000, nowNanos);
        if (record != null) {
            poison.timedOut(record, inHand.attempt(), timeoutMillis);
        }
    }

    // ---- nothing is ever collected

    @Override
    public long passOver(long next) {
        return next;
    }

    @Override
    public void flush() {}

    @Override
    public void flushLater() {}

    @Override
    public void stop() {}

    @Override
    public String toString() {
        return "";
    }
}
