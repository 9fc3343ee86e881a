package io.strandline.processing.group;

import io.vertx.core.Future;

/**
 * Processes the events of a group on the context of its reader.
 *
 * <p>An event is processed when the future completes; only then comes the next of its partition. Events of other partitions
 * come meanwhile. A failed future is a failed delivery, and so is whatever it throws, an {@link Error} too, or null in
 * place of a future.
 */
@FunctionalInterface
public interface GroupHandler<E> {

    /** Processes one event. A handler that is done when it returns gives {@link Future#succeededFuture()}, which costs nothing. */
    Future<?> handle(GroupEvent<E> event);
}
