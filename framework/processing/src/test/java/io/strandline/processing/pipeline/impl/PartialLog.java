package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.Decided;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
import io.strandline.KeyRange;
import io.strandline.ReaderOptions;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.SubscriberNote;
import io.strandline.Transactions;
import io.strandline.Versioned;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiFunction;
import java.util.function.Function;

/** A log and its catalog for a test that needs a part of them: what is not overridden throws. */
public abstract class PartialLog implements Strandline, Catalog {

    private static UnsupportedOperationException missing(String what) {
        return new UnsupportedOperationException("this log has no " + what);
    }

    @Override
    public Catalog catalog() {
        return this;
    }

    @Override
    public <E> Future<EventWriter<E>> createWriter(String stream, EventCodec<E> codec, WriterOptions options) {
        throw missing("writers");
    }

    @Override
    public <E> Future<EventReader<E>> read(String stream, EventCodec<E> codec, ReaderOptions options) {
        throw missing("finite reads");
    }

    @Override
    public <E> Future<EventReader<E>> subscribe(String stream, EventCodec<E> codec, ReaderOptions options) {
        throw missing("subscriptions");
    }

    @Override
    public <E> Future<EventReader<E>> history(String stream, String key, EventCodec<E> codec, HistoryOptions options) {
        throw missing("histories");
    }

    @Override
    public <E, S> Future<Versioned<S>> fold(
            String stream, String key, EventCodec<E> codec, S initial, BiFunction<S, E, S> evolve) {
        throw missing("folds");
    }

    @Override
    public <E, S> Future<Decided<E, S>> decide(
            EventWriter<E> writer,
            EventCodec<E> codec,
            String key,
            S initial,
            BiFunction<S, E, S> evolve,
            Function<S, List<E>> decide) {
        throw missing("decisions");
    }

    @Override
    public Transactions transactions() {
        throw missing("transactions");
    }

    @Override
    public Future<Void> close() {
        throw missing("end");
    }

    // ---- catalog

    @Override
    public Future<Boolean> createScope(String scope) {
        throw missing("scopes");
    }

    @Override
    public Future<Void> deleteScope(String scope) {
        throw missing("scopes");
    }

    @Override
    public Future<List<String>> scopes() {
        throw missing("scopes");
    }

    @Override
    public Future<StreamDescription> createStream(String stream, StreamOptions options) {
        throw missing("new streams");
    }

    @Override
    public Future<StreamDescription> describe(String stream) {
        throw missing("descriptions");
    }

    @Override
    public Future<List<StreamName>> streams(String scope) {
        throw missing("lists of streams");
    }

    @Override
    public Future<Void> deleteStream(String stream) {
        throw missing("deletion");
    }

    @Override
    public Future<StreamCut> startCut(String stream) {
        throw missing("cuts");
    }

    @Override
    public Future<StreamCut> endCut(String stream) {
        throw missing("cuts");
    }

    @Override
    public Future<StreamPolicies> policies(String stream) {
        throw missing("policies");
    }

    @Override
    public Future<Long> stampsAheadMillis(String stream) {
        throw missing("stamps");
    }

    @Override
    public Future<Void> truncate(String stream, StreamCut before) {
        throw missing("truncation");
    }

    @Override
    public Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
        throw missing("scaling");
    }

    @Override
    public Future<StreamDescription> sealStream(String stream) {
        throw missing("sealing");
    }

    @Override
    public Future<Void> setScaling(String stream, ScalingPolicy policy) {
        throw missing("scaling");
    }

    @Override
    public Future<Void> setRetention(String stream, Retention retention) {
        throw missing("retention");
    }

    @Override
    public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
        throw missing("subscribers");
    }

    @Override
    public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
        throw missing("subscribers");
    }

    @Override
    public Future<List<SubscriberNote>> subscriberNotes(String stream) {
        throw missing("subscribers");
    }

    @Override
    public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
        throw missing("subscribers");
    }

    @Override
    public Future<Void> retireWriter(String stream, String writerId) {
        throw missing("writers to retire");
    }
}
