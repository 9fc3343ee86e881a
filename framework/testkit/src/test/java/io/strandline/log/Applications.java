package io.strandline.log;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.log.impl.file.ShardDirectories;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/** How a test, on its own thread, does what an application does on event loops. */
public final class Applications {

    /** Other builds share the machine: how long a test waits for something that takes milliseconds. */
    public static final long DEADLINE_SECONDS = 60;

    private static final long LOOK_EVERY_MILLIS = 5;
    private static final long MAX_SLOWER = 32;

    private Applications() {}

    public static Context newContext(Vertx vertx) {
        return ((VertxInternal) vertx).createEventLoopContext();
    }

    public static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no result within " + DEADLINE_SECONDS + " s", e);
        }
    }

    public static Throwable failure(Future<?> future) {
        try {
            Object result = future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
            throw new AssertionError("completed with " + result);
        } catch (ExecutionException e) {
            return e.getCause() == null ? e : e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no result within " + DEADLINE_SECONDS + " s", e);
        }
    }

    /** The failure of a call that fails as it is documented. */
    public static StrandlineException refusal(Future<?> future) {
        Throwable failure = failure(future);
        if (failure instanceof StrandlineException refusal) {
            return refusal;
        }
        throw new AssertionError("no documented failure", failure);
    }

    /** Starts a step on a context. */
    public static <T> Future<T> start(Context context, Callable<Future<T>> step) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(ignored -> {
            try {
                step.call().onComplete(promise);
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    /** Runs a step on a context of its own. */
    public static <T> T run(Vertx vertx, Callable<Future<T>> step) {
        return get(start(newContext(vertx), step));
    }

    public static EventWriter<Buffer> writer(Context context, Strandline log, String stream, WriterOptions options) {
        return get(start(context, () -> log.createWriter(stream, EventCodec.raw(), options)));
    }

    /** Everything that a stream holds, read on a context of its own. */
    public static Future<List<EventRecord<Buffer>>> readAll(Vertx vertx, Strandline log, String stream) {
        return start(newContext(vertx), () -> log.read(stream, EventCodec.raw(), new ReaderOptions())
                .compose(Applications::toEnd));
    }

    public static <E> Future<List<EventRecord<E>>> toEnd(EventReader<E> reader) {
        Promise<List<EventRecord<E>>> promise = Promise.promise();
        List<EventRecord<E>> events = new ArrayList<>();
        reader.exceptionHandler(promise::tryFail);
        reader.endHandler(end -> promise.tryComplete(events));
        reader.handler(events::add);
        return promise.future();
    }

    /** Waits until something can be observed. Looks every few milliseconds, on a timer of Vert.x. */
    public static void until(Vertx vertx, String what, BooleanSupplier observed) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        Promise<Void> seen = Promise.promise();
        vertx.setTimer(LOOK_EVERY_MILLIS, timer -> look(vertx, what, observed, deadline, seen));
        try {
            seen.future().toCompletionStage().toCompletableFuture().get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(what, e);
        }
    }

    /**
     * Makes an attempt that a pause of the machine may spoil, as it makes the living look silent. After one that was spoilt the
     * next gets twice as much time.
     *
     * @param firstMillis what the first attempt gets, the last one 32 times as much
     * @param attempt returns false if it was spoilt, which proves nothing
     */
    public static void atSomePace(String what, long firstMillis, LongPredicate attempt) {
        for (long millis = firstMillis; millis <= MAX_SLOWER * firstMillis; millis *= 2) {
            if (attempt.test(millis)) {
                return;
            }
        }
        throw new AssertionError("not at any pace: " + what);
    }

    /** A timer for each look: one that repeats cannot be cancelled by its first call, which may come before it is set. */
    private static void look(Vertx vertx, String what, BooleanSupplier observed, long deadline, Promise<Void> seen) {
        try {
            if (observed.getAsBoolean()) {
                seen.complete();
            } else if (System.nanoTime() > deadline) {
                seen.fail(new AssertionError("not within " + DEADLINE_SECONDS + " s: " + what));
            } else {
                vertx.setTimer(LOOK_EVERY_MILLIS, timer -> look(vertx, what, observed, deadline, seen));
            }
        } catch (Throwable e) {
            seen.fail(e);
        }
    }

    /** The chunk files of a log in a directory, in order. Files that vanish meanwhile may be among them. */
    public static List<Path> chunks(Path data) {
        List<Path> chunks = new ArrayList<>();
        for (int shard = 0; Files.isDirectory(data.resolve(ShardDirectories.directory(shard))); shard++) {
            String[] names =
                    data.resolve(ShardDirectories.chunks(shard)).toFile().list();
            for (String name : names == null ? new String[0] : names) {
                if (name.endsWith(".chunk")) {
                    chunks.add(data.resolve(ShardDirectories.directory(shard) + "/chunks/" + name));
                }
            }
        }
        Collections.sort(chunks);
        return chunks;
    }
}
