package io.strandline.command.setting;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Lets the thread of a command, which is none of Vert.x, wait for what it has begun. */
public final class Waiting {

    private Waiting() {}

    /** The result of a future, or what it has failed with. */
    public static <T> T of(Future<T> future) {
        AtomicReference<@Nullable AsyncResult<T>> outcome = new AtomicReference<>();
        CountDownLatch latch = new CountDownLatch(1);
        future.onComplete(done -> {
            outcome.set(done);
            latch.countDown();
        });
        await(latch);
        AsyncResult<T> done = outcome.get();
        if (done == null || done.failed()) {
            throw failure(done == null ? null : done.cause());
        }
        return done.result();
    }

    private static RuntimeException failure(@Nullable Throwable cause) {
        return cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
    }

    /** Waits. An interrupt ends the command. */
    public static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** As {@link #await(CountDownLatch)}, for some milliseconds. Returns false if it has to be waited for longer. */
    public static boolean await(CountDownLatch latch, long millis) {
        try {
            return latch.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
