package io.strandline.processing.pipeline.impl;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A log whose writers of one stream can be told that they have failed. */
final class FailingWriters {

    private FailingWriters() {}

    /** @param failing takes what has a writer fail, for each that is opened and hears of failures */
    static Strandline of(Strandline log, String stream, Queue<Consumer<Throwable>> failing) {
        return forward(Strandline.class, log, (method, arguments, answer) ->
                method.getName().equals("createWriter") && stream.equals(arguments[0])
                        ? ((Future<?>) answer).map(writer -> heard((EventWriter<?>) writer, failing))
                        : answer);
    }

    @SuppressWarnings("unchecked") // as EventWriter declares it
    private static EventWriter<?> heard(EventWriter<?> writer, Queue<Consumer<Throwable>> failing) {
        return forward(EventWriter.class, writer, (method, arguments, answer) -> {
            if (method.getName().equals("exceptionHandler")) {
                Handler<Throwable> handler = (Handler<Throwable>) arguments[0];
                Context context = Objects.requireNonNull(Vertx.currentContext());
                failing.add(cause -> context.runOnContext(failed -> handler.handle(cause)));
            }
            return answer;
        });
    }

    private interface Answer {

        @Nullable
        Object of(Method method, Object[] arguments, @Nullable Object answer);
    }

    private static <T> T forward(Class<T> type, T to, Answer answer) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            try {
                Object[] given = arguments == null ? new Object[0] : arguments;
                return answer.of(method, given, method.invoke(to, arguments));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
