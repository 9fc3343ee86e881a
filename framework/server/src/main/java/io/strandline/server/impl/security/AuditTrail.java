package io.strandline.server.impl.security;

import io.strandline.EventWriter;
import io.strandline.Retention;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Resource;
import io.strandline.server.security.AuditEvent;
import io.strandline.server.security.Identity;
import io.strandline.server.security.ResourcePattern;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.Logger;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Refusals and administrative acts, as events of a stream. It never keeps a caller waiting: what the log does not take in time is dropped,
 * counted and logged. Callable from any thread.
 */
public final class AuditTrail {

    private static final Logger LOG = Logger.of(AuditTrail.class);
    private static final String AUTHENTICATE = "authenticate";
    private static final long REPORT_MILLIS = 10_000;

    private final Strandline log;
    private final SecurityOptions options;
    private final DoorCounts counts;
    private final ContextInternal context;
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong unreported = new AtomicLong();
    private @Nullable Future<EventWriter<AuditEvent>> writer;
    private boolean isLeaving;

    AuditTrail(Vertx vertx, Strandline log, SecurityOptions options, DoorCounts counts) {
        this.log = log;
        this.options = options;
        this.counts = counts;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
    }

    /** @param tried the name that was shown, which is not proven */
    void notAuthenticated(Identity who, String tried, Throwable why) {
        note(who, AUTHENTICATE, List.of(), AuditEvent.REFUSED, why, tried);
    }

    /** A refusal that is counted in the next entry, and has none of its own. */
    void passedOver() {
        if (options.isAudit()) {
            dropped.incrementAndGet();
        }
    }

    void refused(Identity who, Operation<?, ?> operation, List<Resource> resources, Throwable why) {
        note(who, operation.name(), resources, AuditEvent.REFUSED, why);
    }

    /** An administrative act has ended. */
    void ended(Identity who, Operation<?, ?> operation, List<Resource> resources, @Nullable Throwable failure) {
        note(who, operation.name(), resources, failure == null ? AuditEvent.DONE : AuditEvent.FAILED, failure);
    }

    private void note(
            Identity who, String operation, List<Resource> resources, String outcome, @Nullable Throwable why) {
        note(who, operation, resources, outcome, why, "");
    }

    private void note(
            Identity who,
            String operation,
            List<Resource> resources,
            String outcome,
            @Nullable Throwable why,
            String tried) {
        if (!options.isAudit()) {
            return;
        }
        if (queued.incrementAndGet() > options.getMaxAuditQueue()) {
            queued.decrementAndGet();
            drop(1);
            return;
        }
        List<String> about = resources.stream()
                .limit(AuditEvent.MAX_RESOURCES)
                .map(ResourcePattern::text)
                .map(AuditTrail::begin)
                .toList();
        String because = why == null ? "" : begin(String.valueOf(why.getMessage()));
        context.runOnContext(turned -> append(
                who.name(),
                lost -> new AuditEvent(who.name(), who.from(), operation, about, outcome, because, tried, lost)));
    }

    /** The beginning of a text that a caller may have chosen, without halves of letters, which the log would refuse. */
    private static String begin(String text) {
        String begin = text.substring(0, Math.min(text.length(), AuditEvent.MAX_TEXT_CHARACTERS));
        return new String(begin.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    private interface Entry {
        AuditEvent with(long lost);
    }

    private void append(String who, Entry entry) {
        long lost = dropped.getAndSet(0);
        writer().compose(opened -> opened.append(who, entry.with(lost))).onComplete((appended, failure) -> {
            int left = queued.decrementAndGet();
            if (failure != null) {
                dropped.addAndGet(lost);
                drop(1);
            }
            if (isLeaving && left == 0) {
                endWriter();
            }
        });
    }

    /**
     * Ends the writer when everything that was noted is in the log, or dropped. An act that ends later opens one for itself, so that it is not lost.
     */
    Future<Void> close() {
        Promise<Void> ended = Promise.promise();
        context.runOnContext(turned -> {
            isLeaving = true;
            endWriter().onComplete(ended);
        });
        return ended.future();
    }

    private Future<Void> endWriter() {
        Future<EventWriter<AuditEvent>> last = writer;
        writer = null;
        return last == null
                ? Future.succeededFuture()
                : last.transform((opened, failure) -> opened == null ? Future.succeededFuture() : opened.end());
    }

    private Future<EventWriter<AuditEvent>> writer() {
        Future<EventWriter<AuditEvent>> known = writer;
        if (known != null && !known.failed()) {
            return known;
        }
        Retention retention = options.getAuditAgeMillis() == 0
                ? Retention.everything()
                : Retention.maxAge(options.getAuditAgeMillis());
        Future<EventWriter<AuditEvent>> opening = log.catalog()
                .describe(AuditEvent.STREAM)
                .recover(none -> log.catalog()
                        .createReserved(
                                AuditEvent.STREAM,
                                new StreamOptions().setPartitions(1).setRetention(retention)))
                .compose(stream -> log.createWriter(AuditEvent.STREAM, AuditEvent.CODEC));
        writer = opening;
        return opening;
    }

    private void drop(long entries) {
        dropped.addAndGet(entries);
        counts.auditsDropped(entries);
        if (unreported.getAndAdd(entries) == 0) {
            context.setTimer(
                    REPORT_MILLIS,
                    due -> LOG.error(
                            "{} entries of {} were dropped, because the log did not take them",
                            unreported.getAndSet(0),
                            AuditEvent.STREAM));
        }
    }
}
