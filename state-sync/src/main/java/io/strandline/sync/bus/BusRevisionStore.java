package io.strandline.sync.bus;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.StoreAway;
import io.strandline.sync.spi.Watch;
import io.strandline.sync.spi.Watchers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The store of another JVM, reached over the event bus at its {@link RevisionEndpoint}. It keeps nothing itself. It
 * promises the same as the store there, with these differences:
 *
 * <ul>
 * <li>While nobody serves the address, every call is Unavailable, because it has reached nobody. An append that the owner
 * did not answer is Unknown, and repeating it with the same id is safe. A read that the owner did not answer is
 * Unavailable.
 * <li>News may be lost, because the event bus delivers at most once (S11).
 * <li>It stays with the log that answered it first. Once it has met another log at the address, every request fails with
 * NotOwner, which names both logs, and has no effect, until the store is opened again.
 * </ul>
 */
public final class BusRevisionStore implements RevisionStore {

    private static final Logger LOG = Logger.of(BusRevisionStore.class);

    private final EventBus bus;
    private final String address;
    private final HistoryLimits limits;
    private final DeliveryOptions delivery;
    private final AtomicReference<@Nullable UUID> log = new AtomicReference<>();
    /** How the owner of another log refused this store, or what told it that two logs answer. */
    private final AtomicReference<@Nullable String> refused = new AtomicReference<>();

    private final Watchers watchers = new Watchers();
    private final MessageConsumer<Object> news;
    private final Looks looks;

    private BusRevisionStore(ContextInternal context, BusOptions options) {
        Vertx vertx = context.owner();
        this.bus = vertx.eventBus();
        this.address = options.getAddress();
        this.limits = limitsOf(options);
        this.delivery = new DeliveryOptions().setSendTimeout(options.getRequestTimeoutMillis());
        this.news = bus.consumer(BusNews.addressOf(options));
        this.looks = new Looks(context, look -> ask(LogOwner.NAME, look));
    }

    /**
     * Opens a store, and completes when it receives news. The owner may be away.
     *
     * <p>Fails with Invalid if an option is invalid.
     */
    public static Future<BusRevisionStore> open(Vertx vertx, BusOptions options) {
        BusOptions own = new BusOptions(options);
        try {
            own.validate();
        } catch (StrandlineException.Invalid invalid) {
            return Future.failedFuture(invalid);
        }
        PromiseInternal<BusRevisionStore> reply = ((ContextInternal) vertx.getOrCreateContext()).promise();
        // Of its own: consumers that a verticle registers end with it.
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        context.emit(v -> {
            BusRevisionStore store = new BusRevisionStore(context, own);
            store.news.handler(message -> store.hear(message.body()));
            store.news.completion().map(store).onComplete(reply);
        });
        return reply.future();
    }

    /** Whether a request only asks which log is served. See {@link #meet}. */
    static boolean isMeeting(BusFormat.Request request) {
        return request.log() == null
                && request.name().equals(LogOwner.NAME)
                && request.call() instanceof BusCall.Follow;
    }

    /** Asks the owner at an address which log it serves. */
    static Future<UUID> meet(Vertx vertx, BusOptions options) {
        BusCall.Follow hello = new BusCall.Follow();
        return vertx.eventBus()
                .request(
                        options.getAddress(),
                        BusFormat.request(null, LogOwner.NAME, hello),
                        new DeliveryOptions().setSendTimeout(options.getRequestTimeoutMillis()))
                .compose(reply -> {
                    try {
                        return Future.succeededFuture(
                                BusFormat.readReply(hello, reply.body()).log());
                    } catch (IOException foreign) {
                        return Future.failedFuture(foreign);
                    }
                });
    }

    /** The log that this store has met, or null if no owner has answered it yet. */
    public @Nullable UUID log() {
        return log.get();
    }

    @Override
    public int maxValueBytes() {
        return limits.maxValueBytes();
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        return Attempt.of(() -> {
            RevisionHistory.requireAppendable(expected, next, limits);
            return askThatLog(name, new BusCall.Append(expected, next));
        });
    }

    @Override
    public Future<CatchUp> readSince(StreamName name, Position known) {
        return ask(name, new BusCall.Read(known));
    }

