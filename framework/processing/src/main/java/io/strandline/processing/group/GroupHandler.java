package io.strandline.processing.group;

import io.vertx.core.Future;

/**
 * Processes the events of a group on the context of its reader.
 *
 * <p>An event is processed when the future completes. Only then the next event of its partition comes, or of its key with {@link
 * GroupReaderOptions#setKeyConcurrency}. Events of other partitions come meanwhile. A failed future is a failed delivery. So is anything that the handler throws, an {@link
 * Error} too, and null in place of a future. If the group has that bound, a future that is not complete after {@link
 * GroupOptions#getHandlerTimeoutMillis()} is also a failed delivery, and its later result is ignored.
 */
@FunctionalInterface
public interface GroupHandler<E> {

    /** Processes one event. A handler that is done when it returns gives {@link Future#succeededFuture()}, which costs nothing. */
    Future<?> handle(GroupEvent<E> event);
}
