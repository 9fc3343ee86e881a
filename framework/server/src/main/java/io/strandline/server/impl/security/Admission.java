package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.spi.Logger;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The one place at which callers of all doors are authenticated. It limits the failures of an address, and gives one answer to all
 * credentials that are not valid. Callable from any thread.
 */
public final class Admission {

    private static final Logger LOG = Logger.of(Admission.class);

    private final Security security;
    private final AuditTrail audit;
    private final FailureLimit limit;
    private final LongSupplier wallMillis;

    Admission(Security security, AuditTrail audit, LongSupplier nanoTime, LongSupplier wallMillis) {
        this.security = security;
        this.audit = audit;
        this.limit = new FailureLimit(
                security.options().getMaxFailures(),
                security.options().getFailureWindowMillis(),
                security.options().getMaxAddresses(),
                nanoTime);
        this.wallMillis = wallMillis;
    }

    /** Seconds after which an address that has failed too often is heard again. 0 if it is heard now. */
    public long retryAfterSeconds(String address) {
        return limit.secondsLeft(address);
    }

    /**
     * Finds out who calls. Fails with Unauthorized if the credentials are not valid, have expired, or are not there, with Overloaded if the
     * address has failed too often, and with Unavailable if it cannot be told now.
     */
    public Future<Identity> admit(Credentials credentials) {
        long seconds = limit.secondsLeft(credentials.address());
        if (seconds > 0) {
            return Future.failedFuture(new StrandlineException.Overloaded(
                    "too many credentials of this address were not valid, it is heard again in " + seconds + " s"));
        }
        if (credentials.isEmpty()) {
            return refused(credentials, new StrandlineException.Unauthorized("no credentials were shown"));
        }
        return UserCode.future(
                        "the authenticator", () -> security.authenticator().authenticate(credentials))
                .transform((identity, failure) ->
                        failure == null ? known(credentials, identity) : notKnown(credentials, failure));
    }

    private Future<Identity> known(Credentials credentials, Identity identity) {
        if (identity == null || identity.isAnonymous()) {
            return notValid(credentials);
        }
        if (identity.isExpired(wallMillis.getAsLong())) {
            // Who has had valid ones does not guess: a client that waits for its next token must not lock its
            // neighbours out.
            return refused(credentials, new StrandlineException.Unauthorized(NotValid.MESSAGE));
        }
        return Future.succeededFuture(identity.from(from(credentials)));
    }

    private Future<Identity> notKnown(Credentials credentials, Throwable failure) {
        if (StrandlineException.isTransient(failure)) {
            return Future.failedFuture(failure);
        }
        if (!(failure instanceof StrandlineException.Unauthorized)) {
            LOG.error("the authenticator has failed with {}", failure.getClass().getName());
        }
        return notValid(credentials);
    }

    private Future<Identity> notValid(Credentials credentials) {
        limit.failed(credentials.address());
        return refused(credentials, new StrandlineException.Unauthorized(NotValid.MESSAGE));
    }

    private Future<Identity> refused(Credentials credentials, StrandlineException.Unauthorized why) {
        audit.notAuthenticated(Identity.ANONYMOUS.from(from(credentials)), why);
        return Future.failedFuture(why);
    }

    private static String from(Credentials credentials) {
        return credentials.door().name().toLowerCase(Locale.ROOT) + " " + credentials.address();
    }
}
