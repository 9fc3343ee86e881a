package io.strandline.server.impl.operation;

import io.strandline.Catalog;
import io.strandline.StrandlineException;
import io.strandline.Transactions.PartSetAside;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.ExposedOperations;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.client.wire.FailureText;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.strandline.server.ServedLog;
import io.strandline.server.impl.security.CallOrder;
import io.strandline.server.impl.security.Gate;
import io.strandline.server.security.Identity;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.TransactionPort;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a server does for each operation of the table: the call of the log. Every door calls it, so that what a caller may do is decided
 * at one place. Calls of the catalog go through the entry point, so that a client's names and options are checked as an
 * application's are. What carries batches goes to the port, and what carries events in JSON to {@link EventCalls}.
 *
 * <p>Callable from any thread. Futures complete on any thread.
 */
public final class Dispatch {

    /** Operations that a door does by itself, because they stay with it. Their callers are checked here. */
    private static final Set<Operation<?, ?>> OF_DOORS =
            Set.of(Operations.AWAIT_EVENTS, Operations.SUBSCRIBE, Operations.CREDIT, Operations.CANCEL);

    private final ServedLog served;
    private final LogPort port;
    private final DoorCounts counts;
    private final Gate gate;
    private final int maxReadBytes;
    private final EventCalls events;
    private final ExposedBinding beside;
    private final List<@Nullable Bound<?, ?>> bound = new ArrayList<>();

    /** An operation and what does it. */
    private record Bound<Q, R>(Operation<Q, R> operation, BiFunction<Identity, Q, Future<R>> call) {

        Future<R> called(Identity who, Q request) {
            try {
                return call.apply(who, request);
            } catch (RuntimeException e) { // logged by whoever answers
                return Future.failedFuture(e);
            }
        }
    }

    /**
     * Serves a log.
     *
     * @param door where requests come
     * @throws StrandlineException.Invalid if the log was not made by {@link io.strandline.Strandline#open}
     */
    public Dispatch(Vertx vertx, ServedLog served, Door door, DispatchBounds bounds) {
        LogPort found = LogPort.of(served.log());
        if (found == null) {
            throw new StrandlineException.Invalid(
                    "a server needs a log as Strandline.open makes it, not " + served.log());
        }
        this.served = served;
        this.port = found;
        this.counts = served.counts(door);
        this.gate = Gate.of(vertx, served.log(), found, served.security(), counts);
        this.maxReadBytes = bounds.maxReadBytes();
        bindCatalog(served.log().catalog());
        bindEvents();
        bindTransactions(port.transactions());
        this.events = new EventCalls(vertx, served.log(), port, bounds);
        bindJson(events);
        this.beside = new ExposedBinding(vertx, served, port, events::history);
        beside.bindTo(new ExposedBinding.Binder() {
            @Override
            public <Q, R> void bind(Operation<Q, R> operation, Function<Q, Future<R>> call) {
                Dispatch.this.bind(operation, call);
            }
        });
        for (Operation<?, ?> operation : Operations.ALL) {
            if (find(operation.number()) == null && !OF_DOORS.contains(operation)) {
                throw new IllegalStateException("nothing does " + operation);
            }
        }
    }

    public ServedLog served() {
        return served;
    }

    public LogPort port() {
        return port;
    }

    /** Where the door counts. */
    public DoorCounts counts() {
        return counts;
    }

    /** Where callers are authenticated, and let through. */
    public Gate gate() {
        return gate;
    }

    private <Q, R> void bind(Operation<Q, R> operation, Function<Q, Future<R>> call) {
        bindAs(operation, (who, request) -> call.apply(request));
    }

    private <Q, R> void bindAs(Operation<Q, R> operation, BiFunction<Identity, Q, Future<R>> call) {
        while (bound.size() <= operation.number()) {
            bound.add(null);
        }
        bound.set(operation.number(), new Bound<>(operation, call));
    }

    private @Nullable Bound<?, ?> find(int number) {
        return number < bound.size() ? bound.get(number) : null;
    }

    private static Future<Nothing> nothing(Future<Void> done) {
        return done.map(Nothing.NOTHING);
    }

