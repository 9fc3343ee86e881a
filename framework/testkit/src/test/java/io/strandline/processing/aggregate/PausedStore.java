package io.strandline.processing.aggregate;

import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/** The way of one member to the state that it shares. While it is paused nothing of the member is heard, and it hears nothing. */
final class PausedStore {

    private final RevisionStore store;
    private final List<Promise<Void>> held = new ArrayList<>();
    private boolean paused;

    PausedStore(RevisionStore store) {
        this.store = store;
    }

    void pause() {
        synchronized (held) {
            paused = true;
        }
    }

    void resume() {
        List<Promise<Void>> released;
        synchronized (held) {
            paused = false;
            released = List.copyOf(held);
            held.clear();
        }
        released.forEach(Promise::complete);
    }

    private Future<Void> passage() {
        synchronized (held) {
            if (!paused) {
                return Future.succeededFuture();
            }
            Promise<Void> later = Promise.promise();
            held.add(later);
            return later.future();
        }
    }

    RevisionStore asStore() {
        return (RevisionStore) Proxy.newProxyInstance(
                RevisionStore.class.getClassLoader(),
                new Class<?>[] {RevisionStore.class},
                (proxy, method, arguments) -> Future.class.equals(method.getReturnType())
                        ? passage().compose(passed -> call(method, arguments))
                        : forward(method, arguments));
    }

    private Future<?> call(Method method, Object[] arguments) {
        try {
            return (Future<?>) forward(method, arguments);
        } catch (Throwable thrown) {
            return Future.failedFuture(thrown);
        }
    }

    private Object forward(Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(store, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
