package io.strandline.sync.bus;

import io.strandline.StrandlineException;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves the store of this JVM on the event bus, so that every member of the cluster can reach the JVM that owns the log:
 * decode → check the log → admit → ask the store → reply. The client side is {@link BusRevisionStore}.
 *
 * <p><b>One owner.</b> An endpoint asks its address before it serves. If another endpoint answers there, it fails with
 * Conflict. If two logs are served at the same moment, one of them is also refused, by a map of Vert.x that the cluster
 * shares. A second protection covers a divided network: a log has an id ({@link LogOwner}), and a member stays with the
 * log that it met first. Its requests carry the log's id. An endpoint of another log refuses them with NotOwner, before
 * it does anything. A member that was refused in this way sends no more requests until its store is opened again. Two
 * endpoints of one log are harmless, because the log's own store decides.
 *
 * <p>While the owner is away, calls of the members are Unavailable. A call that the owner did not answer is Unknown if it
 * changes something. An owner that comes back with its log goes on, and members need not be notified.
 *
 * <p>Any member of the cluster may ask. The event bus is inside the application, and its encryption and client
 * certificates keep others out. A message that is not a valid request is refused with Invalid and affects nobody else. A
 * request may be sent again: the store recognises an append by its id.
 *
 * <p>An endpoint lives until it is closed, on its own event loop, even when the verticle that opened it is undeployed.
 */
public final class RevisionEndpoint {

    private static final Logger LOG = Logger.of(RevisionEndpoint.class);

    /** Every request is taken for at least this long: an empty one costs memory too. */
    private static final long MIN_BYTES = 1_024;

    private static final int MAX_CLAIMS = 10;

    /** How long somebody who is registered at the address, and does not answer, is asked before a new endpoint gives up. */
    static final long ADDRESS_CHECK_MILLIS = 10_000;

    private static final long ADDRESS_PAUSE_MILLIS = 100;

    private final ContextInternal context;
    private final RevisionStore store;
    private final BusOptions options;
    private final NewsCarrier carrier;
    private final LogOwner owner;
    private final ServedAddress taken;
    private final WatchedNames watched;
    private final MessageConsumer<Object> consumer;
    private final CloseOnce end;
    private long servedBytes;
    /** The last other log that a member asked for here. */
    private @Nullable UUID strayed;

    private RevisionEndpoint(
            ContextInternal context,
            RevisionStore store,
            BusOptions options,
            NewsCarrier carrier,
            LogOwner owner,
            ServedAddress taken) {
        this.taken = taken;
        this.context = context;
        this.store = store;
        this.options = options;
        this.carrier = carrier;
        this.owner = owner;
        this.watched = new WatchedNames(context, store, carrier, options.getMaxWatchedNames());
        this.consumer = context.owner().eventBus().consumer(options.getAddress());
        this.end = CloseOnce.with(
                context.owner(),
                CloseOnce.Stage.SYNCHRONIZERS,
                "RevisionEndpoint at " + options.getAddress(),
                this::closeAll);
    }

    /** Opens an endpoint that tells of news on the event bus. */
    public static Future<RevisionEndpoint> open(Vertx vertx, RevisionStore store, BusOptions options) {
        return open(vertx, store, options, new BusNews(vertx.eventBus(), options));
    }

    /**
     * Claims the log of a store, and serves it from the completion of the future on.
     *
     * <p>Fails with Conflict if the address is served already. Fails with Unavailable if an endpoint is registered there
     * that does not answer for {@value #ADDRESS_CHECK_MILLIS} ms, for example a member that died and was not noticed yet.
     * Fails with Invalid if an option is invalid, and as the store fails.
     *
     * @param carrier belongs to the endpoint from now on, even if the endpoint is not opened
     */
    public static Future<RevisionEndpoint> open(
            Vertx vertx, RevisionStore store, BusOptions options, NewsCarrier carrier) {
        PromiseInternal<RevisionEndpoint> reply = ((ContextInternal) vertx.getOrCreateContext()).promise();
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        BusOptions own = new BusOptions(options);
        Future<RevisionEndpoint> opened = requireFree(context, own)
                .compose(free -> claim(store, carrier, 0, MAX_CLAIMS))
                .compose(owner -> ServedAddress.take(
                                context, own.getAddress(), owner.log(), () -> requireFree(context, own))
                        .compose(taken -> onContext(context, own, store, carrier, owner, taken)
                                .recover(failure ->
                                        taken.release().transform(released -> Future.failedFuture(failure)))));
        opened.recover(failure -> carrier.close().transform(closed -> Future.failedFuture(failure)))
                .onComplete(reply);
        return reply.future();
    }

    /** The log, and the epoch in which this endpoint serves it. */
    public LogOwner owner() {
        return owner;
    }

