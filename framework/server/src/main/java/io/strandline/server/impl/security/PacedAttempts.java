package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.server.security.Identity;
import io.strandline.spi.UserCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Attempts to prove who one is by a password, of callers whose address nobody knows. One is made at a time, by turns over the users that they
 * name. After one that was wrong, the next one waits three times as long as it took. So guesses cost at most a quarter of a core, and whoever
 * makes them delays the next caller. Who guesses for one user leaves places to callers of others. Who guesses for many may hold all places: then a
 * caller is refused with Overloaded, and has to ask again.
 *
 * <p>Callable from any thread. Attempts are made on a context of their own.
 */
final class PacedAttempts {

    /** How long the pause after a wrong attempt is, in times of the attempt. */
    private static final int PAUSE_RATIO = 3;

    private static final long MAX_PAUSE_MILLIS = 5_000;

    /** An authenticator of an application may never answer. */
    static final long MAX_ATTEMPT_MILLIS = 30_000;

    /** What one user may have of the attempts that wait: one in so many. */
    private static final int SHARE_OF_ONE = 10;

    /** Calls something after a time. */
    interface Pause {
        void then(long millis, Runnable next);
    }

    /** Calls something after a time, unless it is stopped before. */
    interface Bound {
        /** Begins the time. Gives what stops it. */
        Runnable after(long millis, Runnable late);
    }

    private record Attempt(Supplier<Future<Identity>> make, Promise<Identity> outcome) {}

    private final Context context;
    private final int most;
    private final LongSupplier nanoTime;
    private final Pause pause;
    private final Bound bound;

    /** By the user, in the order of their turns. */
    private final Map<String, ArrayDeque<Attempt>> waiting = new LinkedHashMap<>();

    private int count;
    private boolean isBusy;

    /** @param most attempts that wait */
    PacedAttempts(Context context, int most, LongSupplier nanoTime, Pause pause, Bound bound) {
        this.context = context;
        this.most = most;
        this.nanoTime = nanoTime;
        this.pause = pause;
        this.bound = bound;
    }

    /**
     * Makes an attempt when it has its turn. Completes on the caller's context, if there is one. Fails as the attempt does, with Overloaded
     * if too many wait, and with Unavailable if the attempt has not ended after {@value #MAX_ATTEMPT_MILLIS} ms.
     *
     * @param user whom the caller names
     */
    Future<Identity> make(String user, Supplier<Future<Identity>> attempt) {
        ContextInternal caller = ContextInternal.current();
        Promise<Identity> outcome = caller == null ? Promise.promise() : caller.promise();
        context.runOnContext(turned -> add(user, new Attempt(attempt, outcome)));
        return outcome.future();
    }

    private void add(String user, Attempt attempt) {
        ArrayDeque<Attempt> known = waiting.get(user);
        int ofUser = known == null ? 0 : known.size();
        if (count >= most || ofUser >= Math.max(1, most / SHARE_OF_ONE)) {
            attempt.outcome.fail(new StrandlineException.Overloaded(
                    count + " passwords wait to be compared, " + ofUser + " of them of this user"));
            return;
        }
        waiting.computeIfAbsent(user, none -> new ArrayDeque<>()).add(attempt);
        count++;
        goOn();
    }

    private void goOn() {
        if (isBusy || count == 0) {
            return;
        }
        Iterator<Map.Entry<String, ArrayDeque<Attempt>>> turns =
                waiting.entrySet().iterator();
        Map.Entry<String, ArrayDeque<Attempt>> turn = turns.next();
        turns.remove();
        Attempt next = turn.getValue().remove();
        if (!turn.getValue().isEmpty()) {
            waiting.put(turn.getKey(), turn.getValue());
        }
        count--;
        isBusy = true;
        long began = nanoTime.getAsLong();
        bounded(next.make)
                .onComplete((identity, failure) -> context.runOnContext(turned -> {
                    if (failure == null) {
                        next.outcome.complete(identity);
                    } else {
                        next.outcome.fail(failure);
                    }
                    if (failure instanceof StrandlineException.Unauthorized) {
                        long millis = PAUSE_RATIO * TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - began);
                        pause.then(Math.min(1 + millis, MAX_PAUSE_MILLIS), this::goFurther);
                    } else {
                        goFurther();
                    }
                }));
    }

    private Future<Identity> bounded(Supplier<Future<Identity>> attempt) {
        Promise<Identity> made = Promise.promise();
        Runnable stop = bound.after(
                MAX_ATTEMPT_MILLIS,
                () -> made.tryFail(new StrandlineException.Unavailable(
                        "a password was not compared within " + MAX_ATTEMPT_MILLIS + " ms")));
        made.future().onComplete(done -> stop.run());
        UserCode.future("authentication", attempt).onComplete((identity, failure) -> {
            if (failure == null) {
                made.tryComplete(identity);
            } else {
                made.tryFail(failure);
            }
        });
        return made.future();
    }

    private void goFurther() {
        isBusy = false;
        goOn();
    }
}
