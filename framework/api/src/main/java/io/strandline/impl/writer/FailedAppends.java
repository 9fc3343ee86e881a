package io.strandline.impl.writer;

import io.strandline.Appended;
import io.strandline.StrandlineException;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import org.jspecify.annotations.Nullable;

/**
 * Fails the appends of one writer, and counts them. Every append that fails does so here.
 *
 * <p>It is written on the writer's context and read from any thread.
 */
final class FailedAppends {

    private volatile long count;
    private volatile @Nullable StrandlineException first;

    /** An append fails that was accepted before. */
    void fail(PromiseInternal<Appended> append, StrandlineException cause) {
        note(cause); // before the promise: who listens to it may ask
        append.tryFail(cause);
    }

    /** An append is refused. */
    Future<Appended> refuse(ContextInternal context, StrandlineException cause) {
        note(cause);
        return context.failedFuture(cause);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one context writes
    private void note(StrandlineException cause) {
        if (first == null) {
            first = cause;
        }
        count++;
    }

    long count() {
        return count;
    }

    @Nullable
    StrandlineException first() {
        return first;
    }
}
