package io.strandline.sync.bus;

import io.strandline.StreamName;
import io.vertx.core.Future;

/** Carries the news of an owner's names to where the members hear them. News may be lost, repeated or late. */
public interface NewsCarrier {

    /**
     * Announces an owner before it serves. Completes with 0 if it is the newest known owner of its log. Otherwise
     * completes with the epoch above which it has to claim the log, to begin again.
     */
    Future<Long> begin(LogOwner owner);

    /**
     * Begins to carry the news of one name.
     *
     * @return the action that the endpoint runs on its context, soon after the name has changed. It must not block
     */
    Runnable carry(StreamName name);

    /** Stops carrying news of a name until it is asked for again. Kept news of it may be removed. */
    default void drop(StreamName name) {}

    /** Carries nothing more. */
    Future<Void> close();
}
