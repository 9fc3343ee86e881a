package io.strandline;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a stream, of some of its partitions, or of one key.
 *
 * <p>Within a partition events come in the order of their offsets, each once and without a gap, unless the call that made
 * the reader says otherwise; between partitions no order holds. Only durable events are seen. Delivery starts when a handler is set, follows the demand of
 * {@link #fetch(long)}, and runs on the context that created the reader; calls from elsewhere throw
 * {@link IllegalStateException}.
 *
 * <p>When that context's verticle is undeployed, the reader is closed.
 *
 * <p>A reader of a stream goes on in the partitions that take over from sealed ones, unless {@link
 * ReaderOptions#setFollowScaling} says otherwise: it reads a sealed partition to its end before those, so events of one key
 * come in the order in which they were written.
 *
 * <p>A failure (an event that the codec cannot decode, {@link StrandlineException.Truncated},
 * {@link StrandlineException.Corrupt}, a deleted stream) goes to the exception handler and stops the reader;
 * {@link #position()} then says where to go on.
 *
 * <p>A handler that throws, an {@link Error} too, has not processed its event: the reader stops there. The exception handler
 * gets {@link StrandlineException.Invalid} with the offset, the key and what was thrown as its cause; {@link #position()} is
 * that event's. Without exception handler Vert.x reports it.
 *
 * <p>A paused reader tells nothing, not even its end, before something is asked for.
 */
public interface EventReader<E> extends ReadStream<EventRecord<E>> {

    /** The stream that is read. */
    StreamName stream();

    /**
     * For each partition the offset behind the last event that was handed to the handler. A partition that was read to its
     * end is named at its end until all partitions that took over from it are begun; so another reader goes on from here
     * without a gap and without repeating an event.
     */
    StreamCut position();

    /**
     * Is told of events that were removed before they were read, if {@link OnTruncated#SKIP} was chosen. A reader that never
     * skips never calls it.
     */
    default EventReader<E> truncationHandler(@Nullable Handler<Truncation> handler) {
        return this;
    }

    /** Stops reading; no handler is called afterwards. */
    Future<Void> close();

    @Override
    EventReader<E> handler(@Nullable Handler<EventRecord<E>> handler);

    @Override
    EventReader<E> exceptionHandler(@Nullable Handler<Throwable> handler);

    @Override
    EventReader<E> endHandler(@Nullable Handler<Void> handler);

    @Override
    EventReader<E> pause();

    @Override
    EventReader<E> resume();

    @Override
    EventReader<E> fetch(long amount);
}
