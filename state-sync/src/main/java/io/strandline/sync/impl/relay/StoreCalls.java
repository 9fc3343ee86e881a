package io.strandline.sync.impl.relay;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.StoreAway;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to the store and back: gives each call a deadline, repeats what may have been taken or reached nobody, and
 * completes on the relay's context, always later than the call returns.
 */
final class StoreCalls {

    /** Longest pause between two attempts of a call that nobody answered, in milliseconds. */
    static final long MAX_REPEAT_PAUSE_MILLIS = 250;

    private final ContextInternal context;
    private final RevisionStore store;
    private final StreamName name;
    private final StateSyncOptions options;
    private final Pace pace;
    private final Set<Promise<Void>> pauses = new HashSet<>();
    private boolean patient = true;

    StoreCalls(ContextInternal context, RevisionStore store, StreamName name, StateSyncOptions options, Pace pace) {
        this.context = context;
        this.store = store;
        this.name = name;
        this.options = options;
        this.pace = pace;
    }

    /** An append that is not sent yet. */
    Appending appending(Position expected, List<Revision> next) {
        return new Appending(expected, next);
    }

    /** One append, with all attempts to make it. */
    final class Appending {

        private final Position expected;
        private final List<Revision> next;
        private final String what;
        private final Attempts attempts = new Attempts();

        private Appending(Position expected, List<Revision> next) {
            this.expected = expected;
            this.next = next;
            this.what = "append to " + name + " after " + expected + " of " + next.size() + " revisions";
        }

        /**
         * Sends it, possibly once more. What may have been taken, and what reached nobody, is repeated within the answer timeout, the
         * same append with the same ids. It fails with Unknown if any attempt may have been taken, and with Unavailable if none can
         * have been. If it completes with Full, {@link #outcome} says whether an earlier attempt may still be taken.
         */
        Future<AppendAnswer> send() {
            attempts.startNanos = System.nanoTime();
            return repeated(
                    () -> answered(() -> store.append(name, expected, next), what, StrandlineException.Unknown::new)
                            .compose(this::proven),
                    attempts);
        }

        /** An attempt that may have been taken is still possible while nothing follows the expected position. */
        private Future<AppendAnswer> proven(AppendAnswer answer) {
            if (answer instanceof AppendAnswer.Refused refused
                    && isDoubtful()
                    && refused.missed().newest().equals(expected)) {
                attempts.waitMillis = refused.waitMillis();
                return Future.failedFuture(new StrandlineException.Unknown(
                        what + " was refused for the turn of others, and an earlier attempt may still be taken"));
            }
            return Future.succeededFuture(answer);
        }

        /** Whether an attempt may have been taken, or may still be. */
        boolean isDoubtful() {
            return attempts.unknown != null;
        }

        /** The failure of all attempts together, when the last one was refused: Unknown if that says nothing of the others. */
        StrandlineException outcome(StrandlineException refusal) {
            StrandlineException unknown = attempts.unknown;
            return unknown == null
                    ? refusal
                    : new StrandlineException.Unknown(
                            unknown.getMessage() + "; a repeat was refused: " + refusal.getMessage(), refusal);
        }
    }

    /** Reads. Within the answer timeout, calls that reached nobody are retried. */
    Future<CatchUp> read(Position known) {
        String what = "read of " + name + " after " + known;
        return repeated(
                () -> answered(() -> store.readSince(name, known), what, StrandlineException.Unavailable::new),
                new Attempts());
    }

    Future<CatchUp> readNews(Position known) {
        return answered(
                () -> store.readNews(name, known),
                "read of news of " + name + " after " + known,
                StrandlineException.Unavailable::new);
    }

    Future<CatchUp> look(Position known) {
        return answered(
                () -> store.look(name, known),
                "look at " + name + " after " + known,
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

    /** Repeats nothing any more, and cuts the pauses short, or repeats again: whether anybody wants to wait. */
    void bePatient(boolean patient) {
        this.patient = patient;
        if (!patient) {
            List.copyOf(pauses).forEach(Promise::tryComplete);
        }
    }

    /** The attempts of one call. */
    private static final class Attempts {
        private long startNanos = System.nanoTime();
        private int failed;
        /** How long the store wants to be left alone before the next one. */
        private long waitMillis;
        /** The first attempt that may have been taken: no later refusal says that it was not. */
        private @Nullable StrandlineException unknown;

        long millis() {
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
        }
    }

    private <T> Future<T> repeated(Supplier<Future<T>> call, Attempts attempts) {
        return call.get().recover(failure -> {
            attempts.failed++;
            if (attempts.unknown == null && failure instanceof StrandlineException.Unknown first) {
                attempts.unknown = first;
            }
            boolean unanswered = failure instanceof StrandlineException.Unknown || StoreAway.isCauseOf(failure);
            long left = options.getAnswerTimeoutMillis() - attempts.millis();
            if (!unanswered || left <= 0 || !patient) {
                return Future.failedFuture(outcomeOf(attempts, failure));
            }
            long pause = Math.max(attempts.waitMillis, pace.repeatMillis(attempts.failed));
            attempts.waitMillis = 0;
            return pause(Math.min(left, pause)).compose(go -> repeated(call, attempts));
        });
    }

    private static Throwable outcomeOf(Attempts attempts, Throwable last) {
        if (attempts.failed == 1) {
            return last;
        }
        String all = "; the last of " + attempts.failed + " attempts in " + attempts.millis() + " ms failed";
        StrandlineException unknown = attempts.unknown;
        if (unknown != null) {
            return new StrandlineException.Unknown(unknown.getMessage() + all + ": " + last.getMessage(), last);
        }
        return last instanceof StrandlineException.Unavailable
                ? new StrandlineException.Unavailable(last.getMessage() + all, last)
                : last;
    }

    private Future<Void> pause(long millis) {
        if (millis == 0) {
            return Future.succeededFuture();
        }
        Promise<Void> over = Promise.promise();
        pauses.add(over);
        long timer = context.setTimer(millis, fired -> over.tryComplete());
        return over.future().onComplete(ended -> {
            pauses.remove(over);
            context.owner().cancelTimer(timer);
        });
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
