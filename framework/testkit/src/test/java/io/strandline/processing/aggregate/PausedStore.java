package io.strandline.processing.aggregate;

import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The way of one member to the state that it shares. While it is paused nothing of the member is heard, and it hears nothing. */
public final class PausedStore {

    private final Forward store;
    private final List<Promise<Void>> held = new ArrayList<>();
    private boolean paused;
    private @Nullable Throwable broken;
    private int refused;

    public PausedStore(RevisionStore store) {
        this.store = new Forward(store);
    }

    public void pause() {
        synchronized (held) {
            paused = true;
        }
    }

    /** All calls fail so, until it is resumed. */
    public void fail(Throwable cause) {
        synchronized (held) {
            broken = cause;
        }
    }

    /** Calls that wait until it is resumed. */
    public int held() {
        synchronized (held) {
            return held.size();
        }
    }

    /** Calls that failed because it was told to. */
    public int refused() {
        synchronized (held) {
            return refused;
        }
    }

    public void resume() {
        List<Promise<Void>> released;
        synchronized (held) {
            paused = false;
            broken = null;
            released = List.copyOf(held);
            held.clear();
        }
        released.forEach(Promise::complete);
    }

    private Future<Void> passage() {
        synchronized (held) {
            if (broken != null) {
                refused++;
                return Future.failedFuture(broken);
            }
            if (!paused) {
                return Future.succeededFuture();
            }
            Promise<Void> later = Promise.promise();
            held.add(later);
            return later.future();
        }
    }

    public RevisionStore asStore() {
        return (RevisionStore) Proxy.newProxyInstance(
                RevisionStore.class.getClassLoader(),
                new Class<?>[] {RevisionStore.class},
                (proxy, method, arguments) -> Future.class.equals(method.getReturnType())
                        ? passage().compose(passed -> store.later(method, arguments))
                        : store.call(method, arguments));
    }
}
