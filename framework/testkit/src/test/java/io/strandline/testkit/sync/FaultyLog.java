package io.strandline.testkit.sync;

import io.strandline.Appended;
import io.strandline.Catalog;
import io.strandline.Decided;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.Transactions;
import io.strandline.Versioned;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A log with faults for its next conditional appends, one each. A fault decides whether the append is made at all, and
 * how it is answered. Everything else passes through. Looks at the end and subscriptions are counted.
 */
final class FaultyLog implements Strandline {

    /** The next faults. */
    final Queue<Function<Supplier<Future<Appended>>, Future<Appended>>> faults = new ConcurrentLinkedQueue<>();

    /** How often the end of a stream was asked for. */
    final AtomicInteger looks = new AtomicInteger();

    /** How often a stream was opened to follow it. */
    final AtomicInteger subscriptions = new AtomicInteger();

    /** How the next looks at the end are answered, instead of by the log. */
    final Queue<Future<StreamCut>> ends = new ConcurrentLinkedQueue<>();

    private final Strandline log;

    FaultyLog(Strandline log) {
        this.log = log;
    }

    @Override
    public Catalog catalog() {
        return around(Catalog.class, log.catalog(), "endCut", real -> {
            looks.incrementAndGet();
            Future<StreamCut> answer = ends.poll();
            return answer == null ? real.get() : answer;
        });
    }

    @Override
    @SuppressWarnings("unchecked") // the proxy has the interface of the proxied object
    public <E> Future<EventWriter<E>> createWriter(String stream, EventCodec<E> codec, WriterOptions options) {
        return log.createWriter(stream, codec, options)
                .map(writer -> (EventWriter<E>) around(EventWriter.class, writer, "appendIf", this::appendIf));
    }

    @SuppressWarnings("unchecked") // only appendIf comes here
    private Object appendIf(Supplier<Object> real) {
        Function<Supplier<Future<Appended>>, Future<Appended>> fault = faults.poll();
        return fault == null ? real.get() : onCaller(fault.apply(() -> (Future<Appended>) real.get()));
    }

    /** A fault is reported where a writer reports: on its context, independent of its cause. */
    private static Future<Appended> onCaller(Future<Appended> answer) {
        PromiseInternal<Appended> promise =
                Objects.requireNonNull(ContextInternal.current()).promise();
        answer.onComplete(promise);
        return promise.future();
    }

    @Override
    public <E> Future<EventReader<E>> read(String stream, EventCodec<E> codec, ReaderOptions options) {
        return log.read(stream, codec, options);
    }

    @Override
    public <E> Future<EventReader<E>> history(String stream, String key, EventCodec<E> codec, HistoryOptions options) {
        return log.history(stream, key, codec, options);
    }

    @Override
    public <E, S> Future<Versioned<S>> fold(
            String stream, String key, EventCodec<E> codec, S initial, BiFunction<S, E, S> evolve) {
        return log.fold(stream, key, codec, initial, evolve);
    }

    @Override
    public <E, S> Future<Decided<E, S>> decide(
            EventWriter<E> writer,
            EventCodec<E> codec,
            String key,
            S initial,
            BiFunction<S, E, S> evolve,
            Function<S, List<E>> decide) {
        return log.decide(writer, codec, key, initial, evolve, decide);
    }

    @Override
    public <E> Future<EventReader<E>> subscribe(String stream, EventCodec<E> codec, ReaderOptions options) {
        subscriptions.incrementAndGet();
        return log.subscribe(stream, codec, options);
    }

    @Override
    public Transactions transactions() {
        return log.transactions();
    }

    @Override
    public Future<Void> close() {
        return log.close();
    }

    private static <T> T around(Class<T> type, T real, String method, Function<Supplier<Object>, Object> instead) {
        InvocationHandler handler =
                (proxy, called, arguments) -> called.getName().equals(method)
                        ? instead.apply(() -> invoke(() -> called.invoke(real, arguments)))
                        : invoke(() -> called.invoke(real, arguments));
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private interface Invocation {
        Object run() throws IllegalAccessException, InvocationTargetException;
    }

    private static Object invoke(Invocation invocation) {
        try {
            return invocation.run();
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(e.getCause() == null ? e : e.getCause());
        }
    }
}
