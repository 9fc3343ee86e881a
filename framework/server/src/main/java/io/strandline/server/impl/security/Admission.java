package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.server.impl.listening.Network;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.Logger;
import io.strandline.spi.UserCode;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one place at which callers of all doors are authenticated. It limits the failures of an address, and gives one answer to all
 * credentials that are not valid. Callable from any thread.
 *
 * <p>A message of the event bus tells no address of its sender. A limit by what it shows, such as the user, would let anybody keep that user
 * out. So passwords that come there are compared at a bounded pace ({@link PacedAttempts}), and tokens, which nobody guesses, without a limit.
 */
public final class Admission {

    private static final Logger LOG = Logger.of(Admission.class);

    private final Security security;
    private final AuditTrail audit;
    private final DoorCounts counts;
    private final FailureLimit<Network> limit;

    /** Refusals that have an entry of the audit trail, by address. Those of the event bus, whose addresses callers choose, are of one. */
    private final FailureLimit<Network> noted;

    private final PacedAttempts paced;
    private final LongSupplier wallMillis;

    /** @param paced makes attempts of callers whose address is not known */
    Admission(
            Security security,
            AuditTrail audit,
            DoorCounts counts,
            PacedAttempts paced,
            LongSupplier nanoTime,
            LongSupplier wallMillis) {
        this.security = security;
        this.audit = audit;
        this.counts = counts;
        this.limit = limit(security.options(), nanoTime);
        this.noted = limit(security.options(), nanoTime);
        this.paced = paced;
        this.wallMillis = wallMillis;
    }

    /** As many as the options say of each. */
    static <K> FailureLimit<K> limit(SecurityOptions options, LongSupplier nanoTime) {
        return new FailureLimit<>(
                options.getMaxFailures(), options.getFailureWindowMillis(), options.getMaxAddresses(), nanoTime);
    }

    /** Seconds after which an address that has failed too often is heard again. 0 if it is heard now. */
    public long retryAfterSeconds(String address) {
        return limit.secondsLeft(Network.of(address));
    }

    /**
     * Finds out who calls. Fails with Unauthorized if the credentials are not valid, have expired, or are not there, with Overloaded if the
     * address has failed too often, and with Unavailable if it cannot be told now.
     */
    public Future<Identity> admit(Credentials credentials) {
        StrandlineException.Overloaded tooMany = tooMany(credentials);
        if (tooMany != null) {
            return Future.failedFuture(tooMany);
        }
        if (credentials.isEmpty()) {
            return refused(credentials, new StrandlineException.Unauthorized("no credentials were shown"));
        }
        return attempt(credentials).transform((identity, failure) -> {
            // Those that were compared beside each other would otherwise be more guesses than the limit.
            StrandlineException.Overloaded since = tooMany(credentials);
            if (since != null) {
                return Future.failedFuture(since);
            }
            return failure == null ? known(credentials, identity) : notKnown(credentials, failure);
        });
    }

    private Future<Identity> attempt(Credentials credentials) {
        Supplier<Future<Identity>> attempt = () -> UserCode.future(
                "the authenticator",
                () -> Objects.requireNonNull(
                        security.authenticator().authenticate(credentials), "the authenticator returned null"));
        return hasAddress(credentials) || !credentials.isPassword()
                ? attempt.get()
                : paced.make(credentials.address(), attempt);
    }

    private static boolean hasAddress(Credentials credentials) {
        return credentials.door() != Door.EVENT_BUS;
    }

    private StrandlineException.@Nullable Overloaded tooMany(Credentials credentials) {
        long seconds = hasAddress(credentials) ? limit.secondsLeft(Network.of(credentials.address())) : 0;
        return seconds == 0
                ? null
                : new StrandlineException.Overloaded(
                        "too many credentials of this address were not valid, it is heard again in " + seconds + " s");
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
        // A failure that it does not document, as of its database, says nothing of the credentials.
        return failure instanceof StrandlineException
                ? notValid(credentials)
                : Future.failedFuture(new StrandlineException.Unavailable("it cannot be told now who calls"));
    }

    private Future<Identity> notValid(Credentials credentials) {
        if (hasAddress(credentials)) {
            limit.failed(Network.of(credentials.address()));
        }
        return refused(credentials, new StrandlineException.Unauthorized(NotValid.MESSAGE));
    }

    private Future<Identity> refused(Credentials credentials, StrandlineException.Unauthorized why) {
        counts.refused();
        Network place = Network.of(hasAddress(credentials) ? credentials.address() : "event bus");
        if (noted.secondsLeft(place) == 0) {
            noted.failed(place);
            audit.notAuthenticated(Identity.ANONYMOUS.from(from(credentials)), TriedName.of(credentials), why);
        } else {
            audit.passedOver();
        }
        return Future.failedFuture(why);
    }

    private static String from(Credentials credentials) {
        return credentials.door().name().toLowerCase(Locale.ROOT) + " " + credentials.address();
    }
}
