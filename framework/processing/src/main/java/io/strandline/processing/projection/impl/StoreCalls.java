package io.strandline.processing.projection.impl;

import io.strandline.processing.projection.ProjectionBatch;
import io.strandline.processing.projection.ProjectionId;
import io.strandline.processing.projection.ProjectionStore;
import io.strandline.spi.Logger;
import io.strandline.spi.RetryWindow;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls of a store, made again after transient failures until the options' time is over. Each completes on the projection's
 * context.
 */
final class StoreCalls<E> {

    private static final Logger LOG = Logger.of(StoreCalls.class);

    private final ContextInternal context;
    private final ProjectionId id;
    private final ProjectionStore<E> store;
    private final long timeoutMillis;
    private final Counters counters;
    private final BooleanSupplier ending;

    /** @param ending true if nobody waits for answers any more */
    StoreCalls(
            ContextInternal context,
            ProjectionId id,
            ProjectionStore<E> store,
            long timeoutMillis,
            Counters counters,
            BooleanSupplier ending) {
        this.context = context;
        this.id = id;
        this.store = store;
        this.timeoutMillis = timeoutMillis;
        this.counters = counters;
        this.ending = ending;
    }

    Future<Void> open() {
        return insist("open", () -> store.open(id));
    }

    Future<SortedMap<Long, Long>> positions() {
        return insist("positions", () -> store.positions(id));
    }

    Future<Void> begin(SortedMap<Long, Long> positions) {
        return insist("begin", () -> store.begin(id, positions));
    }

    Future<Void> apply(ProjectionBatch<E> batch) {
        return insist("apply", () -> store.apply(batch));
    }

    Future<Void> delete() {
        return insist("delete", () -> store.delete(id));
    }

    private <T> Future<T> insist(String what, Supplier<Future<T>> call) {
        Promise<T> answer = context.promise();
        attempt(what, call, RetryWindow.of(timeoutMillis), answer);
        return answer.future();
    }

    private <T> void attempt(String what, Supplier<Future<T>> call, RetryWindow window, Promise<T> answer) {
        UserCode.future("the store of projection " + id, call)
                .onComplete((result, failure) -> context.execute(() -> {
                    long pause =
                            failure == null || ending.getAsBoolean() ? RetryWindow.OVER : window.pauseAfter(failure);
                    if (pause == RetryWindow.OVER) {
                        settle(answer, result, failure);
                        return;
                    }
                    if (counters.retries.incrementAndGet() % 100 == 1) {
                        LOG.warn("Projection {}: {} of the store is repeated: {}", id, what, String.valueOf(failure));
                    }
                    context.setTimer(pause, due -> attempt(what, call, window, answer));
                }));
    }

    private static <T> void settle(Promise<T> answer, @Nullable T result, @Nullable Throwable failure) {
        if (failure == null) {
            answer.complete(result);
        } else {
            answer.fail(failure);
        }
    }
}
