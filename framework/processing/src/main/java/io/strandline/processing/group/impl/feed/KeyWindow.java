package io.strandline.processing.group.impl.feed;

import io.strandline.EventRecord;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The events of one partition that are handled by key: from the first that is not processed to the last that was read.
 *
 * <pre>
 *            position           begun end               end
 *  offsets ──────┼──────────────────┼────────────────────┼──▶
 *                │ at the handler,  │ waiting            │
 *                │ done, failed or  │                    │
 *                │ waiting (a gap)  │                    │
 * </pre>
 *
 * <p>An event is ready when no earlier event of its key is in the window. Events without a key are those of one key. An event that
 * is done lets go of its record and stays until everything before it is done.
 */
final class KeyWindow {

    private final ArrayDeque<Held> events = new ArrayDeque<>();
    /** Those that may be begun, the first offset first. */
    private final PriorityQueue<Held> ready = new PriorityQueue<>(Comparator.comparingLong((Held held) -> held.offset));
    /** Key → the last event of it that is not done. */
    private final Map<@Nullable String, Held> lastOfKey = new HashMap<>();

    private long end;
    private long begunEnd;
    private long firstFailed = Long.MAX_VALUE;
    private long bytes;
    private int inHand;
    private long deliveries;

    /** One event of the window. */
    static final class Held {

        final long offset;
        private final @Nullable String key;
        private final int bytes;
        private @Nullable EventRecord<Object> record;
        private @Nullable Held nextOfKey;
        /** Numbers its deliveries. 0 while none is at the handler. */
        private long delivery;

        private int attempt;
        private long seenDelivery;
        private long seenNanos;
        private @Nullable Throwable failure;
        /** The bound that its handler has exceeded, or 0. */
        private long timeoutMillis;

        private Held(EventRecord<Object> record, int bytes) {
            this.offset = record.offset();
            this.key = record.key();
            this.record = record;
            this.bytes = bytes;
        }

        EventRecord<Object> record() {
            return Objects.requireNonNull(record, "the event is done");
        }

        /** Which delivery of it the last one was. */
        int attempt() {
            return attempt;
        }

        /** Why that has failed, or null. */
        @Nullable
        Throwable failure() {
            return failure;
        }

        /** The bound that its handler has exceeded, or 0. */
        long timeoutMillis() {
            return timeoutMillis;
        }

        private boolean isDone() {
            return record == null;
        }

        private boolean isAtHandler() {
            return delivery != 0;
        }

        private boolean isOlder(long ageNanos, long nowNanos) {
            if (seenDelivery != delivery) {
                seenDelivery = delivery;
                seenNanos = nowNanos;
            }
            return nowNanos - seenNanos >= ageNanos;
        }
    }

    /** @param position of the next event */
    KeyWindow(long position) {
        this.end = position;
        this.begunEnd = position;
    }

    // ---- where it is

    boolean isEmpty() {
        return events.isEmpty();
    }

    int size() {
        return events.size();
    }

    /** Encoded bytes of the events that are not done. */
    long bytes() {
        return bytes;
    }

    /** The offset of the next event to come. */
    long end() {
        return end;
    }

    /** Everything before this offset is done. */
    long position() {
        Held first = events.peekFirst();
        return first == null ? end : first.offset;
    }

    /** The offset after the last event that was begun. */
    long begunEnd() {
        return begunEnd;
    }

    /** True if an event after this one was begun, so that the position cannot stay here without that event coming again. */
    boolean isBegunAfter(long offset) {
        return begunEnd > offset + 1;
    }

    int inHand() {
        return inHand;
    }

    // ---- events come

    void add(EventRecord<Object> record, int itsBytes) {
        Held held = new Held(record, itsBytes);
        events.add(held);
        bytes += itsBytes;
        end = held.offset + 1;
        Held before = lastOfKey.put(held.key, held);
        if (before == null) {
            ready.add(held);
        } else {
            before.nextOfKey = held;
        }
    }

    /** Everything before an offset needs no handler. */
    void passOver(long next) {
        end = Math.max(end, next);
    }

    // ---- and go

    /** The first event that is not done, or null. */
    @Nullable
    Held first() {
        return events.peekFirst();
    }

    /** The first event that may be begun, or null. */
    @Nullable
    Held firstReady() {
        return ready.peek();
    }

    /** The offset of the first event that has failed, or {@link Long#MAX_VALUE}. */
    long firstFailed() {
        return firstFailed;
    }

    /** An event goes to the handler. Gives the number of the delivery. */
    long begin(Held held, int attempt) {
        isReadyNoMore(held);
        begunEnd = Math.max(begunEnd, held.offset + 1);
        failed(held, null);
        held.timeoutMillis = 0;
        held.attempt = attempt;
        held.delivery = ++deliveries;
        inHand++;
        return held.delivery;
    }

    /** The handler is done with an event. False if it was given up before, and what it ends with does not count. */
    boolean end(Held held, long delivery) {
        if (held.delivery != delivery) {
            return false;
        }
        held.delivery = 0;
        inHand--;
        return true;
    }

    /** An event is processed, or will never be. */
    void done(Held held) {
        isReadyNoMore(held);
        failed(held, null);
        held.record = null;
        bytes -= held.bytes;
        Held next = held.nextOfKey;
        held.nextOfKey = null;
        if (next == null) {
            lastOfKey.remove(held.key);
        } else {
            ready.add(next);
        }
        while (!events.isEmpty() && events.getFirst().isDone()) {
            events.removeFirst();
        }
    }

    /** Only the first that is ready is begun, or passed over. */
    private void isReadyNoMore(Held held) {
        if (ready.peek() == held) {
            ready.remove();
        }
    }

    /**
     * A delivery has failed. Later events of the key wait.
     *
     * @param failure null if that is of no use any more
     */
    void failed(Held held, @Nullable Throwable failure) {
        boolean had = held.failure != null;
        held.failure = failure;
        if (failure != null) {
            firstFailed = Math.min(firstFailed, held.offset);
        } else if (had && held.offset == firstFailed) {
            firstFailed = Long.MAX_VALUE;
            for (Held other : events) {
                if (other.failure != null) {
                    firstFailed = other.offset;
                    break;
                }
            }
        }
    }

    /** Gives up the deliveries that were seen at the handler for at least the given time. */
    void giveUp(long timeoutMillis, long nowNanos, Consumer<Held> givenUp) {
        for (Held held : events.toArray(new Held[0])) {
            if (held.isAtHandler() && held.isOlder(timeoutMillis * 1_000_000, nowNanos)) {
                end(held, held.delivery);
                held.timeoutMillis = timeoutMillis;
                givenUp.accept(held);
            }
        }
    }

    @Override
    public String toString() {
        return "events " + position() + " to " + end + ", " + inHand + " in hand, begun to " + begunEnd;
    }
}
