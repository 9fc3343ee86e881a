package io.strandline.sync.impl.relay;

import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.vertx.core.internal.ContextInternal;

/**
 * Reads the news of one name for its relay, one read at a time and only while the relay asks the store for nothing else.
 * Belongs to the relay's context. {@link NewsWatch} says when there may be some.
 */
final class NewsReads {

    /**
     * How long after an append of its own the relay waits before it looks for news, which are most often its own. An event
     * loop waits for the last half of a millisecond before a timer on the processor, so a short one is dear.
     */
    static final long NEWS_DELAY_MILLIS = 10;

    private static final Logger LOG = Logger.of(NewsReads.class);

    /** The relay that the news are for. */
    interface Receiver {

        /** Runs what an answer or a timer brings, as a step of the relay. */
        void run(Runnable action);

        /** Whether the relay backs off and asks the store for nothing. */
        boolean isPaused();

        /** Whether an append or a read of the relay is in progress. Its answer brings the news too. */
        boolean isAsking();

        /** The newest position that the relay knows to be durable. */
        Position durableEnd();

        void take(CatchUp news);

        /** Notes that the durable end was the newest position when the store was asked. */
        void confirmed(long askedNanos);
    }

    private final ContextInternal context;
    private final StoreCalls store;
    private final StreamName name;
    private final Receiver relay;

    private boolean pending;
    private boolean reading;
    private boolean timer;

    NewsReads(ContextInternal context, StoreCalls store, StreamName name, Receiver relay) {
        this.context = context;
        this.store = store;
        this.name = name;
        this.relay = relay;
    }

    /** Reads news that the store reported, at once or when the calls that are in progress have ended. */
    void told() {
        pending = true;
        if (relay.isPaused()) {
            return; // a contending member learns of them when it goes on
        }
        if (relay.isAsking() || reading) {
            delay();
        } else {
            read();
        }
    }

    /** Reads news that were reported and not yet read, if there are any. */
    void resume() {
        if (pending) {
            told();
        }
    }

    /** Forgets news that were reported, because the relay asks the store now and the answer brings them. */
    void drop() {
        pending = false;
    }

    /** Asks the deciding store, unless a request is already in progress. */
    void look() {
        if (relay.isPaused() || relay.isAsking() || reading) {
            return;
        }
        reading = true;
        long asked = System.nanoTime();
        Position known = relay.durableEnd();
        store.look(known)
                .onComplete((missed, failure) -> relay.run(() -> {
                    reading = false;
                    if (missed == null) {
                        LOG.debug("{} could not be looked at", name, failure);
                    } else if (!relay.isAsking() && relay.durableEnd().equals(known)) {
                        relay.take(missed);
                        relay.confirmed(asked);
                    }
                }));
    }

    private void delay() {
        if (!timer) {
            timer = true;
            context.setTimer(
                    NEWS_DELAY_MILLIS,
                    fired -> relay.run(() -> {
                        timer = false;
                        resume();
                    }));
        }
    }

    private void read() {
        pending = false;
        reading = true;
        store.readNews(relay.durableEnd())
                .onComplete((missed, failure) -> relay.run(() -> {
                    reading = false;
                    if (missed == null) {
                        LOG.debug("no news of {}", name, failure);
                    } else if (!relay.isAsking()
                            && missed.newest().revision() > relay.durableEnd().revision()) {
                        relay.take(missed);
                    }
                }));
    }
}
