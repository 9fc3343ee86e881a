package io.strandline.server.security;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Makes {@link Security}, which finds the one implementation. */
public interface SecurityProvider {

    /** As {@link Security#open}. */
    Future<Security> open(Vertx vertx, SecurityOptions options);

    /** As {@link Security#of}. */
    Security of(Authenticator authenticator, Authorization authorization, SecurityOptions options);
}
