package io.strandline.impl;

import io.strandline.Catalog;
import io.strandline.Compression;
import io.strandline.Decided;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.Transactions;
import io.strandline.Versioned;
import io.strandline.WriterOptions;
import io.strandline.impl.reader.DemandReader;
import io.strandline.impl.reader.HistoryFold;
import io.strandline.impl.reader.HistoryQuery;
import io.strandline.impl.reader.HistoryReader;
import io.strandline.impl.reader.HistoryStart;
import io.strandline.impl.reader.ReaderStart;
import io.strandline.impl.reader.StreamReader;
import io.strandline.impl.transaction.LogCalls;
import io.strandline.impl.transaction.PortTransactions;
import io.strandline.impl.writer.NewerWriters;
import io.strandline.impl.writer.StreamWriter;
import io.strandline.impl.writer.TracedWriter;
import io.strandline.impl.writer.WriterSession;
import io.strandline.spi.BatchCompressor;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.EventSpans;
import io.strandline.spi.LogPort;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The entry point over a port. Made by {@link LogPort#strandline}. */
public final class PortStrandline implements Strandline, LogCalls {

    /**
     * A writer or reader, which ends with its context (when its verticle is undeployed) or fails with the log.
     *
     * @param millis how long undeploying waits for it to end in good order. Then it fails
     * @param leave ends it in good order, on its context
     * @param fail fails it, on its context
     */
    private record Open(ContextInternal context, long millis, Supplier<Future<Void>> leave, Runnable fail)
            implements Closeable {

        /** Fails it, but waits for a blocked context only for a limited time. */
        Future<Void> failNow() {
            Promise<Void> failed = Promise.promise();
            long timer = context.owner().setTimer(LONGEST_FAIL_MILLIS, late -> failed.tryComplete());
            context.runOnContext(ignored -> {
                context.owner().cancelTimer(timer);
                try {
                    fail.run();
                } finally {
                    failed.tryComplete();
                }
            });
            return failed.future();
        }

        @Override
        public void close(Completable<Void> completion) {
            context.runOnContext(ignored -> {
                PromiseInternal<Void> left = context.promise();
                left.future().onComplete(completion);
                long timer = context.setTimer(Math.max(1, millis), late -> {
                    fail.run();
                    left.tryComplete();
                });
                leave.get().onComplete((done, failure) -> {
                    context.owner().cancelTimer(timer);
                    left.tryComplete();
                });
            });
        }
    }

    /** How long a close waits for the context of one writer or reader, in milliseconds. */
    private static final long LONGEST_FAIL_MILLIS = 5_000;

    private final Vertx vertx;
    private final LogPort port;
    private final Catalog catalog;
    private final PortTransactions transactions;
    private final Set<Open> open = ConcurrentHashMap.newKeySet();
    private final NewerWriters newerWriters = new NewerWriters();
    private final CloseOnce end;
    private volatile boolean isAnnounced;

    /** @throws StrandlineException.Unavailable if Vert.x is closing */
    public PortStrandline(Vertx vertx, LogPort port) {
        this.vertx = vertx;
        this.port = port;
        this.transactions = new PortTransactions(this, port);
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.LOGS, "log " + port.address(), this::closeAll);
        this.catalog = new CallerCatalog(port.catalog(), this);
    }

    /** A line says that it is open, so one will say that it is closed. What Strandline opens for itself has neither. */
    void announce() {
        isAnnounced = true;
    }

    boolean isAnnounced() {
        return isAnnounced;
    }

    @Override
    public <T> Future<T> onCaller(Supplier<Future<T>> call) {
        return on(callerContext(), call);
    }

    @Override
    public <T> Future<T> on(ContextInternal context, Supplier<Future<T>> call) {
        if (end.isClosing()) {
            // Without a context, for that of the caller may have ended with Vert.x.
            return Future.failedFuture(closed());
        }
        PromiseInternal<T> promise = context.promise();
        try {
            call.get().recover(this::explained).onComplete(promise);
        } catch (StrandlineException e) {
            promise.fail(e);
        }
        return promise.future();
    }

    /** What a call fails with that was under way when the log was closed names the log, and not a part of it. */
    private <T> Future<T> explained(Throwable cause) {
        return Future.failedFuture(
                end.isClosing() && cause instanceof StrandlineException.Unavailable ? closed() : cause);
    }

    private StrandlineException.Unavailable closed() {
        return new StrandlineException.Unavailable("log \"" + port.address() + "\" is closed");
    }

    LogPort port() {
        return port;
    }

    @Override
    public ContextInternal callerContext() {
        return (ContextInternal) vertx.getOrCreateContext();
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public Transactions transactions() {
        return transactions;
    }

    @Override
    public @Nullable StrandlineException over() {
        return end.isClosing() ? closed() : null;
    }

    // ---- writers ----

    @Override
    public <E> Future<EventWriter<E>> createWriter(String stream, EventCodec<E> codec, WriterOptions options) {
        WriterOptions copy = new WriterOptions(options);
        ContextInternal context = callerContext();
        return on(context, () -> {
                    copy.validate();
                    requireLibrary(copy.getCompression());
                    StreamName name = StreamName.parse(stream);
                    Long claim = copy.getClaim();
                    return claim == null
                            ? port.admitWriter(name, copy.getId())
                            : port.claim(name, claim, copy.getClaimGeneration());
                })
                .map(grant -> writer(context, codec, copy, grant));
    }

    private static void requireLibrary(Compression compression) {
        if (compression != Compression.NONE) {
            BatchCompressor.of(compression);
        }
    }

    private <E> EventWriter<E> writer(
            ContextInternal context, EventCodec<E> codec, WriterOptions options, WriterGrant grant) {
        WriterSession session = new WriterSession(port, context, options, grant);
        AtomicReference<@Nullable Open> entry = new AtomicReference<>();
        StreamWriter<E> writer = new StreamWriter<>(session, codec, () -> {
            newerWriters.ended(session);
            forget(entry.get());
        });
        Open registered = new Open(context, options.getRetryTimeoutMillis(), writer::end, () -> session.fail(closed()));
        entry.set(registered);
        register(registered);
        newerWriters.opened(session);
        if (writer.stream().isReserved()) {
            return writer; // what Strandline keeps for itself belongs to no trace of the application
        }
        EventSpans spans = EventSpans.of(context, options.getTracingPolicy());
        return spans == null ? writer : new TracedWriter<>(writer, spans);
    }

    /** Writers and readers that end with the log. */
    int openCount() {
        return open.size();
    }

    private void register(Open entry) {
        open.add(entry);
        CloseOnce.endWithVerticle(entry.context(), entry);
        if (end.isClosing()) {
            forget(entry);
            throw closed();
        }
    }

    private void forget(@Nullable Open entry) {
        if (entry != null && open.remove(entry)) {
            entry.context().removeCloseHook(entry);
        }
    }

    // ---- readers ----

    @Override
    public <E> Future<EventReader<E>> read(String stream, EventCodec<E> codec, ReaderOptions options) {
        return openReader(stream, codec, options, true);
    }

    @Override
    public <E> Future<EventReader<E>> subscribe(String stream, EventCodec<E> codec, ReaderOptions options) {
        return openReader(stream, codec, options, false);
    }

    private <E> Future<EventReader<E>> openReader(
            String stream, EventCodec<E> codec, ReaderOptions options, boolean finite) {
        ReaderOptions copy = new ReaderOptions(options);
        ContextInternal context = callerContext();
        return on(context, () -> {
                    copy.validate();
                    return ReaderStart.find(port, StreamName.parse(stream), copy, finite);
                })
                .map(start -> opened(context, onEnd -> new StreamReader<>(port, context, codec, start, copy, onEnd)));
    }

    /** Makes a reader that ends with its context or with the log. */
    private <E> EventReader<E> opened(ContextInternal context, Function<Runnable, DemandReader<E>> make) {
        AtomicReference<@Nullable Open> entry = new AtomicReference<>();
        DemandReader<E> reader = make.apply(() -> forget(entry.get()));
        Open registered = new Open(context, 1, () -> left(reader), () -> reader.logClosed(closed()));
        entry.set(registered);
        register(registered);
        return reader;
    }

    private static Future<Void> left(DemandReader<?> reader) {
        reader.undeployed();
        return Future.succeededFuture();
    }

    @Override
    public <E> Future<EventReader<E>> history(String stream, String key, EventCodec<E> codec, HistoryOptions options) {
        HistoryOptions copy = new HistoryOptions(options);
        ContextInternal context = callerContext();
        return on(context, () -> {
                    copy.validate();
                    StreamName.parse(stream);
                    byte[] bytes = HistoryStart.bytesOf(key);
                    return port.catalog()
                            .describe(stream)
                            .compose(description -> HistoryStart.find(port, description, bytes, copy));
                })
                .map(start -> {
                    HistoryQuery query = new HistoryQuery(StreamName.parse(stream), key, copy.getLimit());
                    return opened(context, onEnd -> new HistoryReader<>(port, context, codec, query, start, onEnd));
                });
    }

    @Override
    public <E, S> Future<Versioned<S>> fold(
            String stream, String key, EventCodec<E> codec, S initial, BiFunction<S, E, S> evolve) {
        return history(stream, key, codec).compose(reader -> HistoryFold.of(reader, initial, evolve));
    }

    @Override
    public <E, S> Future<Decided<E, S>> decide(
            EventWriter<E> writer,
            EventCodec<E> codec,
            String key,
            S initial,
            BiFunction<S, E, S> evolve,
            Function<S, List<E>> decide) {
        String stream = writer.stream().toString();
        return new KeyDecision<>(() -> fold(stream, key, codec, initial, evolve), writer, key, evolve, decide)
                .make(MAX_DECISIONS);
    }

    // ---- end ----

    @Override
    public Future<Void> close() {
        return end.close();
    }

    private Future<Void> closeAll() {
        transactions.close();
        List<Future<Void>> ended = new ArrayList<>();
        for (Open entry : List.copyOf(open)) {
            forget(entry);
            ended.add(entry.failNow());
        }
        long begun = System.nanoTime();
        return Future.join(ended)
                .transform(failed -> port.close())
                .onSuccess(closed -> OpeningLine.writeClosed(this, OpeningLine.millisSince(begun)));
    }
}
