package io.strandline.processing.aggregate.impl;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateClientOptions;
import io.strandline.processing.aggregate.AggregateState;
import io.strandline.processing.aggregate.AggregateStatistics;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.Permit;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.RetryWindow;
import io.strandline.sync.bus.BusFailure;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Aggregates that are open elsewhere, called over the event bus at their {@link AggregateEndpoint}. Any thread may call it. */
final class RemoteAggregates<C, E, S> implements Aggregates<C, S> {

    private static final CommandOptions NO_OPTIONS = new CommandOptions();

    private final Vertx vertx;
    private final Aggregate<C, E, S> aggregate;
    private final AggregateFormat<C, E, S> format;
    private final StreamName stream;
    private final String address;
    private final long timeoutMillis;
    private final int maxCalls;
    private final Counters counters = new Counters();
    private final ContextInternal opener;
    private final Closeable closeHook;
    private final CloseOnce end;
    private final Promise<Void> idle = Promise.promise();

    private RemoteAggregates(
            Vertx vertx,
            Aggregate<C, E, S> aggregate,
            StreamName stream,
            String address,
            AggregateClientOptions options) {
        this.vertx = vertx;
        this.aggregate = aggregate;
        this.format = new AggregateFormat<>(aggregate, stream);
        this.stream = stream;
        this.address = address;
        this.timeoutMillis = options.getRequestTimeoutMillis();
        this.maxCalls = options.getMaxCalls();
        this.opener = (ContextInternal) vertx.getOrCreateContext();
        this.closeHook = completion -> close().onComplete(completion);
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.PROCESSING, toString(), this::closeAll);
    }

    /** See {@link Aggregates#connect}. */
    static <C, E, S> Future<Aggregates<C, S>> connect(
            Vertx vertx, Aggregate<C, E, S> aggregate, AggregateClientOptions options) {
        AggregateClientOptions own = new AggregateClientOptions(options);
        ContextInternal caller = (ContextInternal) vertx.getOrCreateContext();
        try {
            own.validate();
            StreamName stream = StreamName.parse(String.valueOf(own.getStream()));
            RemoteAggregates<C, E, S> remote =
                    new RemoteAggregates<>(vertx, aggregate, stream, String.valueOf(own.getAddress()), own);
            CloseOnce.endWithVerticle(remote.opener, remote.closeHook);
            return caller.succeededFuture(remote);
        } catch (StrandlineException refused) {
            return caller.failedFuture(refused);
        }
    }

    // ---- calls

    @Override
    public Future<Outcome<S>> execute(String id, C command) {
        return execute(id, command, NO_OPTIONS);
    }

    @Override
    public Future<Outcome<S>> execute(String id, C command, CommandOptions options) {
        return executeIf(id, command, options, null);
    }

    @Override
    public Future<Outcome<S>> execute(String id, C command, CommandOptions options, Permit permit) {
        return executeIf(id, command, options, permit);
    }

    private Future<Outcome<S>> executeIf(String id, C command, CommandOptions options, @Nullable Permit permit) {
        return call(
                        () -> {
                            options.validate();
                            return new AggregateFormat.Execute<>(
                                    id, aggregate.requireHandled(command), options, permit != null);
                        },
                        permit,
                        format::readOutcome)
                .map(this::counted);
    }

    private Outcome<S> counted(Outcome<S> outcome) {
        if (outcome instanceof Outcome.Rejected<S>) {
            counters.rejected.increment();
        } else if (outcome instanceof Outcome.Accepted<S> accepted && accepted.repeated()) {
            counters.repeated.increment();
        } else if (outcome instanceof Outcome.Accepted<S> accepted
                && !accepted.events().isEmpty()) {
            counters.accepted.increment();
        }
        return outcome;
    }

    @Override
    public Future<AggregateState<S>> state(String id) {
        return call(() -> new AggregateFormat.State<>(id), null, format::readState);
    }

    @Override
    public Future<Boolean> hasExecuted(String id, String commandId) {
        return call(() -> new AggregateFormat.HasExecuted<>(id, commandId), null, format::readExecuted);
    }

    private <T> Future<T> call(
            Supplier<AggregateFormat.Request<C>> checked, @Nullable Permit permit, Reading<T> reading) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        try {
            AggregateFormat.Request<C> request = checked.get();
            return call(new Asked<>(context, request, format.request(request), permit, reading));
        } catch (StrandlineException refused) {
            return context.failedFuture(refused);
        }
    }

    private <T> Future<T> call(Asked<T> asked) {
        // Counted first: a close that begins now waits for it, or is seen here.
        long underWay = counters.calls.incrementAndGet();
        if (end.isClosing() || underWay > maxCalls) {
            answered();
            throw end.isClosing()
                    ? new StrandlineException.Unavailable(this + " are closed")
                    : new StrandlineException.Overloaded(
                            underWay - 1 + " calls of " + this + " are under way, the limit is " + maxCalls);
        }
        asked.send();
        return asked.promise.future();
    }

    private void answered() {
        if (counters.calls.decrementAndGet() == 0 && end.isClosing()) {
            idle.tryComplete();
        }
    }

    private interface Reading<T> {
        T from(@Nullable Object body) throws IOException;
    }

    /** One call until its answer. It is sent again while nobody has taken it. On its caller's context. */
    private final class Asked<T> {

        private final ContextInternal context;
        private final String id;
        private final boolean isCommand;
        private final Buffer request;
        private final @Nullable Permit permit;
        private final Reading<T> reading;
        private final PromiseInternal<T> promise;
        private final RetryWindow retries = RetryWindow.of(timeoutMillis).begin();
        private final long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);

        /** Why nobody has taken it yet. */
        private StrandlineException notTaken =
                new StrandlineException.Unavailable("no owner of " + stream + " was asked at " + address);

        Asked(
                ContextInternal context,
                AggregateFormat.Request<C> call,
                Buffer request,
                @Nullable Permit permit,
                Reading<T> reading) {
            this.context = context;
            this.id = call.id();
            this.isCommand = call instanceof AggregateFormat.Execute;
            this.request = request;
            this.permit = permit;
            this.reading = reading;
            this.promise = context.promise();
        }

        void send() {
            long leftMillis = leftMillis();
            if (leftMillis < 1) {
                fail(notTaken);
                return;
            }
            try {
                vertx.eventBus()
                        .<Object>request(address, request, new DeliveryOptions().setSendTimeout(leftMillis))
                        .onComplete((reply, cause) -> context.emit(v -> replied(reply, cause)));
            } catch (RuntimeException vertxCloses) {
                fail(new StrandlineException.Unavailable(
                        "a call for " + id + " of " + stream + " was not sent: " + vertxCloses, vertxCloses));
            }
        }

        private long leftMillis() {
            // Rounded up: what is left of the first attempt is the whole time.
            return TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime() + 999_999);
        }

        private void replied(@Nullable Message<Object> reply, @Nullable Throwable cause) {
            StrandlineException typed = cause == null ? null : BusFailure.typed(cause);
            Throwable refusal = PermitQuestion.Refused.of(cause);
            if (reply != null && AggregateFormat.isPermitMessage(reply.body())) {
                PermitQuestion.answer(reply, permit, Math.max(1, leftMillis()))
                        .onComplete((next, failure) -> context.emit(v -> replied(next, failure)));
            } else if (reply != null) {
                read(reply.body());
            } else if (refusal != null) {
                fail(refusal);
            } else if (cause != null && (BusFailure.isNobodyThere(cause) || BusFailure.isDiscarded(cause))) {
                again(new StrandlineException.Unavailable(
                        "no owner of " + stream + " took a call at " + address + ": " + cause.getMessage()));
            } else if (typed instanceof StrandlineException.NotOwner) {
                again(typed);
            } else if (typed != null) {
                fail(typed);
            } else {
                fail(unanswered("did not answer a call for " + id + " within " + timeoutMillis + " ms", cause));
            }
        }

        private void read(@Nullable Object body) {
            T answer;
            try {
                answer = reading.from(body);
            } catch (Throwable unreadable) { // a codec may throw anything
                fail(unanswered("gave an answer for " + id + " that cannot be read", unreadable));
                return;
            }
            answered();
            promise.complete(answer);
        }

        private StrandlineException unanswered(String what, @Nullable Throwable cause) {
            Throwable why = cause == null ? new IllegalStateException("no answer") : cause;
            String message = "the owner of " + stream + " at " + address + " " + what + ": " + why.getMessage();
            return isCommand
                    ? new StrandlineException.Unknown(message, why)
                    : new StrandlineException.Unavailable(message, why);
        }

        private void again(StrandlineException why) {
            notTaken = why;
            long pause = retries.pause();
            if (pause == RetryWindow.OVER || end.isVertxClosing()) {
                fail(why);
                return;
            }
            try {
                // Of the context: a timer of Vert.x is lost when the caller's verticle is undeployed, and the call with
                // it.
                context.setTimer(Math.max(1, pause), timer -> send());
            } catch (RuntimeException vertxCloses) {
                fail(why);
            }
        }

        private void fail(Throwable cause) {
            answered();
            promise.fail(cause);
        }
    }

    @Override
    public AggregateStatistics statistics() {
        return counters.read();
    }

    // ---- end

    @Override
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        opener.removeCloseHook(closeHook);
        if (counters.calls.get() == 0) {
            idle.tryComplete();
        }
        return idle.future();
    }

    @Override
    public String toString() {
        return "aggregates " + aggregate.name() + " of " + stream + " at " + address;
    }
}
