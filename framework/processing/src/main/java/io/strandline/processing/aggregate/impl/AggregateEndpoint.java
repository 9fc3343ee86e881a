package io.strandline.processing.aggregate.impl;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.spi.Logger;
import io.strandline.sync.bus.BusFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes calls for open aggregates from the event bus: decode → admit → ask the aggregates → reply. The client side is {@link
 * RemoteAggregates}.
 *
 * <p>Of several openings at one address the one of the latest generation takes the calls. It tells the others, and one that was not
 * told learns it when a call is fenced. Those take no more calls then. Those under way are answered, and what is fenced among them is
 * refused with NotOwner: nothing was appended, so the caller may send it again. Members that share the partitions take the calls at
 * one address in turns, and those for what each one owns at an address of its own.
 *
 * <p>All of it runs on an event loop of its own.
 */
final class AggregateEndpoint<C, E, S> {

    private static final Logger LOG = Logger.of(AggregateEndpoint.class);

    /** Not a generation: those at the address share its calls. */
    static final long SHARED = 0;

    /** Every call is counted with this much at least: an empty one costs memory too. */
    private static final long MIN_BYTES = 1_024;

    private final ContextInternal context;
    private final Aggregates<C, S> aggregates;
    private final AggregateFormat<C, E, S> format;
    private final StreamName stream;
    private final String address;
    private final BooleanSupplier isClosing;
    private final long maxServedBytes;
    private final long generation;
    private final MessageConsumer<Object> calls;
    private final MessageConsumer<Object> notices;
    private long servedBytes;

    private AggregateEndpoint(
            ContextInternal context,
            Aggregates<C, S> aggregates,
            Setting<C, E, S> setting,
            String address,
            long generation,
            BooleanSupplier isClosing) {
        this.context = context;
        this.aggregates = aggregates;
        this.format = new AggregateFormat<>(setting.aggregate(), setting.stream());
        this.stream = setting.stream();
        this.address = address;
        this.isClosing = isClosing;
        this.maxServedBytes = setting.options().getMaxServedBytes();
        this.generation = generation;
        this.calls = context.owner().eventBus().consumer(address);
        this.notices = context.owner().eventBus().consumer(noticesOf(address));
    }

    static String noticesOf(String address) {
        return address + ".owners";
    }

    /**
     * Opens an endpoint of aggregates that have claimed their partitions, and completes when every member sends its calls there.
     *
     * @param generation of the claims, or {@link #SHARED} if others take calls at the address too
     * @param isClosing whether the aggregates take no more calls. Any thread may ask
     */
    static <C, E, S> Future<AggregateEndpoint<C, E, S>> open(
            Vertx vertx,
            Aggregates<C, S> aggregates,
            Setting<C, E, S> setting,
            String address,
            long generation,
            BooleanSupplier isClosing) {
        // Of its own: consumers that a verticle registers end with it, and these are to end in their turn.
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        PromiseInternal<AggregateEndpoint<C, E, S>> opened = context.promise();
        context.emit(v -> {
            AggregateEndpoint<C, E, S> endpoint =
                    new AggregateEndpoint<>(context, aggregates, setting, address, generation, isClosing);
            endpoint.begin().map(endpoint).onComplete(opened);
        });
        return opened.future();
    }

    private Future<Void> begin() {
        calls.handler(this::take);
        if (generation == SHARED) {
            return calls.completion().recover(cause -> close().transform(closed -> Future.failedFuture(cause)));
        }
        notices.handler(message -> hear(message.body()));
        // Joined: the other registration may be under way when one fails, and neither may outlive a failure.
        return Future.join(calls.completion(), notices.completion())
                .<Void>map(registered -> {
                    tellOthers();
                    return null;
                })
                .recover(cause -> close().transform(closed -> Future.failedFuture(cause)));
    }

