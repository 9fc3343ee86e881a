package io.strandline.sync;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.Missed;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to the store and back: gives each call a deadline, repeats appends that may have been taken, and completes on
 * the relay's context, always later than the call returns.
 */
final class StoreCalls {

    /** Repetitions of one append whose answers were lost. */
    static final int MAX_REPETITIONS = 16;

    private final ContextInternal context;
    private final RevisionStore store;
    private final StreamName name;
    private final StateSyncOptions options;
    private final Pace pace;

    StoreCalls(ContextInternal context, RevisionStore store, StreamName name, StateSyncOptions options, Pace pace) {
        this.context = context;
        this.store = store;
        this.name = name;
        this.options = options;
        this.pace = pace;
    }

    /** Appends; fails with Unknown only after repetitions, each the same append with the same ids. */
    Future<AppendAnswer> append(Position expected, List<Revision> next) {
        return append(expected, next, System.nanoTime(), 1);
    }

    Future<Missed> read(Position known) {
        return answered(
                () -> store.readSince(name, known),
                "read of " + name + " behind " + known,
                StrandlineException.Unavailable::new);
    }

    Future<Missed> readNews(Position known) {
        return answered(
                () -> store.readNews(name, known),
                "read of news of " + name + " behind " + known,
                StrandlineException.Unavailable::new);
    }

    Future<Boolean> compact(Revision snapshot) {
        return answered(
                () -> store.compact(name, snapshot),
                "snapshot of " + name + " at " + snapshot.position(),
                StrandlineException.Unknown::new);
    }

    Future<Watch> watch(Runnable news) {
        return answered(() -> store.watch(name, news), "watch of " + name, StrandlineException.Unavailable::new);
    }

    private Future<AppendAnswer> append(Position expected, List<Revision> next, long startNanos, int repetition) {
        return answered(
                        () -> store.append(name, expected, next),
                        "append to " + name + " behind " + expected + " of " + next.size() + " revisions",
                        StrandlineException.Unknown::new)
                .recover(failure -> {
                    if (!(failure instanceof StrandlineException.Unknown) || !mayRepeat(startNanos, repetition)) {
                        return Future.failedFuture(failure);
                    }
                    return pause(pace.pauseMillis(repetition))
                            .compose(go -> append(expected, next, startNanos, repetition + 1))
                            .recover(again -> Future.failedFuture(isUndone(again) ? failure : again));
                });
    }

    private boolean mayRepeat(long startNanos, int repetition) {
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
        return repetition <= MAX_REPETITIONS && millis < options.getAnswerTimeoutMillis();
    }

    /** Whether a failure says that nothing was done; said of a repetition, that tells nothing about the append before it. */
    private static boolean isUndone(Throwable failure) {
        return failure instanceof StrandlineException.Unavailable || failure instanceof StrandlineException.Overloaded;
    }

    private Future<Void> pause(long millis) {
        if (millis == 0) {
            return Future.succeededFuture();
        }
        Promise<Void> over = Promise.promise();
        context.setTimer(millis, fired -> over.complete());
        return over.future();
    }

    /** Brings an answer to the context, and fails it when it is late or of no known kind. */
    private <T> Future<T> answered(
            Supplier<Future<T>> call, String what, BiFunction<String, @Nullable Throwable, StrandlineException> lost) {
        Promise<T> here = Promise.promise();
        long millis = options.getAnswerTimeoutMillis();
        Future<T> answer = Attempt.of(call);
        long timer = answer.isComplete()
                ? -1
                : context.setTimer(
                        millis,
                        fired -> here.tryFail(lost.apply(what + " was not answered in " + millis + " ms", null)));
        answer.onComplete((result, failure) -> context.runOnContext(v -> {
            if (timer >= 0) {
                context.owner().cancelTimer(timer);
            }
            if (failure == null) {
                here.tryComplete(result);
            } else if (failure instanceof StrandlineException) {
                here.tryFail(failure);
            } else {
                here.tryFail(lost.apply(what + " failed: " + failure, failure));
            }
        }));
        return here.future();
    }
}
