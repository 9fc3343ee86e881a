package io.strandline.processing.aggregate;

import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/** Carries the calls of a proxy to what it stands before. */
record Forward(Object target) {

    /** Throws what the target throws. */
    Object call(Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** As {@link #call}, of a method that returns a future, for a caller that may not throw. */
    Future<?> later(Method method, Object[] arguments) {
        try {
            return (Future<?>) call(method, arguments);
        } catch (Throwable thrown) {
            return Future.failedFuture(thrown);
        }
    }
}
