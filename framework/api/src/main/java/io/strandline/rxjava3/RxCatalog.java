package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.Catalog;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import java.util.List;

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
        return Subscribed.single(() -> catalog.createStream(stream, options));
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
     * Removes all events before the cut.
     *
     * @see Catalog#truncate
     */
    public Completable truncate(String stream, StreamCut before) {
        return Subscribed.completable(() -> catalog.truncate(stream, before));
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
