package io.strandline.processing.projection;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.internal.Implementation;
import io.strandline.processing.group.GroupLag;
import io.strandline.sync.StateSync;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * A running projection: keeps a read model in the application's own store from the events of a stream, each applied exactly once.
 *
 * <pre>{@code
 * Projection.open(vertx, log, sync, codec, store, new ProjectionOptions()
 *         .setName("shop/totals")
 *         .setGroup(new GroupOptions().setStreams("shop/orders")));
 * }</pre>
 *
 * <p><b>Exactly once.</b> The store changes the model and the position together, and only from the position where a batch begins
 * ({@link ProjectionStore}). A crash at any moment leaves both before a batch or both after it. The reader group that shares the
 * partitions among the members only says who reads what: where its positions and the store's differ, the store's count.
 *
 * <p><b>Order.</b> Batches of a partition are applied in order, one at a time, and those of different partitions at once. When
 * partitions are split or merged, the successors begin when the model has everything before them, so the events of a routing key
 * are applied in the order in which they were appended.
 *
 * <p><b>Failures.</b> A batch that fails is applied event by event. An event that fails is repeated and then, by {@link
 * io.strandline.processing.group.GroupOptions#getPoison}, stops this member with a {@link
 * io.strandline.processing.group.PoisonEventException}, is skipped or parked. A store that cannot serve is asked again for {@link
 * ProjectionOptions#getStoreTimeoutMillis()}, and then this member stops with the cause.
 *
 * <p><b>A new version.</b> To rebuild a model, open the projection with a higher version, whose store writes to tables of its own,
 * beside the one that runs. When {@link #caughtUp} completes, switch the readers of the model over, and {@link #drop} the old
 * version.
 *
 * <p>Any thread may call. Futures complete on the caller's context. The store is called on the context that opened the projection.
 */
public interface Projection {

    /** Most callers of one member that may wait for positions of partitions that it has. */
    int MAX_WAITING = 100_000;

    /**
     * Opens a projection on the current context, as one of the members that share its partitions. A new one begins where {@link
     * ProjectionOptions#getGroup()} says, and an existing one where its store is.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if an option is out of its bounds, and with what the group, the log or the
     * store fails with. What is opened in a verticle closes when that is undeployed, and otherwise with Vert.x, before the log.
     *
     * @param sync where the members agree on who reads what
     */
    static <E> Future<Projection> open(
            Vertx vertx,
            Strandline log,
            StateSync sync,
            EventCodec<E> codec,
            ProjectionStore<E> store,
            ProjectionOptions options) {
        return Implementation.of(ProjectionProvider.class)
                .open(vertx, log, sync, codec, store, new ProjectionOptions(options));
    }

    /**
     * As {@link #open(Vertx, Strandline, StateSync, EventCodec, ProjectionStore, ProjectionOptions)}, with one member that reads
     * all partitions: for a store of this process, such as {@link FoldedState}. Retention by consumption does not wait for it.
     */
    static <E> Future<Projection> open(
            Vertx vertx, Strandline log, EventCodec<E> codec, ProjectionStore<E> store, ProjectionOptions options) {
        return Implementation.of(ProjectionProvider.class)
                .open(vertx, log, null, codec, store, new ProjectionOptions(options));
    }

    /** Its name and version. */
    ProjectionId id();

    /** Lets this member apply nothing until {@link #resume}. Its partitions stay with it. Completes when no batch is begun any more. */
    Future<Void> pause();

    /** Goes on after {@link #pause}. */
    Future<Void> resume();

    /**
     * Completes when the model has every event before the cut, such as the position of an aggregate's outcome, so that a caller
     * reads what it has written. For partitions of another member that may take {@link
     * io.strandline.processing.group.GroupOptions#getCommitIntervalMillis()} longer.
     *
     * <p>Fails with Invalid for a cut of a stream that is not read, with NotFound for a partition that the stream never had, with
     * Overloaded if too many wait, and with Unavailable if this member ends before.
     */
    Future<Void> awaitPosition(StreamCut cut);

    /** Completes when the model has every event that had been appended when this member was opened. Fails as {@link #awaitPosition}. */
    Future<Void> caughtUp();

    /** The number of events that are not in the model, as far as the members have told the group. */
    Future<GroupLag> lag();

    /** What this member has done until now. */
    ProjectionStatistics statistics();

    /** Completes when this member has ended: after {@link #close}, or with the cause if it stopped by itself. */
    Future<Void> ended();

    /** Ends this member: batches at the store are finished, and other members go on. Calling it again has no effect. It never throws. */
    Future<Void> close();

    /**
     * Ends this member and forgets the projection: its group and its positions, so that opening it again begins at the beginning.
     * The model stays, except that a {@link FoldedState} has its initial state again. To be called when no other member runs.
     */
    Future<Void> drop();
}
