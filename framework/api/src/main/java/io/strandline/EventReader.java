package io.strandline;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a stream, of some of its partitions, or of one key.
 *
 * <p>Within a partition, events come in the order of their offsets, each once and without a gap, unless the call that
 * made the reader says otherwise. Between partitions there is no order. Only durable events are seen. Delivery starts
 * when a handler is set, follows the demand of {@link #fetch(long)}, and runs on the context that created the reader.
 * Calls from elsewhere throw {@link IllegalStateException}.
 *
 * <p>When that context's verticle is undeployed, the reader is closed as {@link #close} does.
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

    /**
     * Collects the events that are still to come in a list, in the order in which they are delivered. Completes when the
     * reader ends, and fails as {@link #collect} does.
     *
     * <p>All events are in memory at once. {@link ReaderOptions#setUntil} and {@link HistoryOptions#setLimit} bound them.
     */
    default Future<List<EventRecord<E>>> toList() {
        return collect(Collectors.toList());
    }

    /**
     * Collects the events that are still to come. Completes when the reader ends. Fails as the reader does, and with {@link
     * StrandlineException.Unavailable} if the reader is closed before its end, has stopped already, or its verticle is
     * undeployed. The reader's handlers are replaced.
     */
    @Override
    default <R, A> Future<R> collect(Collector<EventRecord<E>, A, R> collector) {
        return ReadStream.super.collect(collector);
    }

    /**
     * Writes the events that are still to come to another stream and ends it. Fails as the reader or the other stream does,
     * and with {@link StrandlineException.Unavailable} if the reader is closed before its end, has stopped already, or its
     * verticle is undeployed. A reader that is closed ends no other stream.
     */
    @Override
    default Future<Void> pipeTo(WriteStream<EventRecord<E>> destination) {
        return ReadStream.super.pipeTo(destination);
    }

    /**
     * Offers the events that are still to come to one subscriber by the rules of Reactive Streams. Reactor, Mutiny and
     * RxJava take such a publisher.
     *
     * <p>{@link Flow.Publisher#subscribe}, {@link Flow.Subscription#request} and {@link Flow.Subscription#cancel} may be
     * called from any thread. All signals come one after the other on the context that created the reader. A request
     * becomes the reader's demand, and a cancellation closes the reader. The reader's end is {@code onComplete}, and needs
     * no request. {@code onError} gets what stops the reader, {@link StrandlineException.Unavailable} if the reader is
     * closed, has stopped already, or its verticle is undeployed, and {@link IllegalArgumentException} after a request of
     * fewer than one event. A subscriber that throws is cancelled, and Vert.x reports what it threw.
     *
     * <p>A second subscriber gets {@link IllegalStateException}. The reader's handlers are replaced when the subscriber
     * comes, and no event is read before that.
     */
    Flow.Publisher<EventRecord<E>> asPublisher();

    /**
     * Stops reading. No handler is called afterwards. The futures of {@link #collect}, {@link #toList} and {@link #pipeTo}
     * and the subscriber of {@link #asPublisher} fail if the reader has not ended.
     */
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
