package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.vertx.core.Future;

/** The one answer to credentials that are not valid, whatever is wrong with them. */
final class NotValid {

    static final String MESSAGE = "the credentials are not valid";

    private NotValid() {}

    static <T> Future<T> future() {
        return Future.failedFuture(new StrandlineException.Unauthorized(MESSAGE));
    }
}
