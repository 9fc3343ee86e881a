package io.strandline.processing.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Single;
import io.strandline.EventCodec;
import io.strandline.StreamCut;
import io.strandline.processing.group.GroupLag;
import io.strandline.processing.projection.Projection;
import io.strandline.processing.projection.ProjectionId;
import io.strandline.processing.projection.ProjectionOptions;
import io.strandline.processing.projection.ProjectionStatistics;
import io.strandline.processing.projection.ProjectionStore;
import io.strandline.rxjava3.RxStrandline;
import io.strandline.sync.rxjava3.RxStateSync;
import io.vertx.core.Vertx;

/** {@link Projection} for RxJava: each call is made when it is subscribed to. */
public final class RxProjection {

    private final Projection projection;

    private RxProjection(Projection projection) {
        this.projection = projection;
    }

    /**
     * Opens a projection as one of the members that share its partitions.
     *
     * @see Projection#open(Vertx, io.strandline.Strandline, io.strandline.sync.StateSync, EventCodec, ProjectionStore,
     *     ProjectionOptions)
     */
    public static <E> Single<RxProjection> open(
            Vertx vertx,
            RxStrandline log,
            RxStateSync sync,
            EventCodec<E> codec,
            ProjectionStore<E> store,
            ProjectionOptions options) {
        ProjectionOptions own = new ProjectionOptions(options);
        return RxReaderGroup.single(() -> Projection.open(vertx, log.delegate(), sync.delegate(), codec, store, own))
                .map(RxProjection::new);
    }

    /**
     * Opens a projection that reads all partitions.
     *
     * @see Projection#open(Vertx, io.strandline.Strandline, EventCodec, ProjectionStore, ProjectionOptions)
     */
    public static <E> Single<RxProjection> open(
            Vertx vertx, RxStrandline log, EventCodec<E> codec, ProjectionStore<E> store, ProjectionOptions options) {
        ProjectionOptions own = new ProjectionOptions(options);
        return RxReaderGroup.single(() -> Projection.open(vertx, log.delegate(), codec, store, own))
                .map(RxProjection::new);
    }

    /** The projection itself. */
    public Projection delegate() {
        return projection;
    }

    /** Its name and version. */
    public ProjectionId id() {
        return projection.id();
    }

    /**
     * Lets this member apply nothing.
     *
     * @see Projection#pause
     */
    public Completable pause() {
        return RxReaderGroup.completable(projection::pause);
    }

    /**
     * Goes on after {@link #pause}.
     *
     * @see Projection#resume
     */
    public Completable resume() {
        return RxReaderGroup.completable(projection::resume);
    }

    /**
     * Completes when the model has every event before the cut.
     *
     * @see Projection#awaitPosition
     */
    public Completable awaitPosition(StreamCut cut) {
        return RxReaderGroup.completable(() -> projection.awaitPosition(cut));
    }

    /**
     * Completes when the model has every event that had been appended when this member was opened.
     *
     * @see Projection#caughtUp
     */
    public Completable caughtUp() {
        return RxReaderGroup.completable(projection::caughtUp);
    }

    /**
     * The number of events that are not in the model.
     *
     * @see Projection#lag
     */
    public Single<GroupLag> lag() {
        return RxReaderGroup.single(projection::lag);
    }

    /** What this member has done until now. */
    public ProjectionStatistics statistics() {
        return projection.statistics();
    }

    /**
     * Completes when this member has ended, or fails with the cause if it stopped by itself.
     *
     * @see Projection#ended
     */
    public Completable ended() {
        return RxReaderGroup.completable(projection::ended);
    }

    /**
     * Ends this member.
     *
     * @see Projection#close
     */
    public Completable close() {
        return RxReaderGroup.completable(projection::close);
    }

    /**
     * Ends this member and forgets the projection.
     *
     * @see Projection#drop
     */
    public Completable drop() {
        return RxReaderGroup.completable(projection::drop);
    }
}
