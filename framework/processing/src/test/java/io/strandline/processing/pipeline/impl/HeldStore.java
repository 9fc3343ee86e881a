package io.strandline.processing.pipeline.impl;

import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/** A store whose answers to calls of a kind wait, from a moment on until they are let go. */
final class HeldStore {

    private final Promise<Void> goOn = Promise.promise();
    private final AtomicBoolean isHolding = new AtomicBoolean();
    private volatile String held = "";

    /** The store of a process. */
    CheckpointStore of(Vertx vertx, CheckpointStore store) {
        return (CheckpointStore) Proxy.newProxyInstance(
                CheckpointStore.class.getClassLoader(), new Class<?>[] {CheckpointStore.class}, (proxy, method, of) -> {
                    Object answer;
                    try {
                        answer = method.invoke(store, of);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    return method.getName().equals(held) ? later(vertx, (Future<?>) answer) : answer;
                });
    }

    private <T> Future<T> later(Vertx vertx, Future<T> answer) {
        Promise<Void> passage = ((ContextInternal) vertx.getOrCreateContext()).promise();
        goOn.future().onComplete(passage);
        isHolding.set(true);
        return passage.future().compose(passed -> answer);
    }

    /** From now on answers to calls of a method wait. */
    void hold(String method) {
        held = method;
    }

    /** Whether an answer waits. */
    boolean isHolding() {
        return isHolding.get();
    }

    /** All answers come, those that have waited too. */
    void letGo() {
        goOn.complete();
    }
}
