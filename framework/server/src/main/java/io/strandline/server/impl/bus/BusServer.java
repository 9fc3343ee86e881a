package io.strandline.server.impl.bus;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.server.EventBusOptions;
import io.strandline.server.EventBusServer;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.shareddata.LocalMap;
import java.util.ArrayList;
import java.util.List;

/** A server on the event bus: one consumer for each operation, all on one context, so that requests of one sender keep their order. */
final class BusServer implements EventBusServer {

    private static final Logger LOG = Logger.of(BusServer.class);
    private static final String PLACES = "io.strandline.server.bus";

    private final Vertx vertx;
    private final Dispatch dispatch;
    private final EventBusOptions options;
    private final ContextInternal context;
    private final BusAddresses addresses;
    private final BusCalls calls;
    private final BusSubscriptions subscriptions;
    private final CloseOnce end;
    private final LocalMap<String, Boolean> places;
    private final List<MessageConsumer<Object>> consumers = new ArrayList<>();

    BusServer(Vertx vertx, Dispatch dispatch, EventBusOptions options) {
        this.vertx = vertx;
        this.dispatch = dispatch;
        this.options = options;
        // With an end of its own: a Vert.x that closes would otherwise end the consumers before what they took is
        // answered.
        this.context = ((VertxInternal) vertx)
                .contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withCloseFuture(new CloseFuture())
                .build();
        this.addresses = new BusAddresses(dispatch.served().name());
        this.subscriptions = new BusSubscriptions(vertx, context, dispatch, addresses, options);
        this.calls = new BusCalls(dispatch, new BusCallers(dispatch.gate(), context), subscriptions, options);
        this.places = vertx.sharedData().getLocalMap(PLACES);
        this.end = CloseOnce.with(
                vertx,
                CloseOnce.Stage.DOORS,
                "event bus of log " + dispatch.served().name(),
                this::closeAll);
    }

    Future<EventBusServer> open() {
        String name = dispatch.served().name();
        if (places.putIfAbsent(name, true) != null) {
            end.forget();
            return Future.failedFuture(new StrandlineException.Unavailable(
                    "log " + name + " is served on the event bus of this Vert.x instance already"));
        }
        Promise<Void> registered = Promise.promise();
        context.runOnContext(turned -> register().onComplete(registered));
        return registered
                .future()
                .<EventBusServer>map(done -> {
                    LOG.info(
                            "log {} is served on the event bus, as {}",
                            dispatch.port().address(),
                            addresses.of("*"));
                    return this;
                })
                .recover(cause -> end.close().transform(closed -> Future.failedFuture(cause)));
    }

    private Future<Void> register() {
        List<Future<Void>> registrations = new ArrayList<>();
        for (Operation<?, ?> operation : Operations.ALL) {
            if (operation.doors().contains(Door.EVENT_BUS)) {
                MessageConsumer<Object> consumer = vertx.eventBus()
                        .consumer(addresses.of(operation.name()), message -> called(operation, message));
                consumers.add(consumer);
                registrations.add(consumer.completion());
            }
        }
        subscriptions.begin();
        return Future.all(registrations).mapEmpty();
    }

    private void called(Operation<?, ?> operation, Message<Object> message) {
        calls.call(operation, message.headers(), message.body()).onComplete((reply, failure) -> {
            if (failure == null) {
                message.reply(reply);
            } else {
                dispatch.counts().answered(failure);
                StrandlineException crossing = BusCalls.crossing(operation, failure);
                message.fail(
                        BusCalls.codeOf(crossing),
                        BusCalls.jsonOf(crossing, failure).encode());
            }
        });
    }

    @Override
    public String address(String operation) {
        return addresses.of(operation);
    }

    @Override
    public int subscriptions() {
        return subscriptions.count();
    }

    @Override
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        Promise<Void> closed = Promise.promise();
        context.runOnContext(turned -> {
            List<Future<Void>> gone = new ArrayList<>();
            consumers.forEach(consumer -> gone.add(consumer.unregister()));
            Future.join(gone)
                    .transform(unregistered -> calls.drain(context, options.getDrainMillis()))
                    .transform(drained -> subscriptions.close())
                    .transform(ended -> dispatch.close())
                    .onComplete(ended -> {
                        places.remove(dispatch.served().name());
                        closed.complete();
                    });
        });
        return closed.future();
    }
}
