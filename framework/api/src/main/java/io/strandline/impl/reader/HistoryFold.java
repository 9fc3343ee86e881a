package io.strandline.impl.reader;

import io.strandline.EventReader;
import io.strandline.StrandlineException;
import io.strandline.Versioned;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.BiFunction;

/** Computes a state from the events that a reader of one key hands over, on the reader's context. */
public final class HistoryFold<E, S> {

    private final EventReader<E> reader;
    private final BiFunction<S, E, S> evolve;
    private final Promise<Versioned<S>> folded = Promise.promise();
    private S state;
    private long version;

    private HistoryFold(EventReader<E> reader, S initial, BiFunction<S, E, S> evolve) {
        this.reader = reader;
        this.state = initial;
        this.evolve = evolve;
    }

    /** Folds what the reader hands over until it ends. To be called on its context. */
    public static <E, S> Future<Versioned<S>> of(EventReader<E> reader, S initial, BiFunction<S, E, S> evolve) {
        HistoryFold<E, S> fold = new HistoryFold<>(reader, initial, evolve);
        reader.exceptionHandler(fold.folded::tryFail)
                .endHandler(ended -> fold.ended())
                .handler(event -> fold.take(event.event()));
        return fold.folded.future();
    }

    private void take(E event) {
        S next = evolve.apply(state, event);
        if (next == null) {
            throw new StrandlineException.Invalid("a fold over a history gave no state after " + version + " events");
        }
        state = next;
        version++;
    }

    private void ended() {
        folded.tryComplete(new Versioned<>(version, state, reader.position()));
    }
}