    private void bindCatalog(Catalog catalog) {
        bind(Operations.CREATE_SCOPE, catalog::createScope);
        bind(Operations.DELETE_SCOPE, scope -> nothing(catalog.deleteScope(scope)));
        bind(Operations.SCOPES, none -> catalog.scopes());
        bind(Operations.CREATE_STREAM, in -> catalog.createStream(in.stream().toString(), in.options()));
        bind(
                Operations.CREATE_RESERVED,
                in -> catalog.createReserved(in.stream().toString(), in.options()));
        bind(Operations.DESCRIBE, stream -> catalog.describe(stream.toString()));
        bind(Operations.STREAMS, catalog::streams);
        bind(Operations.DELETE_STREAM, stream -> nothing(catalog.deleteStream(stream.toString())));
        bind(Operations.START_CUT, stream -> catalog.startCut(stream.toString()));
        bind(Operations.END_CUT, stream -> catalog.endCut(stream.toString()));
        bind(Operations.STAMPS_AHEAD_MILLIS, stream -> catalog.stampsAheadMillis(stream.toString()));
        bind(Operations.TRUNCATE, in -> nothing(catalog.truncate(in.stream().toString(), in.before())));
        bind(Operations.SCALE, in -> catalog.scale(in.stream().toString(), new HashSet<>(in.seal()), in.open()));
        bind(Operations.SEAL_STREAM, stream -> catalog.sealStream(stream.toString()));
        bind(
                Operations.SET_SCALING,
                in -> nothing(catalog.setScaling(in.stream().toString(), in.policy())));
        bind(
                Operations.SET_RETENTION,
                in -> nothing(catalog.setRetention(in.stream().toString(), in.retention())));
        bind(Operations.POLICIES, stream -> catalog.policies(stream.toString()));
        bind(
                Operations.COMMIT_CONSUMED,
                in -> nothing(catalog.commitConsumed(in.stream().toString(), in.subscriber(), in.consumed())));
        bind(
                Operations.FORGET_SUBSCRIBER,
                in -> catalog.forgetSubscriber(in.stream().toString(), in.name()));
        bind(Operations.SUBSCRIBER_NOTES, stream -> catalog.subscriberNotes(stream.toString()));
        bind(
                Operations.RETIRE_WRITER,
                in -> nothing(catalog.retireWriter(in.stream().toString(), in.name())));
    }

    private void bindEvents() {
        bind(
                Operations.ADMIT_WRITER,
                in -> port.admitWriter(in.stream(), in.id().orElse(null)));
        bind(Operations.CLAIM, in -> port.claim(in.stream(), in.partition(), in.generation()));
        bind(Operations.BARRIER, held -> nothing(port.barrier(held.claimGrant())));
        bind(
                Operations.READMIT_WRITER,
                in -> port.readmitWriter(in.held().grant(), in.id().orElse(null)));
        bind(
                Operations.REFRESH_WRITER,
                in -> port.refreshWriter(in.held().grant(), in.id().orElse(null)));
        bind(Operations.LAYOUT, port::layout);
        bind(Operations.OFFSET_AT, in -> port.offsetAt(in.partition(), in.stamp()));
        bind(Operations.APPEND, in -> port.append(in.parcel()));
        bind(Operations.READ_EVENTS, in -> port.read(in.partition(), in.offset(), bounded(in.maxBytes())));
        bind(Operations.HISTORY, in -> port.history(in.partition(), bounded(in.request())));
        bind(Operations.BACKUP, none -> port.backup());
        bind(Operations.IDENTITY, none -> Future.succeededFuture(port.identity()));
        bind(Operations.BACKUP_STATE, none -> port.backupState());
    }

    private int bounded(int maxBytes) {
        return Math.max(1, Math.min(maxBytes, maxReadBytes));
    }

    private HistoryRequest bounded(HistoryRequest request) {
        return new HistoryRequest(
                request.key(), request.from(), request.to(), request.direction(), bounded(request.maxBytes()));
    }

    private void bindJson(EventCalls calls) {
        bind(Operations.APPEND_EVENTS, calls::append);
        bind(Operations.APPEND_BATCH, calls::appendBatch);
        bind(Operations.APPEND_IF, calls::appendIf);
        bind(Operations.APPEND_IF_UNCHANGED, calls::appendIfUnchanged);
        bind(Operations.WRITE_EVENTS, in -> nothing(calls.write(in)));
        bind(Operations.READ_PAGE, calls::page);
        bind(Operations.KEY_HISTORY, calls::history);
    }

    /** A read that waits for events. */
    public Future<ReadSlice> awaitEvents(Requests.Read read) {
        return port.awaitEvents(read.partition(), read.offset(), bounded(read.maxBytes()));
    }

