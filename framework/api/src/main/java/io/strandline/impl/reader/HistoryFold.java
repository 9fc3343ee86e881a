package io.strandline.impl.reader;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.Versioned;
import io.vertx.core.Future;
import java.util.function.BiFunction;
import java.util.stream.Collector;

/** Computes a state from the events that a reader of one key hands over, on the reader's context. */
public final class HistoryFold<E, S> {

    private final BiFunction<S, E, S> evolve;
    private S state;
    private long version;

    private HistoryFold(S initial, BiFunction<S, E, S> evolve) {
        this.state = initial;
        this.evolve = evolve;
    }

    /** Folds what the reader hands over until it ends. To be called on its context. */
    public static <E, S> Future<Versioned<S>> of(EventReader<E> reader, S initial, BiFunction<S, E, S> evolve) {
        Collector<EventRecord<E>, HistoryFold<E, S>, HistoryFold<E, S>> fold =
                Collector.of(() -> new HistoryFold<>(initial, evolve), HistoryFold::take, HistoryFold::neverMerged);
        return reader.collect(fold).map(folded -> new Versioned<>(folded.version, folded.state, reader.position()));
    }

    private void take(EventRecord<E> event) {
        S next = evolve.apply(state, event.event());
        if (next == null) {
            throw new StrandlineException.Invalid("a fold over a history gave no state after " + version + " events");
        }
        state = next;
        version++;
    }

    private HistoryFold<E, S> neverMerged(HistoryFold<E, S> other) {
        throw new IllegalStateException("events of one reader are collected one after the other");
    }
}
