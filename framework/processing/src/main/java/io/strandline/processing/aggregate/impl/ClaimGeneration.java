package io.strandline.processing.aggregate.impl;

import io.strandline.EventWriter;
import io.strandline.WriterOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The generation of all claims of one opening. Its first claim begins the generation, and the other claims wait for that one. So an
 * opening that was begun later takes over every partition, and keeps it. Any thread may call it.
 */
final class ClaimGeneration {

    /** Null until a claim is to begin the generation, and again after that claim has failed. */
    private final AtomicReference<@Nullable Future<Long>> begun = new AtomicReference<>();

    /** The generation, after a claim was made. */
    long begun() {
        Future<Long> first = begun.get();
        if (first == null || first.result() == null) {
            throw new IllegalStateException("no claim has begun the generation");
        }
        return first.result();
    }

    /**
     * Makes a claim.
     *
     * @param context of the caller
     * @param claim is called on that context with the generation, or to begin one
     */
    <E> Future<EventWriter<E>> claim(Context context, LongFunction<Future<EventWriter<E>>> claim) {
        Promise<Long> mine = Promise.promise();
        Future<Long> first = begun.compareAndExchange(null, mine.future());
        if (first != null) {
            Promise<Long> here = ((ContextInternal) context).promise();
            first.onComplete(here);
            return here.future().compose(claim::apply, failed -> claim(context, claim));
        }
        return Future.succeededFuture(WriterOptions.NEW_GENERATION)
                .compose(claim::apply)
                .onComplete((writer, cause) -> {
                    if (writer != null) {
                        mine.complete(writer.claimGeneration());
                    } else {
                        begun.set(null);
                        mine.fail(cause);
                    }
                });
    }
}
