package io.strandline.impl;

import io.strandline.Decided;
import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.Versioned;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One decision on the history of a key. It reads, decides and appends, and does all of it again if the key got an event
 * meanwhile. A refusal comes when that event is durable, so the next read sees it and no pause is needed.
 */
final class KeyDecision<E, S> {

    private final Supplier<Future<Versioned<S>>> fold;
    private final EventWriter<E> writer;
    private final String key;
    private final BiFunction<S, E, S> evolve;
    private final Function<S, List<E>> decide;

    /** @param fold reads the key as it is now */
    KeyDecision(
            Supplier<Future<Versioned<S>>> fold,
            EventWriter<E> writer,
            String key,
            BiFunction<S, E, S> evolve,
            Function<S, List<E>> decide) {
        this.fold = fold;
        this.writer = writer;
        this.key = key;
        this.evolve = evolve;
        this.decide = decide;
    }

    /** @param attempts how many may be made, 1 or more */
    Future<Decided<E, S>> make(int attempts) {
        return fold.get()
                .compose(this::decideOn)
                .recover(failure -> failure instanceof StrandlineException.Conflict && attempts > 1
                        ? make(attempts - 1)
                        : Future.failedFuture(failure));
    }

    private Future<Decided<E, S>> decideOn(Versioned<S> known) {
        Decided<E, S> decided;
        try {
            List<E> events = List.copyOf(decide.apply(known.state()));
            S after = known.state();
            for (E event : events) {
                after = evolve.apply(after, event);
            }
            decided = new Decided<>(known.version() + events.size(), after, events);
        } catch (Throwable e) { // an Error too: the caller waits for the future alone
            return Future.failedFuture(UserCode.refused(
                    "the decision on key " + key + " of " + writer.stream() + " after " + known.version()
                            + " events failed",
                    e));
        }
        return decided.hasAppended()
                ? writer.appendIfUnchanged(key, decided.events(), known.position())
                        .map(decided)
                : Future.succeededFuture(decided);
    }
}
