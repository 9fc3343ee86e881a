package io.strandline.client.impl;

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
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The catalog of a log in another process. */
final class TcpCatalog implements Catalog {

    private final TcpPort port;

    TcpCatalog(TcpPort port) {
        this.port = port;
    }

    @Override
    public Future<Boolean> createScope(String scope) {
        return port.call(Operations.CREATE_SCOPE, scope);
    }

    @Override
    public Future<Void> deleteScope(String scope) {
        return port.call(Operations.DELETE_SCOPE, scope).mapEmpty();
    }

    @Override
    public Future<List<String>> scopes() {
        return port.call(Operations.SCOPES, Nothing.NOTHING);
    }

    @Override
    public Future<StreamDescription> createStream(String stream, StreamOptions options) {
        return port.call(Operations.CREATE_STREAM, new Requests.CreateStream(StreamName.parse(stream), options));
    }

    @Override
    public Future<StreamDescription> createReserved(String stream, StreamOptions options) {
        return port.call(Operations.CREATE_RESERVED, new Requests.CreateStream(StreamName.parse(stream), options));
    }

    @Override
    public Future<StreamDescription> describe(String stream) {
        return port.call(Operations.DESCRIBE, StreamName.parse(stream));
    }

    @Override
    public Future<List<StreamName>> streams(String scope) {
        return port.call(Operations.STREAMS, scope);
    }

    @Override
    public Future<Void> deleteStream(String stream) {
        return port.call(Operations.DELETE_STREAM, StreamName.parse(stream)).mapEmpty();
    }

    @Override
    public Future<StreamCut> startCut(String stream) {
        return port.call(Operations.START_CUT, StreamName.parse(stream));
    }

    @Override
    public Future<StreamCut> endCut(String stream) {
        return port.call(Operations.END_CUT, StreamName.parse(stream));
    }

    @Override
    public Future<Long> stampsAheadMillis(String stream) {
        return port.call(Operations.STAMPS_AHEAD_MILLIS, StreamName.parse(stream));
    }

    @Override
    public Future<Void> truncate(String stream, StreamCut before) {
        return port.call(Operations.TRUNCATE, new Requests.Truncate(StreamName.parse(stream), before))
                .mapEmpty();
    }

    @Override
    public Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
        return port.call(Operations.SCALE, new Requests.Scale(StreamName.parse(stream), List.copyOf(seal), open));
    }

    @Override
    public Future<StreamDescription> sealStream(String stream) {
        return port.call(Operations.SEAL_STREAM, StreamName.parse(stream));
    }

    @Override
    public Future<Void> setScaling(String stream, ScalingPolicy policy) {
        return port.call(Operations.SET_SCALING, new Requests.SetScaling(StreamName.parse(stream), policy))
                .mapEmpty();
    }

    @Override
    public Future<Void> setRetention(String stream, Retention retention) {
        return port.call(Operations.SET_RETENTION, new Requests.SetRetention(StreamName.parse(stream), retention))
                .mapEmpty();
    }

    @Override
    public Future<StreamPolicies> policies(String stream) {
        return port.call(Operations.POLICIES, StreamName.parse(stream));
    }

    @Override
    public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
        return port.call(
                        Operations.COMMIT_CONSUMED,
                        new Requests.Consumed(StreamName.parse(stream), subscriber, consumed))
                .mapEmpty();
    }

    @Override
    public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
        return port.call(Operations.FORGET_SUBSCRIBER, new Requests.Named(StreamName.parse(stream), subscriber));
    }

    @Override
    public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
        return subscriberNotes(stream).map(notes -> {
            SortedMap<String, StreamCut> subscribers = new TreeMap<>();
            notes.forEach(note -> subscribers.put(note.subscriber(), note.consumed()));
            return subscribers;
        });
    }

    @Override
    public Future<List<SubscriberNote>> subscriberNotes(String stream) {
        return port.call(Operations.SUBSCRIBER_NOTES, StreamName.parse(stream));
    }

    @Override
    public Future<Void> retireWriter(String stream, String writerId) {
        return port.call(Operations.RETIRE_WRITER, new Requests.Named(StreamName.parse(stream), writerId))
                .mapEmpty();
    }
}
