package io.strandline.server.security;

import io.vertx.core.Future;

/**
 * Finds out who calls.
 *
 * <p>Called on any thread, and for many callers at a time. It must not block. Whatever it throws is answered as if its future failed with it.
 * A failure that is no {@link io.strandline.StrandlineException}, and null in place of a future, are answered as Unavailable and do not count
 * as failures of the caller's address.
 */
public interface Authenticator {

    /**
     * Completes with who has shown these credentials. Fails with {@link io.strandline.StrandlineException.Unauthorized} if they are not
     * valid, with the same message in the same time whether or not there is such a name. Fails with {@link
     * io.strandline.StrandlineException.Overloaded} or Unavailable if it cannot tell now. All other failures of Strandline, and null in place of
     * an identity, are answered as credentials that are not valid. Changes nothing and is safe to repeat.
     */
    Future<Identity> authenticate(Credentials credentials);

    /**
     * False if an identity that {@link #authenticate} gave is not to be served any more, as that of a user who was removed. Asked often,
     * also for connections that have nothing to do, so it must be cheap. If it throws, a request is answered as Unavailable, and what goes on
     * goes on. By default an identity lasts until it expires.
     */
    default boolean isCurrent(Identity identity) {
        return true;
    }
}
