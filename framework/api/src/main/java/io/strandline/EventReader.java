package io.strandline;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a stream, of some of its partitions, or of one key.
 *
 * <p>Within a partition, events come in the order of their offsets, each once and without a gap, unless the call that
 * made the reader says otherwise. Between partitions there is no order. Only durable events are seen. Delivery starts
 * when a handler is set, follows the demand of {@link #fetch(long)}, and runs on the context that created the reader.
 * Calls from elsewhere throw {@link IllegalStateException}.
 *
 * <p>When that context's verticle is undeployed, the reader is closed.
 *
 * <p>A reader of a stream continues in the partitions that replace sealed ones, unless {@link
 * ReaderOptions#setFollowScaling} says otherwise. It reads a sealed partition to its end before its successors, so events
 * of one key come in the order in which they were written.
 *
 * <p>A failure (an event that the codec cannot decode, {@link StrandlineException.Truncated}, {@link
 * StrandlineException.Corrupt}, a deleted stream) goes to the exception handler and stops the reader. {@link #position()}
 * then says where to continue.
 *
 * <p>A handler that throws, even an {@link Error}, has not processed its event, and the reader stops there. The exception
 * handler gets {@link StrandlineException.Invalid} with the offset, the key and the thrown exception as its cause. {@link
 * #position()} is the position of that event. Without an exception handler, Vert.x reports the failure.
 *
 * <p>A paused reader reports nothing, not even its end, until events are requested.
 */
public interface EventReader<E> extends ReadStream<EventRecord<E>> {

    /** The stream that is read. */
    StreamName stream();

    /**
     * For each partition, the offset after the last event that was handed to the handler. A partition that was read to
     * its end is named, at its end, until all its successors are begun. So another reader can continue from here without
     * a gap and without repeating an event.
     */
    StreamCut position();

    /**
     * Sets a handler for events that were removed before they were read, if {@link OnTruncated#SKIP} was chosen. A reader
     * that never skips never calls it.
     */
    default EventReader<E> truncationHandler(@Nullable Handler<Truncation> handler) {
        return this;
    }

    /** Stops reading. No handler is called afterwards. */
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
