package io.strandline.log.impl.state;

import io.strandline.spi.ReadSlice;
import io.vertx.core.Promise;

/**
 * A read that waits at the end of a partition.
 *
 * @param offset the end offset at which it waits
 * @param maxBytes how much it wants
 * @param promise to be completed with the next events
 */
public record Waiter(long offset, int maxBytes, Promise<ReadSlice> promise) {

    /** Answers that nothing has come: a slice without events. */
    public void leave(ReadSlice nothing) {
        Answers.give(promise, nothing);
    }
}
