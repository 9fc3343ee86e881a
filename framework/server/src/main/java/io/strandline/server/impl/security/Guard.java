package io.strandline.server.impl.security;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import io.strandline.server.security.Identity;
import io.strandline.server.security.ResourcePattern;
import io.strandline.server.security.Security;
import io.strandline.spi.LogPort;
import io.strandline.spi.Logger;
import io.strandline.spi.TransactionClaims;
import io.strandline.spi.UserCode;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What a gate does on a log with security. */
final class Guard {

    private static final Logger LOG = Logger.of(Guard.class);
    private static final Future<Void> PERMITTED = Future.succeededFuture();

    private final Security security;
    private final LogPort port;
    private final PartitionStreams partitions;
    private final AuditTrail audit;
    private final Admission admission;
    /** Refusals that have an entry of the audit trail, by user. */
    private final FailureLimit<String> noted;

    private final StandingRights standing;
    /** The authenticator could not tell whether somebody is to be served. */
    private final AtomicBoolean isFailing = new AtomicBoolean();

    /** What the rules are asked. */
    private record Question(Right right, Resource resource) {}

    Guard(Vertx vertx, Strandline log, LogPort port, Security security, DoorCounts counts) {
        this.security = security;
        this.port = port;
        this.partitions = new PartitionStreams(port);
        this.audit = new AuditTrail(vertx, log, security.options(), counts);
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        PacedAttempts paced = new PacedAttempts(
                context,
                security.options().getMaxHashing(),
                System::nanoTime,
                (millis, next) -> context.setTimer(millis, due -> next.run()),
                (millis, late) -> {
                    long timer = context.setTimer(millis, due -> late.run());
                    return () -> vertx.cancelTimer(timer);
                });
        this.admission = new Admission(security, audit, counts, paced, System::nanoTime, System::currentTimeMillis);
        this.noted = Admission.limit(security.options(), System::nanoTime);
        this.standing = new StandingRights(vertx, security);
    }

    /** Gives back what it has opened in the log. */
    Future<Void> close() {
        return audit.close();
    }

    Admission admission() {
        return admission;
    }

    StandingRights standing() {
        return standing;
    }

    /** As {@link Gate#expiry}. What cannot be told now goes on until it can. */
    StrandlineException.@Nullable Unauthorized expiry(Identity who) {
        return whyNot(who) instanceof StrandlineException.Unauthorized over ? over : null;
    }

    /** Why a caller is not served now. Null if it is. */
    private @Nullable StrandlineException whyNot(Identity who) {
        if (who.isAnonymous()) {
            return new StrandlineException.Unauthorized("no credentials were shown");
        }
        if (who.isExpired(System.currentTimeMillis())) {
            return new StrandlineException.Unauthorized("the credentials of " + who + " have expired");
        }
        boolean isCurrent;
        try { // asked for each request, so that no future is made
            isCurrent = security.authenticator().isCurrent(who);
        } catch (Throwable thrown) {
            logOnce(thrown);
            return new StrandlineException.Unavailable("it cannot be told now whether " + who + " is to be served");
        }
        if (isFailing.get()) { // to write it for each request would have all event loops share its memory
            isFailing.set(false);
        }
        return isCurrent
                ? null
                : new StrandlineException.Unauthorized("the credentials of " + who + " are not valid any more");
    }

    /** It is asked often, of each connection. */
    private void logOnce(Throwable thrown) {
        if (isFailing.compareAndSet(false, true)) {
            LOG.error("the authenticator has failed with {}", thrown.getClass().getName());
        }
    }

    // ---- decisions

    /** Decides, and notes a refusal. */
    <Q> Future<Void> require(Identity who, Operation<Q, ?> operation, Q request) {
        Future<Void> checked = check(who, operation, request);
        if (checked.succeeded()) {
            return checked;
        }
        return checked.onFailure(why -> {
            if (why instanceof StrandlineException.Unauthorized) {
                refused(who, operation, request, why);
            }
        });
    }

    /** A user who may do nothing must not fill the log. */
    private <Q> void refused(Identity who, Operation<Q, ?> operation, Q request, Throwable why) {
        if (noted.secondsLeft(who.name()) == 0) {
            noted.failed(who.name());
            audit.refused(who, operation, resources(operation, request), why);
        } else {
            audit.passedOver();
        }
    }

