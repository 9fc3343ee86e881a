package io.strandline.processing.group;

import io.strandline.StreamCut;
import io.strandline.StreamName;
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
 * <p>Events of a partition come in the order of their offsets, the next when the handler is done with the one before. Each
 * event is processed at least once: after a crash those since the last commit come again, at most {@link
 * GroupOptions#getMaxUncommittedEvents()} of a partition; when partitions move between living readers none does, unless the
 * group is reset.
 *
 * <p>It belongs to the context on which it joined: handlers run there, and calls from elsewhere throw {@link
 * IllegalStateException}. When that context's verticle is undeployed, the reader leaves. While the store of the group's state
 * cannot serve, the reader goes on for the length of a lease; then it delivers nothing until it hears from the group again.
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
     * Called when events were removed before the group had read them; to be set before {@link #handler}. What it throws is
     * logged, and the reader goes on.
     */
    GroupReader<E> truncationHandler(@Nullable Handler<SkippedEvents> handler);

    /**
     * Called for each checkpoint of the group, between two events: nothing is at the handler, everything before the cuts was
     * processed by this reader or an earlier one, nothing behind them by this one. Nothing is delivered until the future
     * completes, so this is where an application stores what belongs to the checkpoint. It may be called again for the same
     * checkpoint if the group did not hear of the first time. A failure, an exception or null gives the checkpoint up. To be set before {@link #handler}.
     */
    GroupReader<E> boundaryHandler(@Nullable Function<Boundary, Future<?>> handler);

    /** Delivers nothing until {@link #resume}; partitions stay with the reader. */
    GroupReader<E> pause();

    GroupReader<E> resume();

    /** The options of the group that it goes by now; a copy. */
    GroupOptions options();

    /** For each partition that it has, the offset behind the last event that it has processed. */
    SortedMap<StreamName, StreamCut> position();

    /**
     * Commits the positions now; when the future completes, no event before them comes again after a crash. Fails with {@link
     * io.strandline.StrandlineException.Fenced} if the group took this reader for dead.
     */
    Future<Void> commit();

    /**
     * Completes when the reader has left, or the group has come to its end; fails with the cause if the reader stopped by
     * itself: {@link PoisonEventException}, Fenced, NotFound for a deleted stream or group, or what reading failed with.
     */
    Future<Void> ended();

    /**
     * Stops when the events at the handler are done, for which it waits at most a lease, commits, and gives its partitions to
     * the others. Until then nobody else gets them. Completes in every case; if the group could not be told, the lease does.
     */
    Future<Void> leave();

    /**
     * A moment between two events of one reader.
     *
     * @param checkpoint name of the checkpoint that is taken
     * @param cuts where the reader stands in each of its partitions
     */
    record Boundary(String checkpoint, SortedMap<StreamName, StreamCut> cuts) {

        public Boundary {
            cuts = Collections.unmodifiableSortedMap(new TreeMap<>(cuts));
        }
    }
}
