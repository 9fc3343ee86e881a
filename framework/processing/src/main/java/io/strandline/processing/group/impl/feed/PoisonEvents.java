package io.strandline.processing.group.impl.feed;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonEventException;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
 * <p>A delivery whose handler takes too long has failed too: the partition goes to another reader with the count, and that
 * one makes the next delivery.
 *
 * <p>A reader that dies anywhere on the way leaves the state as it was decided last, and the next one goes on from there. An
 * event that kills its reader is found by narrowing ({@link PartitionState#orphaned}), and from then on counted like one that fails.
 */
final class PoisonEvents<E> {

    private static final Logger LOG = Logger.of(PoisonEvents.class);

    private final PartitionFeed<E> feed;
    private final FeedOwner<PartitionFeed<E>> owner;
    private final FeedTools<E> tools;
    private final FeedPosition position;
    /** Deliveries of the event at the position that were begun and not finished. */
    private int attempts;
    /** Why the event at the position is to be parked, or null. */
    private @Nullable String verdict;
    /** Where the reader got the partition, and the number in the parking stream that the event there may have. */
    private final long gainedAt;

    private final long condemnedUnder;
    /** Keys of the stream that are held. */
    private Set<String> held = Set.of();
    /** False while an event needs no more than to be handed over. */
    private boolean careful;

    private final RetryPause pause;

    /** @param known what the group knew of the partition when its reader got it */
    PoisonEvents(
            PartitionFeed<E> feed,
            FeedOwner<PartitionFeed<E>> owner,
            FeedTools<E> tools,
            FeedPosition position,
            PartitionState known) {
        this.feed = feed;
        this.owner = owner;
        this.tools = tools;
        this.pause = new RetryPause(tools.place().runtime());
        this.position = position;
        this.attempts = known.attempts();
        this.verdict = known.verdict();
        this.gainedAt = known.offset();
        this.condemnedUnder = known.condemnedUnder();
        beCareful();
    }

    int attempts() {
        return attempts;
    }

    /** What was known of the event at the position is of no use any more. */
    void settled() {
        attempts = 0;
        verdict = null;
        beCareful();
    }

    /** The held keys of the stream have changed. */
    void hold(Set<String> keys) {
        held = keys;
        beCareful();
    }

    void beCareful() {
        careful = position.isCounted() || attempts > 0 || verdict != null || !held.isEmpty();
    }

    /** True if the event must not simply be handed over. */
    boolean mustSee(EventRecord<Object> record) {
        return careful && (verdict != null || isCounted() || isHeld(record.key()));
    }

    /** True if each delivery is counted before it is made. */
    private boolean isCounted() {
        return position.isCounted() || attempts > 0;
    }

    private boolean isHeld(@Nullable String key) {
        return key != null && held.contains(key);
    }

    /** Takes an event that must not simply be handed over. */
    void see(EventRecord<Object> record) {
        String key = record.key();
        if (verdict != null && (options().getPoison() == PoisonPolicy.PARK || isHeld(key))) {
            intoParking(record, verdict, condemnedUnder);
        } else if (verdict != null) {
            acquit(record);
        } else if (key != null && isHeld(key)) {
            tools.decisions()
                    .parkHeld(feed, key)
                    .onComplete((taken, failure) -> feed.settled(failure, () -> {
                        if (Boolean.TRUE.equals(taken)) {
                            intoParking(record, "key " + key + " is held", numberOf(record));
                        } else {
                            count(record);
                        }
                    }));
        } else {
            count(record);
        }
    }

    /** The policy has changed since the event was condemned: it is tried again, and the new policy decides. */
    private void acquit(EventRecord<Object> record) {
        tools.decisions()
                .acquit(feed)
                .onSuccess(done -> settled())
                .onComplete((done, failure) -> feed.settled(failure, () -> count(record)));
    }

    private void count(EventRecord<Object> record) {
        if (!isCounted()) {
            feed.deliver(record, 1);
        } else if (attempts >= options().getMaxAttempts()) {
            decide(record, attempts + " deliveries were begun and none has ended: the readers died", null);
        } else {
            attempts++;
            tools.decisions()
                    .attempt(feed)
                    .onComplete((counted, failure) -> feed.settled(failure, () -> feed.deliver(record, attempts)));
        }
    }

    /** A delivery has failed. */
    void failed(EventRecord<Object> record, int attempt, Throwable cause) {
        attempts = attempt;
        if (feed.isStopping()) {
            feed.giveUp();
            return;
        }
        boolean hopeless = record.event() instanceof FilterCodec.Undecodable;
        if (hopeless || attempt >= options().getMaxAttempts()) {
            decide(record, brief(cause), cause);
            return;
        }
        LOG.warn("Delivery {} of offset {} of {} failed: {}", attempt, record.offset(), feed.place(), brief(cause));
        LOG.debug("Offset {} of {}", record.offset(), feed.place(), cause);
        pause.begin(backOff(options(), attempt), () -> count(record));
    }

    /** A delivery has not ended in time: it has failed, and if it was not the last one another reader makes the next. */
    void timedOut(EventRecord<Object> record, int attempt, long timeoutMillis) {
        Throwable cause = new TimeoutException("the handler did not end within " + timeoutMillis + " ms");
        if (feed.isStopping() || attempt >= options().getMaxAttempts()) {
            failed(record, attempt, cause);
            return;
        }
        attempts = attempt;
        LOG.warn(
                "Delivery {} of offset {} of {}, key {}, is given up, and the partition is handed over: {}",
                attempt,
                record.offset(),
                feed.place(),
                record.key(),
                brief(cause));
        feed.handOver();
    }

    private GroupOptions options() {
        return tools.place().options();
    }

    static long backOff(GroupOptions options, int attempt) {
        return Backoff.afterFailed(options.getRetryBackOffMillis(), options.getMaxRetryBackOffMillis(), attempt);
    }

    private void decide(EventRecord<Object> record, String why, @Nullable Throwable cause) {
        switch (options().getPoison()) {
            case FAIL -> {
                attempts = 0; // the next reader tries as often again
                owner.fail(new PoisonEventException(feed.place(), record.offset(), record.key(), why, cause));
                feed.giveUp();
            }
            case SKIP -> {
                LOG.warn(
                        "Offset {} of {}, key {}, is skipped: {}",
                        record.offset(),
                        feed.place(),
                        record.key(),
                        why,
                        cause);
                tools.decisions()
                        .skip(feed, why)
                        .onSuccess(done -> feed.committedBy(record.offset() + 1))
                        .onComplete((done, failure) -> feed.settled(failure, () -> feed.passOver(record.offset() + 1)));
            }
            case PARK -> {
                LOG.warn(
                        "Offset {} of {}, key {}, is parked: {}",
                        record.offset(),
                        feed.place(),
                        record.key(),
                        why,
                        cause);
                String holds = options().isHoldKeys() ? record.key() : null;
                // A verdict that nobody can carry out would stop the partition for the next reader.
                insist("the parking stream", () -> tools.parking().prepare(feed.partition()))
                        .compose(ready -> tools.decisions().park(feed, why, holds))
                        .onComplete((done, failure) -> feed.settled(failure, () -> {
                            holdFromNowOn(holds);
                            intoParking(record, why, numberOf(record));
                        }));
            }
        }
    }

    /** The number in the parking stream of an event that this reader has condemned, as {@link PartitionState#condemned} has it. */
    private long numberOf(EventRecord<Object> record) {
        return record.offset() == gainedAt && condemnedUnder != 0
                ? condemnedUnder
                : feed.known().claim();
    }

    /** The next event of the key may come before the reader hears of what it has decided itself. */
    private void holdFromNowOn(@Nullable String key) {
        if (key != null) {
            Set<String> more = new HashSet<>(held);
            more.add(key);
            hold(more);
        }
    }

    private void intoParking(EventRecord<Object> record, String cause, long claim) {
        insist("an event for the parking stream", () -> tools.parking().park(feed, record, cause, claim))
                .compose(known -> known == ParkingWriters.PARKED
                        ? Future.succeededFuture()
                        : tools.decisions()
                                .renew(feed, known)
                                .compose(renewed -> Future.failedFuture(
                                        new StrandlineException.Fenced(feed.place() + " is read under a new claim"))))
                .onComplete((done, failure) -> feed.settled(failure, () -> feed.passOver(record.offset() + 1)));
    }

    private <T> Future<T> insist(String what, Supplier<Future<T>> call) {
        GroupPlace place = tools.place();
        return RetriedCall.begin(
                place.runtime(),
                place.options().getRetryTimeoutMillis(),
                () -> "Group " + place.group() + ": " + what + " at " + feed,
                () -> !feed.isLost() && !feed.isStopping(),
                StrandlineException::isTransient,
                call);
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
        if (pause.end()) {
            feed.giveUp();
        }
    }

    @Override
    public String toString() {
        return (attempts > 0 ? ", attempts " + attempts : "")
                + (verdict == null ? "" : ", to be parked")
                + (held.isEmpty() ? "" : ", holds " + held);
    }
}
