package io.strandline.server.impl.bus;

import io.strandline.StrandlineException;
import io.strandline.client.operation.EventRequests.Cancel;
import io.strandline.client.operation.EventRequests.Credit;
import io.strandline.client.operation.EventRequests.Subscribe;
import io.strandline.client.operation.EventRequests.Subscribed;
import io.strandline.client.operation.Operations;
import io.strandline.server.EventBusOptions;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.subscription.Subscription;
import io.strandline.server.impl.subscription.Wanted;
import io.strandline.server.security.Identity;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one server: how many there are, how much credit they have together, and when they end. Belongs to the context of
 * the server. What comes from elsewhere moves there.
 */
final class BusSubscriptions {

    /** How often leases are looked at, in a lease. */
    private static final int TICKS_OF_LEASE = 4;

    private final Vertx vertx;
    private final ContextInternal context;
    private final Dispatch dispatch;
    private final BusAddresses addresses;
    private final EventBusOptions options;
    private final Map<String, BusSubscription> open = new HashMap<>();
    private final Map<String, Integer> ofOne = new HashMap<>();
    private long creditBytes;
    private volatile int count;
    private long timer = -1;

    BusSubscriptions(
            Vertx vertx, ContextInternal context, Dispatch dispatch, BusAddresses addresses, EventBusOptions options) {
        this.vertx = vertx;
        this.context = context;
        this.dispatch = dispatch;
        this.addresses = addresses;
        this.options = options;
    }

    void begin() {
        timer = context.setPeriodic(Math.max(1, options.getLeaseMillis() / TICKS_OF_LEASE), tick -> tick());
    }

    /** How many are open. Callable from any thread. */
    int count() {
        return count;
    }

    // ---- requests

    Future<Subscribed> open(Identity who, Subscribe request) {
        return onContext(() -> opened(who, request));
    }

    private Future<Subscribed> opened(Identity who, Subscribe request) {
        String address = addresses.requireConsumer(request.address());
        int bytes = Math.min(request.bytes(), options.getMaxCreditBytes());
        int events = Math.min(request.events(), options.getMaxCreditEvents());
        requireRoom(who, bytes);
        BusSubscription made = new BusSubscription(
                vertx, new BusSubscription.Consumer(who, request.stream(), address), events, bytes, this::over);
        add(made);
        Wanted wanted = new Wanted(
                request.stream(),
                request.from(),
                new HashSet<>(request.partitions()),
                options.getReadAheadBytes(),
                Math.min(bytes, options.getMaxMessageBytes()));
        return Subscription.open(vertx, dispatch.served().log(), wanted, made)
                .onFailure(failure -> over(made))
                .compose(subscription -> {
                    made.begin(
                            subscription,
                            dispatch.gate()
                                    .keep(
                                            who,
                                            Operations.SUBSCRIBE,
                                            request,
                                            lost -> onContext(() -> end(made, lost))));
                    if (!open.containsKey(made.id())) { // ended while it was opened
                        return made.close().transform(closed -> Future.failedFuture(whyEnded(made)));
                    }
                    return Future.succeededFuture(new Subscribed(made.id(), options.getLeaseMillis(), events, bytes));
                });
    }

    private static StrandlineException whyEnded(BusSubscription made) {
        StrandlineException why = made.whyEnded();
        return why == null ? new StrandlineException.Unavailable("the subscription ended while it was opened") : why;
    }

    private void requireRoom(Identity who, int bytes) {
        int ofCaller = ofOne.getOrDefault(who.name(), 0);
        boolean isKnown = !who.isAnonymous();
        if (open.size() >= options.getMaxSubscriptions()) {
            throw new StrandlineException.Overloaded(open.size() + " subscriptions are open, which is the limit");
        }
        if (isKnown && ofCaller >= options.getMaxSubscriptionsOfOne()) {
            throw new StrandlineException.Overloaded(
                    ofCaller + " subscriptions of this caller are open, which is the limit");
        }
        if (creditBytes + bytes > options.getMaxCreditBytesOfAll()) {
            throw new StrandlineException.Overloaded("subscriptions have a credit of " + creditBytes + " bytes, and "
                    + bytes + " more exceed the limit of " + options.getMaxCreditBytesOfAll());
        }
    }

    Future<Void> credit(Identity who, Credit request) {
        return onContext(() -> {
            find(who, request.subscription(), request.stream().toString())
                    .received(request.received().orElse(null));
            return Future.succeededFuture();
        });
    }

    Future<Void> cancel(Identity who, Cancel request) {
        return onContext(() -> {
            BusSubscription found =
                    find(who, request.subscription(), request.stream().toString());
            over(found);
            return found.close();
        });
    }

    /** That of another caller is not found either: nobody learns that it is there. */
    private BusSubscription find(Identity who, String id, String stream) {
        BusSubscription found = open.get(id);
        if (found == null
                || !found.consumer().who().name().equals(who.name())
                || !found.consumer().stream().toString().equals(stream)) {
            throw new StrandlineException.NotFound("there is no such subscription of " + stream + ", or it has ended");
        }
        return found;
    }

    private <T> Future<T> onContext(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.emit(promise, there -> {
            Future<T> called;
            try {
                called = call.get();
            } catch (RuntimeException e) { // said to the client, or logged by whoever answers
                called = Future.failedFuture(e);
            }
            called.onComplete(there);
        });
        return promise.future();
    }

    // ---- who is there

    private void add(BusSubscription made) {
        open.put(made.id(), made);
        ofOne.merge(made.consumer().who().name(), 1, Integer::sum);
        creditBytes += made.windowBytes();
        dispatch.counts().streams(1);
        count = open.size();
    }

    /** It is over. Its room is free. */
    private void over(BusSubscription which) {
        if (open.remove(which.id()) == null) {
            return;
        }
        ofOne.computeIfPresent(which.consumer().who().name(), (who, many) -> many == 1 ? null : many - 1);
        creditBytes -= which.windowBytes();
        dispatch.counts().streams(-1);
        count = open.size();
    }

    private void tick() {
        long now = System.nanoTime();
        for (BusSubscription each : List.copyOf(open.values())) {
            StrandlineException expiry = dispatch.gate().expiry(each.consumer().who());
            if (expiry != null) {
                end(each, expiry);
            } else if (each.isLate(now, options.getLeaseMillis())) {
                end(
                        each,
                        new StrandlineException.Unavailable(
                                "no sign of the consumer, or no receipt of a message, came within "
                                        + options.getLeaseMillis() + " ms"));
            } else {
                each.remind(now, options.getLeaseMillis());
            }
        }
    }

    private Future<Void> end(BusSubscription which, @Nullable StrandlineException why) {
        if (open.get(which.id()) != which) {
            return Future.succeededFuture();
        }
        over(which);
        which.sendEnd(why);
        return which.close();
    }

    /** Ends all. The server stops. */
    Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        context.emit(closed, there -> {
            context.owner().cancelTimer(timer);
            List<Future<Void>> ended = new ArrayList<>();
            for (BusSubscription each : List.copyOf(open.values())) {
                ended.add(end(each, new StrandlineException.Unavailable("the server stops")));
            }
            Future.join(ended).<Void>mapEmpty().onComplete(there);
        });
        return closed.future();
    }
}
