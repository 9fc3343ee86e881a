package io.strandline.impl;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.WriterOptions;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A log over a port, and a context on which the test's steps run. */
final class OnContext {

    final Context context;
    final Strandline log;

    OnContext(Vertx vertx, LogPort port) {
        context = ((VertxInternal) vertx).createEventLoopContext();
        log = LogPort.strandline(vertx, port);
    }

    /** Runs a step on the context and waits for it. */
    <T> T run(Callable<T> step) {
        return get(start(() -> Future.succeededFuture(step.call())));
    }

    /** Starts a step on the context. */
    <T> Future<T> start(Callable<Future<T>> step) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(ignored -> {
            try {
                step.call().onComplete(promise);
            } catch (Throwable e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    EventWriter<Buffer> writer(WriterOptions options) {
        return get(start(() -> log.createWriter("scope/stream", EventCodec.raw(), options)));
    }

    static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no result within 20 s", e);
        }
    }

    static Throwable failure(Future<?> future) {
        try {
            Object result = get(future);
            throw new AssertionError("completed with " + result);
        } catch (RuntimeException e) {
            return e;
        }
    }
}
