package io.strandline.processing.pipeline.impl;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.spi.BytesOutput;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Queue;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A log whose writers of one stream fail, or refuse events. */
final class FailingWriters {

    private FailingWriters() {}

    /** @param failing takes what has a writer fail at rest, for each that is opened and hears of failures */
    @SuppressWarnings("unchecked") // as EventWriter declares it
    static Strandline atRest(Strandline log, String stream, Queue<Consumer<Throwable>> failing) {
        return writers(
                log,
                stream,
                (writer, codec) -> forward(EventWriter.class, writer, (method, arguments, call) -> {
                    if (method.getName().equals("exceptionHandler")) {
                        Handler<Throwable> handler = (Handler<Throwable>) arguments[0];
                        Context context = Objects.requireNonNull(Vertx.currentContext());
                        failing.add(cause -> context.runOnContext(failed -> handler.handle(cause)));
                    }
                    return call.now();
                }));
    }

    /** @param isRefused whether an event, as text, is too large */
    @SuppressWarnings("unchecked") // the events are those of the codec
    static Strandline refusing(Strandline log, String stream, Predicate<String> isRefused) {
        return writers(
                log,
                stream,
                (writer, codec) -> forward(EventWriter.class, writer, (method, arguments, call) -> {
                    if (method.getName().equals("append") && arguments.length > 1) {
                        byte[] bytes = BytesOutput.of((EventCodec<Object>) codec, arguments[1]);
                        if (isRefused.test(new String(bytes, StandardCharsets.UTF_8))) {
                            return Future.failedFuture(
                                    new StrandlineException.Invalid("event of " + bytes.length + " bytes"));
                        }
                    }
                    return call.now();
                }));
    }

    /** @param isDoubtful whether nobody hears that an event, as text, was appended */
    @SuppressWarnings("unchecked") // the events are those of the codec
    static Strandline doubting(Strandline log, String stream, Predicate<String> isDoubtful) {
        return writers(
                log,
                stream,
                (writer, codec) -> forward(EventWriter.class, writer, (method, arguments, call) -> {
                    Object answer = call.now();
                    if (method.getName().equals("append") && arguments.length > 1) {
                        byte[] bytes = BytesOutput.of((EventCodec<Object>) codec, arguments[1]);
                        if (isDoubtful.test(new String(bytes, StandardCharsets.UTF_8))) {
                            return ((Future<?>) Objects.requireNonNull(answer))
                                    .compose(appended -> Future.failedFuture(
                                            new StrandlineException.Unknown("nobody has heard of it")));
                        }
                    }
                    return answer;
                }));
    }

    private static Strandline writers(
            Strandline log, String stream, BiFunction<EventWriter<?>, EventCodec<?>, EventWriter<?>> wrapped) {
        return forward(
                Strandline.class,
                log,
                (method, arguments, call) -> method.getName().equals("createWriter") && stream.equals(arguments[0])
                        ? ((Future<?>) Objects.requireNonNull(call.now()))
                                .map(writer -> wrapped.apply((EventWriter<?>) writer, (EventCodec<?>) arguments[1]))
                        : call.now());
    }

    private interface Calls {

        @Nullable
        Object call(Method method, Object[] arguments, Forward call) throws Throwable;
    }

    private interface Forward {

        @Nullable
        Object now() throws Throwable;
    }

    private static <T> T forward(Class<T> type, T to, Calls calls) {
        InvocationHandler handler =
                (proxy, method, given) -> calls.call(method, given == null ? new Object[0] : given, () -> {
                    try {
                        return method.invoke(to, given);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
