package io.strandline.processing.process.impl;

import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bounds the commands and timers that are under way. What holds a slot waits for nothing that needs one. Belongs to one context. */
final class Slots {

    private final ProcessCounters counters;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private final List<Promise<Void>> waitingForRoom = new ArrayList<>();
    private int free;
    private @Nullable StrandlineException ended;

    Slots(int count, ProcessCounters counters) {
        this.free = count;
        this.counters = counters;
    }

    boolean hasRoom() {
        return ended == null && free > 0;
    }

    /**
     * Begins some work now, or when there is a slot for it, in the order of the calls, or never when all ends. It ends with {@link
     * #release}.
     */
    void take(Runnable work) {
        if (ended != null) {
            return;
        }
        if (free > 0) {
            free--;
            counters.underWay.increment();
            work.run();
        } else {
            waiting.add(work);
        }
    }

    /** Some work is done. */
    void release() {
        Runnable next = waiting.poll();
        if (next != null) {
            next.run();
            return;
        }
        free++;
        counters.underWay.decrement();
        List<Promise<Void>> heard = new ArrayList<>(waitingForRoom);
        waitingForRoom.clear();
        heard.forEach(Promise::tryComplete);
    }

    /** Completes when there is a slot and no work waits for it. Fails when there will be none, because all ends. */
    Future<Void> room() {
        StrandlineException cause = ended;
        if (cause != null) {
            return Future.failedFuture(cause);
        }
        if (free > 0) {
            return Future.succeededFuture();
        }
        Promise<Void> room = Promise.promise();
        waitingForRoom.add(room);
        return room.future();
    }

    /** Nothing is begun any more. */
    void end(StrandlineException cause) {
        ended = cause;
        waiting.clear();
        waitingForRoom.forEach(room -> room.tryFail(cause));
        waitingForRoom.clear();
    }
}
