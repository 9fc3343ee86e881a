package io.strandline.impl;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.SubscriberNote;
import io.strandline.impl.transaction.LogCalls;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Supplier;

/** Checks the arguments of catalog calls and moves their futures to the caller's context. */
final class CallerCatalog implements Catalog {

    private final Catalog engine;
    private final LogCalls log;

    CallerCatalog(Catalog engine, LogCalls log) {
        this.engine = engine;
        this.log = log;
    }

    private <T> Future<T> onStream(String stream, Supplier<Future<T>> call) {
        return log.onCaller(() -> {
            StreamName.parse(stream);
            return call.get();
        });
    }

    private <T> Future<T> onScope(String scope, Supplier<Future<T>> call) {
        return log.onCaller(() -> {
            StreamName.requireValid("scope", scope);
            return call.get();
        });
    }

    @Override
    public Future<Boolean> createScope(String scope) {
        return onScope(scope, () -> {
            requireOwn(scope);
            return engine.createScope(scope);
        });
    }

    @Override
    public Future<Void> deleteScope(String scope) {
        return onScope(scope, () -> engine.deleteScope(scope));
    }

    @Override
    public Future<List<String>> scopes() {
        return log.onCaller(() -> engine.scopes().map(scopes -> scopes.stream()
                .filter(scope -> !scope.equals(StreamName.RESERVED_SCOPE))
                .toList()));
    }

    @Override
    public Future<StreamDescription> createStream(String stream, StreamOptions options) {
        StreamOptions copy = new StreamOptions(options);
        return onStream(stream, () -> {
            copy.validate();
            String scope = StreamName.parse(stream).scope();
            requireOwn(scope);
            if (!copy.isCreateScope()) {
                return engine.createStream(stream, copy);
            }
            copy.setCreateScope(false); // the engine compares and stores what belongs to the stream
            return engine.createScope(scope).compose(created -> engine.createStream(stream, copy));
        });
    }

    private static void requireOwn(String scope) {
        if (scope.equals(StreamName.RESERVED_SCOPE)) {
            throw new StrandlineException.Invalid("scope " + scope + " is reserved for Strandline's own streams");
        }
    }

    @Override
    public Future<StreamDescription> createReserved(String stream, StreamOptions options) {
        StreamOptions copy = new StreamOptions(options);
        return onStream(stream, () -> {
            copy.validate();
            if (!StreamName.parse(stream).isReserved()) {
                throw new StrandlineException.Invalid(
                        "stream " + stream + " is not in the reserved scope " + StreamName.RESERVED_SCOPE);
            }
            return engine.createReserved(stream, copy);
        });
    }

    @Override
    public Future<StreamDescription> describe(String stream) {
        return onStream(stream, () -> engine.describe(stream));
    }

    @Override
    public Future<List<StreamName>> streams(String scope) {
        return onScope(scope, () -> engine.streams(scope));
    }

    @Override
    public Future<Void> deleteStream(String stream) {
        return onStream(stream, () -> engine.deleteStream(stream));
    }

    @Override
    public Future<StreamCut> startCut(String stream) {
        return onStream(stream, () -> engine.startCut(stream));
    }

    @Override
    public Future<StreamCut> endCut(String stream) {
        return onStream(stream, () -> engine.endCut(stream));
    }

    @Override
    public Future<Long> stampsAheadMillis(String stream) {
        return onStream(stream, () -> engine.stampsAheadMillis(stream));
    }

    @Override
    public Future<Void> truncate(String stream, StreamCut before) {
        return onStream(stream, () -> engine.truncate(stream, before));
    }

    @Override
    public Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
        Set<Long> sealed = Set.copyOf(seal);
        List<KeyRange> opened = List.copyOf(open);
        return onStream(stream, () -> engine.scale(stream, sealed, opened));
    }

    @Override
    public Future<StreamDescription> sealStream(String stream) {
        return onStream(stream, () -> engine.sealStream(stream));
    }

    @Override
    public Future<Void> setScaling(String stream, ScalingPolicy policy) {
        return onStream(stream, () -> engine.setScaling(stream, policy));
    }

    @Override
    public Future<Void> setRetention(String stream, Retention retention) {
        return onStream(stream, () -> engine.setRetention(stream, retention));
    }

    @Override
    public Future<StreamPolicies> policies(String stream) {
        return onStream(stream, () -> engine.policies(stream));
    }

    @Override
    public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
        return onStream(stream, () -> engine.commitConsumed(stream, subscriber, consumed));
    }

    @Override
    public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
        return onStream(stream, () -> engine.forgetSubscriber(stream, subscriber));
    }

    @Override
    public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
        return onStream(stream, () -> engine.subscribers(stream));
    }

    @Override
    public Future<List<SubscriberNote>> subscriberNotes(String stream) {
        return onStream(stream, () -> engine.subscriberNotes(stream));
    }

    @Override
    public Future<Void> retireWriter(String stream, String writerId) {
        return onStream(stream, () -> engine.retireWriter(stream, writerId));
    }
}
