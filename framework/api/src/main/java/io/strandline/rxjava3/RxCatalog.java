package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
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
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/** {@link Catalog} for RxJava: each call is made when it is subscribed to. */
public final class RxCatalog {

    private final Catalog catalog;

    RxCatalog(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Creates a scope.
     *
     * @see Catalog#createScope
     */
    public Single<Boolean> createScope(String scope) {
        return Subscribed.single(() -> catalog.createScope(scope));
    }

    /**
     * Deletes an empty scope.
     *
     * @see Catalog#deleteScope
     */
    public Completable deleteScope(String scope) {
        return Subscribed.completable(() -> catalog.deleteScope(scope));
    }

    /** All scopes in ascending order. */
    public Single<List<String>> scopes() {
        return Subscribed.single(catalog::scopes);
    }

    /**
     * Creates a stream.
     *
     * @see Catalog#createStream
     */
    public Single<StreamDescription> createStream(String stream, StreamOptions options) {
        StreamOptions own = new StreamOptions(options);
        return Subscribed.single(() -> catalog.createStream(stream, own));
    }

    /** What the catalog knows about a stream. */
    public Single<StreamDescription> describe(String stream) {
        return Subscribed.single(() -> catalog.describe(stream));
    }

    /** All streams of a scope in ascending order. */
    public Single<List<StreamName>> streams(String scope) {
        return Subscribed.single(() -> catalog.streams(scope));
    }

    /**
     * Deletes a stream with all its events.
     *
     * @see Catalog#deleteStream
     */
    public Completable deleteStream(String stream) {
        return Subscribed.completable(() -> catalog.deleteStream(stream));
    }

    /** The first offset that is still kept in each partition. */
    public Single<StreamCut> startCut(String stream) {
        return Subscribed.single(() -> catalog.startCut(stream));
    }

    /** The offset of the next event in each partition. */
    public Single<StreamCut> endCut(String stream) {
        return Subscribed.single(() -> catalog.endCut(stream));
    }

    /**
     * How far its newest stamps are ahead of the clock, in milliseconds.
     *
     * @see Catalog#stampsAheadMillis
     */
    public Single<Long> stampsAheadMillis(String stream) {
        return Subscribed.single(() -> catalog.stampsAheadMillis(stream));
    }

    /**
     * Removes all events before the cut.
     *
     * @see Catalog#truncate
     */
    public Completable truncate(String stream, StreamCut before) {
        return Subscribed.completable(() -> catalog.truncate(stream, before));
    }

    /**
     * Seals partitions and opens others that take over their keys.
     *
     * @see Catalog#scale
     */
    public Single<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
        return Subscribed.single(() -> catalog.scale(stream, seal, open));
    }

    /**
     * Seals a stream: it takes no more events.
     *
     * @see Catalog#sealStream
     */
    public Single<StreamDescription> sealStream(String stream) {
        return Subscribed.single(() -> catalog.sealStream(stream));
    }

    /**
     * Changes how the stream scales by itself.
     *
     * @see Catalog#setScaling
     */
    public Completable setScaling(String stream, ScalingPolicy policy) {
        return Subscribed.completable(() -> catalog.setScaling(stream, policy));
    }

    /**
     * Changes what is kept of the stream.
     *
     * @see Catalog#setRetention
     */
    public Completable setRetention(String stream, Retention retention) {
        return Subscribed.completable(() -> catalog.setRetention(stream, retention));
    }

    /**
     * How the stream scales by itself and what is kept of it.
     *
     * @see Catalog#policies
     */
    public Single<StreamPolicies> policies(String stream) {
        return Subscribed.single(() -> catalog.policies(stream));
    }

    /**
     * Notes how far a subscriber has consumed the stream.
     *
     * @see Catalog#commitConsumed
     */
    public Completable commitConsumed(String stream, String subscriber, StreamCut consumed) {
        return Subscribed.completable(() -> catalog.commitConsumed(stream, subscriber, consumed));
    }

    /**
     * Forgets a subscriber.
     *
     * @see Catalog#forgetSubscriber
     */
    public Single<Boolean> forgetSubscriber(String stream, String subscriber) {
        return Subscribed.single(() -> catalog.forgetSubscriber(stream, subscriber));
    }

    /**
     * The subscribers of a stream and how far they have consumed it.
     *
     * @see Catalog#subscribers
     */
    public Single<SortedMap<String, StreamCut>> subscribers(String stream) {
        return Subscribed.single(() -> catalog.subscribers(stream));
    }

    /**
     * The subscribers of a stream with the time since each has noted something.
     *
     * @see Catalog#subscriberNotes
     */
    public Single<List<SubscriberNote>> subscriberNotes(String stream) {
        return Subscribed.single(() -> catalog.subscriberNotes(stream));
    }

    /**
     * Forgets a writer id.
     *
     * @see Catalog#retireWriter
     */
    public Completable retireWriter(String stream, String writerId) {
        return Subscribed.completable(() -> catalog.retireWriter(stream, writerId));
    }
}
