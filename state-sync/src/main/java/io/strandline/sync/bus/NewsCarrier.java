package io.strandline.sync.bus;

import io.strandline.StreamName;
import io.vertx.core.Future;

/** Carries the news of an owner's names to where the members hear them. News may be lost, repeated or late. */
public interface NewsCarrier {

    /**
     * Makes an owner known, before it serves. Completes with 0 if it is the newest one known of its log; otherwise with the
     * epoch above which it has to claim the log, to begin again.
     */
    Future<Long> begin(LogOwner owner);

    /**
     * Begins to carry the news of one name.
     *
     * @return what the endpoint runs on its context, soon after the name has changed; it must not block
     */
    Runnable carry(StreamName name);

    /** Carries no more news of a name, until it is asked for again; what is kept of it may go. */
    default void drop(StreamName name) {}

    /** Carries nothing more. */
    Future<Void> close();
}
