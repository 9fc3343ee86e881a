package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.Decided;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.KeyRange;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.Transactions;
import io.strandline.Versioned;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.Pipeline;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The log as a run of a stage of one part of a pipeline has it: with a {@link PartCatalog}. */
record PartLog(Strandline whole, Catalog catalog) implements Strandline {

    /** The log for a run of a stage: as it is, unless that is of one part of a pipeline. */
    static Strandline of(Strandline log, Pipeline stage) {
        KeyRange keys = stage.topology().keys();
        return keys.equals(KeyRange.ALL) ? log : new PartLog(log, new PartCatalog(log.catalog(), stage.source(), keys));
    }

    /** The log itself. */
    static Strandline wholeOf(Strandline log) {
        return log instanceof PartLog part ? part.whole : log;
    }

    @Override
    public <E> Future<EventWriter<E>> createWriter(String stream, EventCodec<E> codec, WriterOptions options) {
        return whole.createWriter(stream, codec, options);
    }

    @Override
    public <E> Future<EventReader<E>> read(String stream, EventCodec<E> codec, ReaderOptions options) {
        return whole.read(stream, codec, options);
    }

    @Override
    public <E> Future<EventReader<E>> subscribe(String stream, EventCodec<E> codec, ReaderOptions options) {
        return whole.subscribe(stream, codec, options);
    }

    @Override
    public <E> Future<EventReader<E>> history(String stream, String key, EventCodec<E> codec, HistoryOptions options) {
        return whole.history(stream, key, codec, options);
    }

    @Override
    public <E, S> Future<Versioned<S>> fold(
            String stream, String key, EventCodec<E> codec, S initial, BiFunction<S, E, S> evolve) {
        return whole.fold(stream, key, codec, initial, evolve);
    }

    @Override
    public <E, S> Future<Decided<E, S>> decide(
            EventWriter<E> writer,
            EventCodec<E> codec,
            String key,
            S initial,
            BiFunction<S, E, S> evolve,
            Function<S, List<E>> decide) {
        return whole.decide(writer, codec, key, initial, evolve, decide);
    }

    @Override
    public Transactions transactions() {
        return whole.transactions();
    }

    @Override
    public Future<Void> close() {
        return whole.close();
    }
}
