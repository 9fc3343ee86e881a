package io.strandline.server.impl.operation;

import io.netty.channel.EventLoop;
import io.strandline.Appended;
import io.strandline.EventReader;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.client.operation.EventRequests.AppendBatch;
import io.strandline.client.operation.EventRequests.AppendEvents;
import io.strandline.client.operation.EventRequests.AppendIf;
import io.strandline.client.operation.EventRequests.AppendIfUnchanged;
import io.strandline.client.operation.EventRequests.EventPage;
import io.strandline.client.operation.EventRequests.KeyHistory;
import io.strandline.client.operation.EventRequests.ReadPage;
import io.strandline.client.operation.EventRequests.WriteEvents;
import io.strandline.client.operation.Payload;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The operations on events in JSON, by writers and readers of the log. Each event loop has its own context for them, so that requests
 * of one loop keep their order and no loop waits for another one. Requests of a writer with an id go to the loop that has it ({@link
 * WriterHomes}). Callable from any thread. Futures complete on the loop of the caller.
 */
final class EventCalls {

    private final VertxInternal vertx;
    private final Strandline log;
    private final LogPort port;
    private final DispatchBounds bounds;
    private final Map<EventLoop, LoopWriters> writersByLoop = new ConcurrentHashMap<>();
    private volatile boolean isClosed;

    EventCalls(Vertx vertx, Strandline log, LogPort port, DispatchBounds bounds) {
        this.vertx = (VertxInternal) vertx;
        this.log = log;
        this.port = port;
        this.bounds = bounds;
    }

    private <T> Future<T> onLoop(Function<LoopWriters, Future<T>> call) {
        return isClosed ? stopped() : on(loopOf(vertx.getOrCreateContext()), call);
    }

    private LoopWriters loopOf(ContextInternal caller) {
        return writersByLoop.computeIfAbsent(caller.nettyEventLoop(), this::writersOf);
    }

    private static <T> Future<T> on(LoopWriters loop, Function<LoopWriters, Future<T>> call) {
        Promise<T> promise = Promise.promise();
        loop.context().emit(loop, there -> {
            Future<T> called;
            try {
                called = call.apply(there);
            } catch (RuntimeException e) { // logged by whoever answers
                called = Future.failedFuture(e);
            }
            called.onComplete(promise);
        });
        return promise.future();
    }

    /** Where the writer with the id is, which may be at another door of this log. */
    private <T> Future<T> atHome(StreamName stream, String id, Function<LoopWriters, Future<T>> call) {
        if (isClosed) {
            return stopped();
        }
        ContextInternal caller = vertx.getOrCreateContext();
        LoopWriters near = loopOf(caller);
        WriterHomes.Key key = new WriterHomes.Key(port, stream, id);
        LoopWriters home = WriterHomes.enter(key, near);
        Future<T> done = on(home, call).onComplete(answer -> WriterHomes.leave(key));
        if (home.equals(near)) {
            return done;
        }
        PromiseInternal<T> promise = caller.promise();
        done.onComplete(promise);
        return promise.future();
    }

    private static <T> Future<T> stopped() {
        return Future.failedFuture(new StrandlineException.Unavailable("the server stops"));
    }

    /** Closes the writers, after what they were given. Calls that come later fail with Unavailable. */
    Future<Void> close() {
        isClosed = true;
        List<Future<Void>> closed = new ArrayList<>();
        writersByLoop.values().forEach(loop -> {
            Promise<Void> promise = Promise.promise();
            loop.context().emit(loop, there -> there.writers().close().onComplete(promise));
            closed.add(promise.future());
        });
        return Future.join(closed).mapEmpty();
    }