    private void bindTransactions(TransactionPort transactions) {
        bindAs(
                Operations.BEGIN,
                (who, in) -> nothing(
                        transactions.begin(in.transaction(), in.leaseMillis(), who.isAnonymous() ? "" : who.name())));
        bind(
                Operations.WRITE,
                in -> nothing(transactions.write(
                        in.transaction(),
                        in.sequence(),
                        in.stream(),
                        in.records().whole(),
                        in.events())));
        bind(Operations.PING, in -> nothing(transactions.ping(in.transaction(), in.leaseMillis())));
        bind(Operations.COMMIT, transactions::commit);
        bind(Operations.ABORT, transactions::abort);
        bind(Operations.STATUS, transactions::status);
        bind(Operations.UNFINISHED, none -> transactions.unfinished());
        bind(Operations.PARTS_SET_ASIDE, none -> transactions.partsSetAside().map(Dispatch::told));
        bind(Operations.DROP_PART, in -> nothing(transactions.dropPart(in.transaction(), in.stream())));
    }

    private static List<PartSetAside> told(List<PartSetAside> parts) {
        return parts.stream()
                .map(part -> new PartSetAside(
                        part.transaction(), part.stream(), part.events(), FailureText.withoutPlaces(part.why())))
                .toList();
    }

    /**
     * Does an operation for a caller. Nothing but an {@link Error} is thrown.
     *
     * <p>Fails with {@link StrandlineException.Unauthorized} if the caller may not do it. Nothing is done then.
     */
    public <Q, R> Future<R> call(Identity who, Operation<Q, R> operation, Q request) {
        return gate.through(who, operation, request, () -> called(who, operation, request));
    }

    /** As {@link #call(Identity, Operation, Object)}, after the calls of the same order that came before. On the context of the order. */
    public <Q, R> Future<R> call(CallOrder order, Identity who, Operation<Q, R> operation, Q request) {
        return order.through(who, operation, request, () -> called(who, operation, request));
    }

    /** As {@link ExposedOperations#GROUPS} for a caller, for one scope alone. */
    public Future<List<String>> groups(Identity who, String scope) {
        return gate.through(who, ExposedOperations.GROUPS, Nothing.NOTHING, () -> {
            try {
                return beside.groups(scope);
            } catch (RuntimeException e) { // logged by whoever answers
                return Future.failedFuture(e);
            }
        });
    }

    private <Q, R> Future<R> called(Identity who, Operation<Q, R> operation, Q request) {
        Bound<?, ?> found = find(operation.number());
        if (found == null) {
            return Future.failedFuture(new StrandlineException.Invalid("this server does no " + operation));
        }
        @SuppressWarnings("unchecked") // bound under the number of its operation
        Bound<Q, R> known = (Bound<Q, R>) found;
        return known.called(who, request);
    }

    /**
     * Checks that a caller may do an operation, for those that a door does by itself. Completes at once if that is known. Fails
     * with {@link StrandlineException.Unauthorized} if it may not, and with {@link StrandlineException.Invalid} if the request does not
     * say what it is about.
     */
    public <Q> Future<Void> permit(Identity who, Operation<Q, ?> operation, Q request) {
        return gate.require(who, operation, request);
    }

    /**
     * Does the operation of a frame, after those of the connection that came before. The reply is encoded when it is asked for. Nothing but
     * an {@link Error} is thrown.
     */
    public Future<Supplier<WireOutput>> serve(CallOrder order, Identity who, Frame frame) {
        Bound<?, ?> found = find(frame.operation());
        if (found == null || !found.operation().doors().contains(Door.TCP)) {
            return Future.failedFuture(
                    new StrandlineException.Invalid("this server has no operation " + frame.operation()));
        }
        return serve(order, who, found.operation(), frame);
    }

    private <Q, R> Future<Supplier<WireOutput>> serve(
            CallOrder order, Identity who, Operation<Q, R> operation, Frame frame) {
        Q request;
        try {
            request = operation.readRequest(frame);
        } catch (RuntimeException e) { // logged by whoever answers
            return Future.failedFuture(e);
        }
        return call(order, who, operation, request).map(reply -> () -> operation.replyOf(reply));
    }

    /**
     * Gives back what calls have opened: writers, synchronizers of reader groups, the writer of the audit trail. For a door that takes nothing
     * more. Calls that it did not wait for may fail with Unavailable. What writers were given is appended first. Calling it again changes nothing.
     */
    public Future<Void> close() {
        return Future.join(events.close(), beside.close(), gate.close()).mapEmpty();
    }

    /** An array of the shard that a parcel is for, if it lends one. */
    public byte @Nullable [] lend(int operation, byte[] head, int bytes) {
        if (operation != Operations.APPEND.number()) {
            return null;
        }
        try {
            return port.parcelArrays(new WireInput(head).integer(0, port.shards() - 1))
                    .take(bytes);
        } catch (StrandlineException.Invalid e) {
            return null; // whoever reads the request says what is wrong with it
        }
    }
}
