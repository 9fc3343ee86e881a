package io.strandline.impl;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.SubscriberNote;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/** The catalog of a {@link FakePort}: it has one stream, and changes nothing by itself. */
final class FakeCatalog implements Catalog {

    private final FakePort port;

    FakeCatalog(FakePort port) {
        this.port = port;
    }

    @Override
    public Future<Boolean> createScope(String scope) {
        return port.call(() -> true);
    }

    @Override
    public Future<Void> deleteScope(String scope) {
        return port.call(() -> null);
    }

    @Override
    public Future<List<String>> scopes() {
        return port.call(() -> List.of(FakeStream.NAME.scope()));
    }

    @Override
    public Future<StreamDescription> createStream(String stream, StreamOptions options) {
        return port.call(port.fake::description);
    }

    @Override
    public Future<StreamDescription> describe(String stream) {
        return port.call(() -> {
            port.requireStream();
            return port.fake.description();
        });
    }

    @Override
    public Future<List<StreamName>> streams(String scope) {
        return port.call(() -> List.of(FakeStream.NAME));
    }

    @Override
    public Future<Void> deleteStream(String stream) {
        port.deleted = true;
        return port.call(() -> null);
    }

    @Override
    public Future<StreamCut> startCut(String stream) {
        return port.call(() -> {
            port.requireStream();
            return new StreamCut(FakeStream.NAME, port.fake.startOffsets());
        });
    }

    @Override
    public Future<StreamCut> endCut(String stream) {
        return port.call(() -> new StreamCut(FakeStream.NAME, port.fake.endOffsets()));
    }

    @Override
    public Future<StreamPolicies> policies(String stream) {
        return port.call(() -> new StreamPolicies(ScalingPolicy.fixed(), Retention.everything()));
    }

    @Override
    public Future<Long> stampsAheadMillis(String stream) {
        return port.call(() -> 0L);
    }

    @Override
    public Future<Void> truncate(String stream, StreamCut before) {
        return port.call(() -> {
            for (FakePartition part : port.parts()) {
                Long first = before.offsets().get(part.description.id());
                part.start = first == null ? part.start : Math.max(part.start, first);
            }
            return null;
        });
    }

    @Override
    public Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<StreamDescription> sealStream(String stream) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> setScaling(String stream, ScalingPolicy policy) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> setRetention(String stream, Retention retention) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<List<SubscriberNote>> subscriberNotes(String stream) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> retireWriter(String stream, String writerId) {
        return port.call(() -> null);
    }
}
