package io.strandline.sync.impl.relay;

import io.strandline.sync.spi.Revision;
import io.vertx.core.Future;

/** A synchronizer, as its relay sees it. Every method may be called from the relay's context, and returns at once. */
interface RelayMember {

    /** Hands over what happened. Later mail takes the place of the chain and of the turn in mail that was not read yet. */
    void deliver(Mail mail);

    /** Encodes the newest durable state that this member has. Completes on the member's context. */
    Future<Revision> snapshot();
}