    /**
     * {@inheritDoc}
     *
     * <p>The looks of {@value Looks#WINDOW_MILLIS} ms go to the owner as one request. Only a name that has something
     * newer is then read by itself.
     */
    @Override
    public Future<CatchUp> look(StreamName name, Position known) {
        return looks.add(name, known)
                .compose(newer ->
                        newer ? readSince(name, known) : Future.succeededFuture(new CatchUp(known, List.of())));
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        return Attempt.of(() -> {
            RevisionHistory.requireSnapshot(snapshot, limits);
            return askThatLog(name, new BusCall.Compact(snapshot));
        });
    }

    /**
     * {@inheritDoc}
     *
     * <p>Asks the owner for the name's news. If the owner is away the watch begins all the same, and its news come when
     * anything of this name is asked for again.
     */
    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return Attempt.of(() -> {
            Watch watch = watchers.add(name, news);
            return ask(name, new BusCall.Follow()).transform(asked -> Future.succeededFuture(watch));
        });
    }

    /** Stops receiving news. Requests still work. There is nothing else to close. */
    public Future<Void> close() {
        return news.unregister();
    }

    /** A change must not reach another log than the one that was read: who has met none asks first. */
    private <T> Future<T> askThatLog(StreamName name, BusCall<T> call) {
        return log.get() == null ? ask(name, new BusCall.Follow()).compose(met -> ask(name, call)) : ask(name, call);
    }

    private <T> Future<T> ask(StreamName name, BusCall<T> call) {
        String refusal = refused.get();
        if (refusal != null) {
            return Future.failedFuture(new StrandlineException.NotOwner(refusal));
        }
        UUID known = log.get();
        return bus.request(address, BusFormat.request(known, name, call), delivery)
                .compose(
                        reply -> answerOf(name, call, reply.body()),
                        failure -> Future.failedFuture(failureOf(name, call, failure)));
    }

    private <T> Future<T> answerOf(StreamName name, BusCall<T> call, @Nullable Object body) {
        BusFormat.Reply<T> reply;
        try {
            reply = BusFormat.readReply(call, body);
        } catch (IOException unreadable) {
            return Future.failedFuture(call.unanswered(
                    "answer for " + name + " from " + address + " cannot be read: " + unreadable.getMessage(),
                    unreadable));
        }
        UUID met = log.updateAndGet(before -> before == null ? reply.log() : before);
        // Two logs answered two first requests at a time: only one of them is this store's.
        return reply.log().equals(met)
                ? Future.succeededFuture(reply.answer())
                : Future.failedFuture(refuse("log " + reply.log() + " answered at " + address
                        + ", this store is bound to log " + met + "; open the store again to use the other one"));
    }

    private StrandlineException failureOf(StreamName name, BusCall<?> call, Throwable failure) {
        if (BusFailure.isNobodyThere(failure)) {
            return new StrandlineException.Unavailable(
                    "nobody serves " + name + " at " + address, new StoreAway(failure.getMessage(), failure));
        }
        StrandlineException typed = BusFailure.typed(failure);
        if (typed == null) {
            return call.unanswered(
                    "no answer for " + name + " from " + address + " within " + delivery.getSendTimeout() + " ms: "
                            + failure.getMessage(),
                    new StoreAway(failure.getMessage(), failure));
        }
        return BusFailure.isOtherLog(failure) ? refuse(String.valueOf(typed.getMessage())) : typed;
    }

    /** Two logs are served at the address, or were: which of them answers is chance from now on. */
    private StrandlineException refuse(String why) {
        if (refused.compareAndSet(null, why)) {
            LOG.error("the store at {} takes no more requests: {}", address, why);
        }
        return new StrandlineException.NotOwner(why);
    }

    private void hear(@Nullable Object body) {
        try {
            BusFormat.News heard = BusFormat.readNews(body);
            UUID known = log.get();
            if (known == null || known.equals(heard.log())) {
                watchers.tell(heard.name());
            }
        } catch (IOException foreign) {
            LOG.debug("{} holds a message that is no news: {}", news.address(), foreign.getMessage());
        }
    }

    private static HistoryLimits limitsOf(BusOptions options) {
        int value = options.getMaxValueBytes();
        return new HistoryLimits(value, 100_000, 256 << 20, 10_000);
    }
}
