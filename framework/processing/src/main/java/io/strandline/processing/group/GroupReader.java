package io.strandline.processing.group;

import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.Truncation;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One reader of a {@link ReaderGroup}: processes the events of the partitions that are its share.
 *
 * <p>It is no {@link io.vertx.core.streams.ReadStream}, because the handler of a stream returns nothing, and an event of a
 * group is processed only when the future of its {@link GroupHandler} completes. Redelivery, commits and the hand-over of
 * partitions follow from that future, so neither the return of a handler nor demand could say what may be committed.
 *
 * <p>Events of a partition come in the order of their offsets. The next event comes when the handler is done with the one
 * before. With {@link GroupReaderOptions#setKeyConcurrency} that holds for the events of each key. Each event is processed at least once. After a crash the events since the last commit come again, at most
 * {@link GroupOptions#getMaxUncommittedEvents()} of a partition. When partitions move between living readers no event
 * comes again, unless the group is reset. With a key concurrency, those of other keys that were processed after an event that still
 * fails come again too.
 *
 * <p>It belongs to the context on which it joined: handlers run there, and calls from elsewhere throw {@link
 * IllegalStateException}. When that context's verticle is undeployed, the reader leaves. While the store of the group's
 * state is unavailable, the reader goes on for the length of a lease. Then it delivers nothing until it hears from the
 * group again.
 *
 * @param <E> event of the streams
 */
public interface GroupReader<E> {

    /** Its name in the group. */
    String name();

    /**
     * Begins to take partitions and to process their events.
     *
     * @throws IllegalStateException if a handler is set already
     */
    GroupReader<E> handler(GroupHandler<E> handler);

    /**
     * As {@link #handler}, with events in batches.
     *
     * @throws IllegalStateException if a handler is set already
     * @throws io.strandline.StrandlineException.Invalid if the reader has a key concurrency of more than 1
     */
    GroupReader<E> batchHandler(GroupBatchHandler<E> handler);

    /**
     * Called when events were removed before the group had read them. To be set before {@link #handler}. Anything that it
     * throws is logged, and the reader goes on.
     */
    GroupReader<E> truncationHandler(@Nullable Handler<Truncation> handler);

    /**
     * Called for each checkpoint of the group, between two events. No event is at the handler. All events before the cuts
     * were processed by this reader or an earlier one, and no event after the cuts was processed by this one. Nothing is
     * delivered until the future completes, so this is where an application stores the data that belongs to the
     * checkpoint. It may be called again for the same checkpoint if the group did not hear of the first time. A failure,
     * an exception or null abandons the checkpoint. To be set before {@link #handler}.
     */
    GroupReader<E> boundaryHandler(@Nullable Function<Boundary, Future<?>> handler);

    /**
     * Called when a partition has come to the reader, before any of its events is delivered. No event of the partition is
     * delivered until the future completes, so this is where an application loads the data that belongs to the partition.
     * Other partitions go on meanwhile. The partition stays with the reader until then, and {@link #close} waits as for an
     * event at the handler. {@link GroupOptions#getHandlerTimeoutMillis()} does not apply.
     *
     * <p>A failure, an exception or null stops the reader with that cause, because it cannot serve the partition. If the
     * partition is gone by then, the failure is logged, and the reader goes on. To be set before {@link #handler}.
     */
    GroupReader<E> partitionGainedHandler(@Nullable Function<Gained, Future<?>> handler);

    /**
     * Called when a partition is no longer the reader's, once for each time that the reader has gained it: after the future
     * of {@link #partitionGainedHandler} and of the last event of the partition have completed, and after the last commit.
     * It also comes before the partition is gained again and before {@link #ended} completes. A handler that was given up
     * after {@link GroupOptions#getHandlerTimeoutMillis()} counts as done, and so do all handlers when {@link #close} has
     * waited a lease for them.
     *
     * <p>Another reader may have the partition already. Nothing waits for the call, so data that the next reader needs is
     * to be stored before an event's future completes. Anything that it throws is logged, and the reader goes on. To be set
     * before {@link #handler}.
     */
    GroupReader<E> partitionLostHandler(@Nullable Handler<Lost> handler);

    /**
     * Delivers nothing until {@link #resume}, except events before one that was delivered already, of a reader with a key concurrency.
     * Partitions stay with the reader.
     */
    GroupReader<E> pause();

    GroupReader<E> resume();

    /** A copy of the group options that it uses now. */
    GroupOptions options();

    /** For each partition that it has, the offset up to which it has processed all events. */
    SortedMap<StreamName, StreamCut> position();

    /**
     * Commits the positions now. When the future completes, no event before them comes again after a crash. Fails with
     * {@link io.strandline.StrandlineException.Fenced} if the group considered this reader dead.
     */
    Future<Void> commit();

    /**
     * Completes when the reader has left, or the group has come to its end. Fails with the cause if the reader stopped by
     * itself: {@link PoisonEventException}, Fenced, NotFound for a deleted stream or group, or the failure of a read.
     */
    Future<Void> ended();

    /**
     * Stops when the events at the handler, and those before them, are done, commits, and gives its partitions to the others. It waits at most a
     * lease for those events. Until then nobody else gets the partitions. Completes in every case. If the group could not
     * be notified, it learns of it when the lease ends.
     */
    Future<Void> close();

    /**
     * A partition that has come to a reader.
     *
     * @param stream its stream
     * @param partition its id
     * @param offset of the first event that comes, unless it was removed or is filtered
     */
    record Gained(StreamName stream, long partition, long offset) {}

    /**
     * A partition that is no longer a reader's.
     *
     * @param stream its stream
     * @param partition its id
     * @param offset after the last event that this reader has processed
     * @param loss why it is gone, and so whether the events before the offset come again
     */
    record Lost(StreamName stream, long partition, long offset, Loss loss) {}

    /** How a reader has lost a partition. */
    enum Loss {
        /** The group has committed the offset. The next reader goes on there. */
        HANDED_OVER,
        /** The group has committed the end of the partition, or the end of the group in it. Its successors may come. */
        FINISHED,
        /**
         * The lease ended, the group was reset or deleted, or the hand-over is uncertain. Events from the last commit on
         * come again, here or elsewhere, and another reader may be at work with them already. After a reset, the group
         * goes on where it was reset to.
         */
        TAKEN
    }

    /**
     * A moment between two events of one reader.
     *
     * @param checkpoint name of the checkpoint that is taken
     * @param cuts where the reader is in each of its partitions
     */
    record Boundary(String checkpoint, SortedMap<StreamName, StreamCut> cuts) {

        public Boundary {
            cuts = Collections.unmodifiableSortedMap(new TreeMap<>(cuts));
        }
    }
}