    /**
     * Stops accepting requests and publishing news. Requests that are being served are still answered. The endpoint
     * closes with Vert.x, before the store. Calling it again has no effect.
     */
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        Promise<Void> reply = Promise.promise();
        context.emit(v -> Future.join(
                        consumer.unregister().eventually(() -> taken.release().otherwiseEmpty()), watched.close())
                .compose(ended -> carrier.close(), failed -> carrier.close().compose(v2 -> Future.failedFuture(failed)))
                .onComplete(reply));
        return reply.future();
    }

    private static Future<Void> requireFree(ContextInternal context, BusOptions options) {
        try {
            options.validate();
        } catch (StrandlineException.Invalid invalid) {
            return Future.failedFuture(invalid);
        }
        return requireFree(context, options, System.nanoTime());
    }

    private static Future<Void> requireFree(ContextInternal context, BusOptions options, long startNanos) {
        return BusRevisionStore.meet(context.owner(), options).transform(met -> {
            if (met.succeeded()) {
                return Future.failedFuture(served(options, "the owner of log " + met.result()));
            }
            Throwable failure = met.cause();
            if (BusFailure.isNobodyThere(failure)) {
                return Future.succeededFuture();
            }
            if (BusFailure.isAnswer(failure)) {
                return Future.failedFuture(served(options, "somebody who answered: " + failure.getMessage()));
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
            return millis < ADDRESS_CHECK_MILLIS
                    ? context.timer(ADDRESS_PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                            .compose(again -> requireFree(context, options, startNanos))
                    : Future.failedFuture(new StrandlineException.Unavailable(
                            "somebody is registered at address " + options.getAddress() + " and did not answer in "
                                    + millis + " ms: " + failure.getMessage(),
                            failure));
        });
    }

    private static StrandlineException served(BusOptions options, String by) {
        return new StrandlineException.Conflict("address " + options.getAddress() + " is served already, by " + by);
    }

    private static Future<LogOwner> claim(RevisionStore store, NewsCarrier carrier, long above, int attempts) {
        return LogOwner.claim(store, above)
                .compose(owner -> carrier.begin(owner).compose(newest -> {
                    if (newest == 0) {
                        return Future.succeededFuture(owner);
                    }
                    return attempts > 1
                            ? claim(store, carrier, newest, attempts - 1)
                            : Future.failedFuture(new StrandlineException.Conflict(owner + " is below others after "
                                    + MAX_CLAIMS + " claims, the newest is " + newest));
                }));
    }

    private static Future<RevisionEndpoint> onContext(
            ContextInternal context,
            BusOptions options,
            RevisionStore store,
            NewsCarrier carrier,
            LogOwner owner,
            ServedAddress taken) {
        PromiseInternal<RevisionEndpoint> registered = context.promise();
        context.emit(v -> {
            RevisionEndpoint endpoint;
            try {
                endpoint = new RevisionEndpoint(context, store, options, carrier, owner, taken);
            } catch (StrandlineException.Unavailable vertxCloses) {
                registered.fail(vertxCloses);
                return;
            }
            endpoint.consumer.handler(endpoint::take);
            endpoint.consumer.completion().map(endpoint).onComplete(registered);
        });
        return registered.future();
    }

    private void take(Message<Object> message) {
        try {
            BusFormat.Request request = BusFormat.readRequest(message.body());
            UUID asked = request.log();
            if (asked != null && !asked.equals(owner.log())) {
                refuse(message, asked);
            } else if (BusRevisionStore.isMeeting(request)) {
                message.reply(
                        BusFormat.reply(owner.log(), new BusCall.Follow(), true)); // whatever state the store is in
            } else {
                serve(message, request, request.call());
            }
        } catch (StrandlineException refused) {
            message.fail(BusFailure.codeOf(refused), refused.getMessage());
        }
    }

    private void refuse(Message<Object> message, UUID asked) {
        String why = "request for log " + asked + " came to the owner of log " + owner.log() + " at "
                + options.getAddress() + "; open the store again to use this one";
        if (!asked.equals(strayed)) {
            strayed = asked;
            LOG.warn("{}", why);
        }
        message.fail(BusFailure.OTHER_LOG, why);
    }

    private <T> void serve(Message<Object> message, BusFormat.Request request, BusCall<T> call) {
        long bytes = admit(message);
        Attempt.of(() -> call.serve(store, watched, request.name()))
                .onComplete(result -> context.emit(v -> {
                    servedBytes -= bytes;
                    if (result.succeeded()) {
                        message.reply(BusFormat.reply(owner.log(), call, result.result()));
                    } else {
                        StrandlineException failure = typed(request, call, result.cause());
                        message.fail(BusFailure.codeOf(failure), failure.getMessage());
                    }
                }));
    }

    private long admit(Message<Object> message) {
        long bytes = MIN_BYTES + ((Buffer) message.body()).length();
        if (servedBytes + bytes > options.getMaxServedBytes()) {
            throw new StrandlineException.Overloaded("request of " + bytes + " bytes came while " + servedBytes
                    + " bytes of requests were served, the limit is " + options.getMaxServedBytes());
        }
        servedBytes += bytes;
        return bytes;
    }

    private static StrandlineException typed(BusFormat.Request request, BusCall<?> call, Throwable failure) {
        if (failure instanceof StrandlineException own) {
            return own;
        }
        LOG.error("request of kind {} for {} failed in its store", call.kind(), request.name(), failure);
        return call.unanswered(
                "the owner's store failed for " + request.name() + " with "
                        + failure.getClass().getSimpleName(),
                failure);
    }
}
