package io.strandline.processing.group;

import io.strandline.EventRecord;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one feed does with an event that needs more than to be handed over. The way of one that fails:
 *
 * <pre>
 *  delivery 1 fails ─▶ pause ─▶ delivery 2 is counted in the group's state ─▶ delivery 2 … ─▶ delivery n fails
 *                                                                                                  │
 *    FAIL: the reader stops ◀── policy ◀───────────────────────────────────────────────────────────┘
 *    SKIP: the decision is in the state ─▶ next event
 *    PARK: the decision is in the state ─▶ the event is in the parking stream ─▶ next event
 * </pre>
 *
 * <p>A reader that dies anywhere on the way leaves the state as it was decided last, and the next one goes on from there. An
 * event that kills its reader is found by narrowing ({@link Part#orphaned}), and from then on counted like one that fails.
 */
final class PoisonEvents<E> {

    private static final Logger LOG = LoggerFactory.getLogger(PoisonEvents.class);

    private final PartitionFeed<E> feed;
    private final FeedOwner<E> owner;
    private @Nullable Long pause;

    PoisonEvents(PartitionFeed<E> feed, FeedOwner<E> owner) {
        this.feed = feed;
        this.owner = owner;
    }

    /** True if the event must not simply be handed over. */
    boolean mustSee(EventRecord<Object> record) {
        return feed.verdict() != null || feed.isCounted() || feed.isHeld(record.key());
    }

    /** Takes an event that must not simply be handed over. */
    void see(EventRecord<Object> record) {
        String verdict = feed.verdict();
        String key = record.key();
        if (verdict != null) {
            intoParking(record, verdict);
        } else if (key != null && feed.isHeld(key)) {
            owner.parkHeld(feed, key)
                    .onComplete((held, failure) -> feed.settled(failure, () -> {
                        if (Boolean.TRUE.equals(held)) {
                            intoParking(record, "key " + key + " is held");
                        } else {
                            count(record);
                        }
                    }));
        } else {
            count(record);
        }
    }

    private void count(EventRecord<Object> record) {
        if (!feed.isCounted()) {
            feed.deliver(record, 1);
        } else if (feed.attempts() >= owner.options().getMaxAttempts()) {
            decide(record, feed.attempts() + " deliveries were begun and none has ended: the readers died", null);
        } else {
            feed.begun(feed.attempts() + 1);
            owner.attempt(feed)
                    .onComplete(
                            (counted, failure) -> feed.settled(failure, () -> feed.deliver(record, feed.attempts())));
        }
    }

    /** A delivery has failed. */
    void failed(EventRecord<Object> record, int attempt, Throwable cause) {
        feed.begun(attempt);
        if (feed.isStopping()) {
            feed.giveUp();
            return;
        }
        boolean hopeless = record.event() instanceof FilterCodec.Undecodable;
        if (hopeless || attempt >= owner.options().getMaxAttempts()) {
            decide(record, brief(cause), cause);
            return;
        }
        LOG.warn("Delivery {} of offset {} of {} failed: {}", attempt, record.offset(), feed.place(), brief(cause));
        LOG.debug("Offset {} of {}", record.offset(), feed.place(), cause);
        pause = owner.runtime().timer(backOff(attempt), () -> {
            pause = null;
            count(record);
        });
    }

    private long backOff(int attempt) {
        long doubled = owner.options().getRetryBackOffMillis() << Math.min(attempt - 1, 20);
        return Math.min(doubled, owner.options().getMaxRetryBackOffMillis());
    }

    private void decide(EventRecord<Object> record, String why, @Nullable Throwable cause) {
        switch (owner.options().getPoison()) {
            case FAIL -> {
                feed.begun(0); // whoever comes next tries as often again
                owner.fail(new PoisonEventException(feed.place(), record.offset(), why, cause));
                feed.giveUp();
            }
            case SKIP -> {
                LOG.warn("Offset {} of {} is skipped: {}", record.offset(), feed.place(), why);
                owner.skip(feed, why)
                        .onComplete((done, failure) -> feed.settled(failure, () -> {
                            feed.committed(record.offset() + 1);
                            feed.finish(record.offset() + 1);
                        }));
            }
            case PARK -> {
                LOG.warn("Offset {} of {} is parked: {}", record.offset(), feed.place(), why);
                String holds = owner.options().isHoldKeys() ? record.key() : null;
                owner.park(feed, why, holds)
                        .onComplete((done, failure) -> feed.settled(failure, () -> intoParking(record, why)));
            }
        }
    }

    private void intoParking(EventRecord<Object> record, String cause) {
        owner.intoParking(feed, record, cause)
                .onComplete((done, failure) -> feed.settled(failure, () -> feed.finish(record.offset() + 1)));
    }

    static String brief(Throwable cause) {
        String text = Objects.requireNonNullElse(cause.getMessage(), "");
        String whole = cause.getClass().getSimpleName() + ": " + text;
        return whole.length() <= GroupState.MAX_CAUSE_LENGTH
                ? whole
                : whole.substring(0, GroupState.MAX_CAUSE_LENGTH - 1) + "…";
    }

    /** The feed stops: who waits for another delivery waits no longer. */
    void stop() {
        Long waiting = pause;
        if (waiting != null) {
            pause = null;
            owner.runtime().cancel(waiting);
            feed.giveUp();
        }
    }
}