    private void tellOthers() {
        try {
            context.owner().eventBus().publish(noticesOf(address), format.notice(generation));
        } catch (IOException unsent) {
            // Those that were taken over learn it by their next calls.
            LOG.warn(
                    "earlier owners of {} at {} are not told of generation {}: {}",
                    stream,
                    address,
                    generation,
                    unsent);
        }
    }

    private void hear(@Nullable Object body) {
        try {
            AggregateFormat.Notice heard = format.readNotice(body);
            if (heard.stream().equals(stream) && heard.generation() > generation) {
                calls.unregister();
            }
        } catch (IOException | StrandlineException foreign) {
            LOG.debug("{} has a message that is no notice: {}", noticesOf(address), foreign.getMessage());
        }
    }

    // ---- a call

    private void take(Message<Object> message) {
        try {
            AggregateFormat.Request<C> request = format.readRequest(message.body());
            serve(message, request, admit(message));
        } catch (StrandlineException refused) {
            fail(message, refused);
        }
    }

    private long admit(Message<Object> message) {
        long bytes = MIN_BYTES + ((Buffer) message.body()).length();
        if (servedBytes + bytes > maxServedBytes) {
            throw new StrandlineException.Overloaded("call of " + bytes + " bytes came while calls of " + servedBytes
                    + " bytes were under way, the limit is " + maxServedBytes);
        }
        servedBytes += bytes;
        return bytes;
    }

    private void serve(Message<Object> message, AggregateFormat.Request<C> request, long bytes) {
        PermitQuestion permit = new PermitQuestion(message);
        ask(request, permit)
                .onComplete((reply, cause) -> permit.whenAnswered(caller -> context.emit(v -> {
                    servedBytes -= bytes;
                    if (reply != null) {
                        caller.reply(reply);
                    } else {
                        failed(caller, request.id(), cause);
                    }
                })));
    }

    private Future<Buffer> ask(AggregateFormat.Request<C> request, PermitQuestion permit) {
        String id = request.id();
        if (request instanceof AggregateFormat.Execute<C> execute) {
            Future<Outcome<S>> executed = execute.withPermit()
                    ? aggregates.execute(id, execute.command(), execute.options(), permit)
                    : aggregates.execute(id, execute.command(), execute.options());
            return executed.map(outcome -> format.reply(id, outcome));
        }
        return request instanceof AggregateFormat.HasExecuted<C> asked
                ? aggregates.hasExecuted(id, asked.commandId()).map(format::reply)
                : aggregates.state(id).map(state -> format.reply(id, state));
    }

    private void failed(Message<Object> message, String id, Throwable cause) {
        // Nothing was appended in either case, and another opening may have the aggregates or get them.
        if (cause instanceof StrandlineException.Fenced && generation != SHARED) {
            calls.unregister();
            fail(
                    message,
                    new StrandlineException.NotOwner(aggregates + " of generation " + generation + " at " + address
                            + " were taken over: " + cause.getMessage()));
        } else if (cause instanceof StrandlineException.Unavailable && isClosing.getAsBoolean()) {
            fail(message, new StrandlineException.NotOwner(aggregates + " at " + address + " are closed"));
        } else if (cause instanceof StrandlineException known) {
            fail(message, known);
        } else {
            LOG.error("a call for {} of {} failed", id, stream, cause);
            fail(
                    message,
                    new StrandlineException.Unknown("the owner of " + stream + " failed for " + id + ": " + cause));
        }
    }

    private static void fail(Message<Object> message, StrandlineException failure) {
        message.fail(BusFailure.codeOf(failure), failure.getMessage());
    }

    /** Takes no more calls and hears of nobody any more. Calls under way are answered. From any thread. */
    Future<Void> close() {
        PromiseInternal<Void> closed = context.promise();
        context.emit(v -> Future.join(
                        calls.unregister(), generation == SHARED ? Future.succeededFuture() : notices.unregister())
                .<Void>mapEmpty()
                .onComplete(closed));
        return closed.future();
    }
}