    /** Decides. Fails with Unauthorized, or with what keeps it from deciding. */
    <Q> Future<Void> check(Identity who, Operation<Q, ?> operation, Q request) {
        StrandlineException whyNot = whyNot(who);
        if (whyNot != null) {
            return Future.failedFuture(whyNot);
        }
        List<Resource> resources;
        try {
            resources = operation.resources(request);
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        if (resources.isEmpty()) {
            return Future.failedFuture(
                    new StrandlineException.Invalid(operation + " is about nothing, it must name something"));
        }
        Future<Void> decided = PERMITTED;
        Set<Question> asked = new LinkedHashSet<>();
        for (Resource resource : resources) {
            Future<List<Question>> resolved = resolved(who, operation.right(), resource);
            Future<Void> one = resolved.succeeded()
                    ? askAll(who, operation, resource, resolved.result(), asked)
                    : resolved.compose(found -> askAll(who, operation, resource, found, new LinkedHashSet<>()));
            if (one.failed()) {
                return one;
            }
            if (!one.isComplete()) {
                decided = decided.compose(before -> one);
            }
        }
        return decided;
    }

    private static <Q> List<Resource> resources(Operation<Q, ?> operation, Q request) {
        try {
            return operation.resources(request);
        } catch (StrandlineException.Invalid e) {
            return List.of();
        }
    }

    /** What rules are asked for: streams in place of a partition, and of a transaction that has written. */
    private Future<List<Question>> resolved(Identity who, Right right, Resource resource) {
        return switch (resource.kind()) {
            case PARTITION ->
                partitions
                        .of(Long.parseLong(resource.name()))
                        .map(stream -> List.of(new Question(right, Resource.stream(stream))));
            case TRANSACTION ->
                port.transactions().claimsOf(resource.name()).map(claims -> questions(who, right, resource, claims));
            default -> Future.succeededFuture(List.of(new Question(right, resource)));
        };
    }

    /**
     * Whoever has not begun a transaction sees how far it is, and changes it as an administrator of its streams alone. While it has none, that is
     * one of the log: a right on any stream would otherwise reach those of others.
     */
    private static List<Question> questions(Identity who, Right right, Resource resource, TransactionClaims claims) {
        String owner = claims.owner().orElse(who.name());
        boolean isOwn = owner.equals(who.name());
        boolean isNobodys = owner.isEmpty();
        Right needed = isOwn || isNobodys || right == Right.DESCRIBE ? right : Right.ADMIN;
        if (!claims.streams().isEmpty()) {
            return claims.streams().stream()
                    .map(stream -> new Question(needed, Resource.stream(stream)))
                    .toList();
        }
        return List.of(new Question(needed, isOwn ? resource : Resource.THE_LOG));
    }

    /**
     * Asks for the right on each.
     *
     * @param named what the request names, which is what a refusal names
     * @param asked what this request was permitted already
     */
    private Future<Void> askAll(
            Identity who, Operation<?, ?> operation, Resource named, List<Question> questions, Set<Question> asked) {
        Future<Void> decided = PERMITTED;
        for (Question question : questions) {
            if (!asked.add(question)) {
                continue;
            }
            Future<Void> one = ask(who, operation, named, question);
            if (one.failed()) {
                return one;
            }
            if (!one.isComplete()) {
                decided = decided.compose(before -> one);
            }
        }
        return decided;
    }

    private Future<Void> ask(Identity who, Operation<?, ?> operation, Resource named, Question question) {
        Future<Boolean> may = UserCode.future(
                "the authorization", () -> security.authorization().may(who, question.right(), question.resource()));
        if (may.succeeded()) {
            return answer(may.result(), who, operation, question.right(), named);
        }
        return may.transform((permitted, failure) -> {
            if (failure == null) {
                return answer(permitted, who, operation, question.right(), named);
            }
            LOG.error("the authorization has failed with {}", failure.getClass().getName());
            return Future.failedFuture(
                    new StrandlineException.Unavailable("it cannot be decided now who may do " + operation));
        });
    }

    private static Future<Void> answer(
            @Nullable Boolean permitted, Identity who, Operation<?, ?> operation, Right needed, Resource named) {
        return Boolean.TRUE.equals(permitted)
                ? PERMITTED
                : Future.failedFuture(new StrandlineException.Unauthorized(who + " may not do " + operation
                        + ", which needs " + needed + " on " + ResourcePattern.text(named)));
    }

    // ---- the audit trail

    /** Notes an administrative act when it has ended. */
    <Q, R> Future<R> noted(
            Identity who, Operation<Q, R> operation, Q request, Future<R> called, Future<Void> permitted) {
        boolean isAdministrative =
                operation.mayChange() && (operation.right() == Right.ADMIN || operation.right() == Right.OPERATE);
        if (!isAdministrative) {
            return called;
        }
        return called.onComplete((reply, failure) -> {
            if (permitted.succeeded()) {
                audit.ended(who, operation, resources(operation, request), failure);
            }
        });
    }
}