    /** With an end of its own: a Vert.x that closes ends its writers by closing the log. */
    private LoopWriters writersOf(EventLoop loop) {
        ContextInternal context = vertx.contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withEventLoop(loop)
                .withCloseFuture(new CloseFuture())
                .build();
        AtomicReference<LoopWriters> made = new AtomicReference<>();
        StreamWriters writers = new StreamWriters(log, bounds.maxWriters(), new StreamWriters.Stays() {
            @Override
            public void begin(StreamName stream, String id) {
                // A request of it is here, and has entered
                WriterHomes.enter(new WriterHomes.Key(port, stream, id), Objects.requireNonNull(made.get()));
            }

            @Override
            public void end(StreamName stream, String id) {
                WriterHomes.leave(new WriterHomes.Key(port, stream, id));
            }
        });
        LoopWriters all = new LoopWriters(context, writers);
        made.set(all);
        return all;
    }

    // ---- appends

    Future<List<Appended>> append(AppendEvents request) {
        NewEvents events = new NewEvents(port.maxEventBytes(), bounds.maxRequestBytes());
        events.require(request);
        if (request.events().isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        if (request.writer().isEmpty()) {
            return onLoop(loop -> loop.writers().append(request.stream(), request.events()));
        }
        String id = request.writer().get();
        return atHome(
                request.stream(), id, loop -> loop.writers().appendNumbered(request.stream(), id, request.events()));
    }

    Future<Appended> appendBatch(AppendBatch request) {
        requireFit(
                request.events(), request.key().orElse(null), request.headers().encodedBytes());
        return together(
                request.stream(),
                writer -> writer.appendBatch(request.key().orElse(null), request.events(), request.headers()));
    }

    Future<Appended> appendIf(AppendIf request) {
        requireFit(request.events(), request.key(), request.headers().encodedBytes());
        return together(
                request.stream(),
                writer ->
                        writer.appendIf(request.key(), request.events(), request.expectedOffset(), request.headers()));
    }

    Future<Appended> appendIfUnchanged(AppendIfUnchanged request) {
        requireFit(request.events(), request.key(), request.headers().encodedBytes());
        return together(
                request.stream(),
                writer -> writer.appendIfUnchanged(
                        request.key(), request.events(), request.since(), request.others(), request.headers()));
    }

    private void requireFit(List<Payload> events, @Nullable String key, int headersBytes) {
        new NewEvents(port.maxEventBytes(), bounds.maxRequestBytes()).require(events, key, headersBytes);
    }

    private Future<Appended> together(StreamName stream, Function<EventWriter<Payload>, Future<Appended>> append) {
        return onLoop(loop -> loop.writers().together(stream, append));
    }

    /** Events of a transaction. They stay in the order of the requests of a client, which numbers them. */
    Future<Void> write(WriteEvents request) {
        NewEvents events = new NewEvents(port.maxEventBytes(), bounds.maxRequestBytes());
        byte[] records = events.records(request.events());
        return port.transactions()
                .write(
                        request.transaction(),
                        request.sequence(),
                        request.stream(),
                        records,
                        request.events().size());
    }

    // ---- reads

    Future<EventPage> page(ReadPage request) {
        ReaderOptions options = new ReaderOptions()
                .setFrom(request.from())
                .setPartitions(new HashSet<>(request.partitions()))
                .setReadAheadBytes(bounded(request.maxBytes()));
        return read(
                () -> log.read(request.stream().toString(), Payload.CODEC, options),
                request.maxEvents(),
                request.maxBytes());
    }

    Future<EventPage> history(KeyHistory request) {
        HistoryOptions options =
                new HistoryOptions().setDirection(request.direction()).setReadAheadBytes(bounded(request.maxBytes()));
        if (request.fromVersion().isPresent()) {
            options.setFromVersion(request.fromVersion().get());
        }
        return read(
                () -> log.history(request.stream().toString(), request.key(), Payload.CODEC, options),
                request.maxEvents(),
                request.maxBytes());
    }

    private Future<EventPage> read(Supplier<Future<EventReader<Payload>>> open, int maxEvents, int maxBytes) {
        return onLoop(loop -> open.get().compose(reader -> new PageReader(maxEvents, bounded(maxBytes)).read(reader)));
    }

    private int bounded(int maxBytes) {
        return Math.max(1, Math.min(maxBytes, bounds.maxReadBytes()));
    }
}
