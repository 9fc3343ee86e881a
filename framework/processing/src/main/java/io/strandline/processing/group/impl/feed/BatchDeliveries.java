package io.strandline.processing.group.impl.feed;

import io.strandline.EventRecord;
import io.strandline.processing.group.GroupBatch;
import io.strandline.processing.group.GroupOptions;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Events in batches.
 *
 * <p>A batch is handed over on the turn after its first event, with all events that came by then, or when it is full. While it is
 * at the handler, the feed reads nothing. If it fails, its events are read again, and each offset becomes a batch of its own.
 * Such an event is then handled like an event of a feed without batches: {@link PoisonEvents}.
 */
final class BatchDeliveries<E> implements Deliveries {

    private static final Logger LOG = Logger.of(BatchDeliveries.class);

    private final PartitionFeed<E> feed;
    private final FeedOwner<PartitionFeed<E>> owner;
    private final FeedTools<E> tools;
    private final FeedPosition position;
    private final PoisonEvents<E> poison;
    private final InHand<GroupBatch<Object>> inHand = new InHand<>();
    private final List<EventRecord<Object>> records = new ArrayList<>();
    /** The offset after the last batch that was processed. */
    private long done;
    /** The offset after the last event that was collected or passed over. */
    private long end;
    /** Before this offset, each offset is a batch of its own. */
    private long narrowUntil;

    private boolean flushing;
    /** Deliveries of a batch without events that failed. */
    private int failures;

    private final RetryPause pause;

    BatchDeliveries(
            PartitionFeed<E> feed,
            FeedOwner<PartitionFeed<E>> owner,
            FeedTools<E> tools,
            FeedPosition position,
            PoisonEvents<E> poison) {
        this.feed = feed;
        this.owner = owner;
        this.tools = tools;
        this.pause = new RetryPause(tools.place().runtime());
        this.position = position;
        this.poison = poison;
        this.done = position.offset();
        this.end = done;
    }

    @Override
    public long end() {
        return end;
    }

    @Override
    public boolean isCollecting() {
        return end > done;
    }

    @Override
    public boolean isAtHandler() {
        return !inHand.isEmpty();
    }

    // ---- events come

    @Override
    public void take(EventRecord<Object> record, boolean unwanted) {
        if (position.isAtEnd()) {
            flush();
            return;
        }
        boolean mustSee = !unwanted && poison.mustSee(record);
        if (mustSee || (!unwanted && record.event() instanceof FilterCodec.Undecodable)) {
            flush();
            takeAlone(record, mustSee);
            return;
        }
        end = record.offset() + 1;
        if (!unwanted) {
            records.add(record);
        }
        if (isFull()) {
            flush();
        } else {
            flushLater();
        }
    }

    /** Takes an event that is no part of a batch, once everything before it is done. */
    private void takeAlone(EventRecord<Object> record, boolean mustSee) {
        if (feed.isBusy() || isCollecting()) {
            feed.misplaced();
        } else if (record.offset() == position.offset()) { // else a batch has failed, and its events are read again
            feed.beBusy();
            if (mustSee) {
                poison.see(record);
            } else {
                deliver(record, 1);
            }
        }
    }

    private boolean isFull() {
        return position.offset() < narrowUntil
                || records.size() >= tools.delivery().batchEvents()
                || end >= position.barrier();
    }

    /** The next batch accounts for that, though it may have no events. */
    @Override
    public long passOver(long next) {
        records.clear();
        end = next;
        flushLater();
        return next;
    }

    @Override
    public void flushLater() {
        if (!flushing && isCollecting()) {
            flushing = true;
            tools.place().runtime().later(() -> {
                flushing = false;
                flush();
            });
        }
    }

    // ---- batches go

    @Override
    public void flush() {
        if (!isCollecting()
                || feed.isBusy()
                || feed.isStopping()
                || tools.suspension().isOn()) {
            return;
        }
        GroupBatch<Object> batch = batch(end, records, records.isEmpty() ? failures + 1 : 1);
        records.clear();
        feed.beBusy();
        hand(batch);
    }

    private GroupBatch<Object> batch(long to, List<EventRecord<Object>> events, int attempt) {
        return new GroupBatch<>(feed.stream(), feed.partition(), done, to, events, attempt);
    }

    @Override
    public void deliver(EventRecord<Object> record, int attempt) {
        if (record.event() instanceof FilterCodec.Undecodable undecodable) {
            poison.failed(record, attempt, undecodable.cause());
        } else {
            hand(batch(record.offset() + 1, List.of(record), attempt));
        }
    }

    private void hand(GroupBatch<Object> batch) {
        Future<?> processed = tools.delivery().hand(batch);
        if (processed.isComplete()) {
            ended(batch, processed.cause());
            return;
        }
        long delivery = inHand.begin(batch, batch.attempt());
        processed.onComplete((result, failure) -> tools.place().runtime().run(() -> {
            GroupBatch<Object> ended = inHand.end(delivery);
            if (ended != null) {
                ended(ended, failure);
            }
        }));
    }

    private void ended(GroupBatch<Object> batch, @Nullable Throwable failure) {
        if (failure == null) {
            done = batch.to();
            end = done;
            failures = 0;
            feed.finish(done);
        } else if (feed.isStopping()) {
            feed.giveUp();
        } else if (batch.records().isEmpty()) {
            repeat(failure);
        } else if (batch.to() - position.offset() == 1) {
            end = position.offset();
            poison.failed(batch.records().get(0), batch.attempt(), failure);
        } else {
            narrow(batch, failure);
        }
    }

    private void narrow(GroupBatch<Object> batch, Throwable failure) {
        LOG.warn(
                "A batch of {} events, offsets {} to {} of {}, failed, and each comes again alone: {}",
                batch.records().size(),
                position.offset(),
                batch.to() - 1,
                feed.place(),
                PoisonEvents.brief(failure));
        LOG.debug("Offsets {} to {} of {}", position.offset(), batch.to() - 1, feed.place(), failure);
        narrowUntil = batch.to();
        end = position.offset();
        feed.readAgain();
    }

    private void repeat(Throwable failure) {
        GroupOptions options = tools.place().options();
        if (++failures >= options.getMaxAttempts()) {
            owner.fail(failure);
            feed.giveUp();
            return;
        }
        LOG.warn(
                "Delivery {} of a batch without events before offset {} of {} failed: {}",
                failures,
                end,
                feed.place(),
                PoisonEvents.brief(failure));
        pause.begin(PoisonEvents.backOff(options, failures), () -> {
            feed.giveUp();
            flush();
        });
    }

    @Override
    public void giveUpHandler(long timeoutMillis, long nowNanos) {
        GroupBatch<Object> batch = inHand.endIfOlder(timeoutMillis * 1_000_000, nowNanos);
        if (batch == null) {
            return;
        }
        if (batch.records().size() == 1 && batch.to() - position.offset() == 1) {
            end = position.offset();
            poison.timedOut(batch.records().get(0), batch.attempt(), timeoutMillis);
        } else {
            ended(batch, new TimeoutException("the batch handler did not end within " + timeoutMillis + " ms"));
        }
    }

    @Override
    public void stop() {
        records.clear();
        if (pause.end()) {
            feed.giveUp();
        }
    }

    @Override
    public String toString() {
        return ", batch " + done + " to " + end + (narrowUntil > done ? ", narrowed until " + narrowUntil : "");
    }
}
