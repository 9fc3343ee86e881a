package io.strandline.server.security;

import io.strandline.internal.Implementation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Who may do what at all doors of a log: how callers prove who they are, the rules, and whether an audit trail is kept.
 *
 * <p>With it nothing is permitted that no rule permits, and nothing is answered before a caller is authenticated. Methods may be called from
 * any thread.
 */
public interface Security {

    /**
     * Reads the files of the options, and goes on reading them when they change. It ends by {@link #close}, or with Vert.x.
     *
     * <p>The future completes on the caller's context. It fails with {@link io.strandline.StrandlineException.Invalid} if an option is out
     * of its bounds, no rules are given, nothing can prove who a caller is, or a file cannot be read.
     */
    static Future<Security> open(Vertx vertx, SecurityOptions options) {
        return Implementation.of(SecurityProvider.class).open(vertx, options);
    }

    /**
     * Of an application's own authentication and rules. Files of the options are not read.
     *
     * @throws io.strandline.StrandlineException.Invalid if an option is out of its bounds
     */
    static Security of(Authenticator authenticator, Authorization authorization, SecurityOptions options) {
        return Implementation.of(SecurityProvider.class).of(authenticator, authorization, options);
    }

    Authenticator authenticator();

    Authorization authorization();

    /** A copy of the options. */
    SecurityOptions options();

    /** Reads no file any more. What was read goes on to hold. Calling it again changes nothing. */
    Future<Void> close();
}
