package io.strandline.sync.log;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.impl.Attempt;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls on one name, one after the other: the next begins when the one before it has ended. {@link OpenNames} bounds how many
 * there are.
 *
 * <p>Belongs to one context.
 */
final class CallQueue {

    private final StreamName name;
    private final Runnable ended;
    private final Deque<Call<?>> waiting = new ArrayDeque<>();
    private final Promise<Void> closing = Promise.promise();
    private @Nullable Call<?> active;
    private boolean draining;
    private boolean closed;

    private record Call<R>(Supplier<Future<R>> work, Promise<R> reply) {

        void refuse(StrandlineException reason) {
            reply.fail(reason);
        }
    }

    /** @param ended called when a call has ended, before it is answered */
    CallQueue(StreamName name, Runnable ended) {
        this.name = name;
        this.ended = ended;
    }

    /** Adds a call after those that wait. */
    <R> Future<R> submit(Supplier<Future<R>> work) {
        Call<R> call = new Call<>(work, Promise.promise());
        waiting.add(call);
        drain();
        return call.reply().future();
    }

    /** Adds a call before those that wait. Allowed only while the end of a call is reported. */
    <R> Future<R> submitNext(Supplier<Future<R>> work) {
        Call<R> call = new Call<>(work, Promise.promise());
        waiting.addFirst(call);
        return call.reply().future();
    }

    /** Starts the next call if none is active. A loop, for calls that are done at once must not nest. */
    private void drain() {
        if (draining) {
            return;
        }
        draining = true;
        try {
            while (active == null && !waiting.isEmpty()) {
                start(waiting.remove());
            }
        } finally {
            draining = false;
        }
        if (closed && active == null) {
            closing.tryComplete();
        }
    }

    private <R> void start(Call<R> call) {
        active = call;
        Attempt.of(call.work()).onComplete(result -> {
            active = null;
            // Listeners for the end may throw. The calls after this one go on.
            try {
                ended.run();
            } finally {
                try {
                    call.reply().handle(result);
                } finally {
                    drain();
                }
            }
        });
    }

    boolean isClosed() {
        return closed;
    }

    /** Refuses what waits, and completes when the active call has ended. Calls must not come any more. */
    Future<Void> close() {
        closed = true;
        for (Call<?> call = waiting.poll(); call != null; call = waiting.poll()) {
            call.refuse(new StrandlineException.Unavailable("the store of " + name + " was closed"));
        }
        drain();
        return closing.future();
    }
}
