package io.strandline.processing.projection;

import io.vertx.core.Future;
import java.util.SortedMap;

/**
 * Where a read model and its positions are kept, together.
 *
 * <p>The store is what makes a projection exactly once. So it must hold these rules, across all processes that use it:
 *
 * <ol>
 *   <li>{@link #apply} changes the model and moves the position of the partition in one transaction: both or none.
 *   <li>It does so only if the position is {@link ProjectionBatch#from()}, and otherwise fails with {@link
 *       io.strandline.StrandlineException.Fenced} and changes nothing. A partition without position is at 0. Of two calls with one
 *       {@code from} at most one succeeds. That refuses the batch of a member that was believed dead, and the repeat of a batch
 *       whose answer was lost.
 *   <li>{@link #begin} is atomic, and changes nothing if the projection has any position.
 *   <li>Positions are kept until {@link #delete}, those of partitions that were read to their ends too.
 *   <li>{@link #positions} and a later {@code apply} see everything that was committed before.
 * </ol>
 *
 * <p>A failure of {@link io.strandline.StrandlineException#isTransient()} says that the store cannot serve for the moment, and
 * that the call may be made again: {@link io.strandline.StrandlineException.Unavailable} if nothing was changed, {@link
 * io.strandline.StrandlineException.Unknown} if perhaps something was. Any other failure of {@code apply} is one of the events.
 *
 * <p>Calls come on the context of the projection, one at a time for each partition, and at once for several partitions.
 *
 * @param <E> event
 */
public interface ProjectionStore<E> {

    /** Creates what the positions of a projection need, if it does not exist. Called before anything else of the projection. */
    Future<Void> open(ProjectionId projection);

    /** The position of every partition that has one: partition id → offset of the first event that is not in the model. */
    Future<SortedMap<Long, Long>> positions(ProjectionId projection);

    /** Stores where a projection begins, if it has no position yet. */
    Future<Void> begin(ProjectionId projection, SortedMap<Long, Long> positions);

    /** Applies the events and moves the position, or fails and does nothing. */
    Future<Void> apply(ProjectionBatch<E> batch);

    /** Forgets the positions of a projection. Its model is the application's to drop. */
    Future<Void> delete(ProjectionId projection);
}
