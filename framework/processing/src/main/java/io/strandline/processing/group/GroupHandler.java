package io.strandline.processing.group;

import io.vertx.core.Future;

/**
 * Processes the events of a group on the context of its reader.
 *
 * <p>An event is processed when the future completes; only then comes the next of its partition. Events of other partitions
 * come meanwhile. A failed future is a failed delivery, and so is whatever it throws, an {@link Error} too, or null in
 * place of a future. A future that is not complete after {@link GroupOptions#getHandlerTimeoutMillis()} is one too, if the group
 * has that bound; what becomes of the future later is ignored.
 */
@FunctionalInterface
public interface GroupHandler<E> {

    /** Processes one event. A handler that is done when it returns gives {@link Future#succeededFuture()}, which costs nothing. */
    Future<?> handle(GroupEvent<E> event);
}
