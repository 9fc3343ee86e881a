package io.strandline.sync.spi;

import io.vertx.core.Future;

/** A watcher that is notified of news of one name, until it is closed. */
public interface Watch {

    /**
     * Ends the watch. When the future completes, no call of the watcher is under way and none begins. Closing again is safe
     * and has no effect.
     */
    Future<Void> close();
}
