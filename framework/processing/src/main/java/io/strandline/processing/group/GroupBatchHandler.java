package io.strandline.processing.group;

import io.vertx.core.Future;

/**
 * Processes the events of a group batch by batch, on the context of its reader.
 *
 * <p>A batch holds the events of its partition that have arrived, at most {@link GroupReaderOptions#getBatchEvents()}. Nothing
 * waits for a batch to become full. The events of a batch are processed when the future completes, and only then the next batch
 * of the partition comes. A batch without events comes where the group passed over some. So each position of a partition is in a
 * batch before the group commits it, except the position after an event that was skipped or parked: its batch comes after the
 * commit, and does not come here if the reader closes first.
 *
 * <p>If the future fails, if the handler throws or returns null, or takes longer than {@link
 * GroupOptions#getHandlerTimeoutMillis()}, each event of the batch comes again in a batch of its own. Those are deliveries as a
 * {@link GroupHandler} gets them: they are counted, repeated and decided by the group's {@link PoisonPolicy}. So a handler must
 * undo a failed batch, as the transaction of a database does. A handler that took too long may still work while the events of its
 * batch come again, to the same reader too. A batch without events is repeated as often, and then the reader stops with the cause.
 */
@FunctionalInterface
public interface GroupBatchHandler<E> {

    /** Processes one batch. A handler that is done when it returns gives {@link Future#succeededFuture()}. */
    Future<?> handle(GroupBatch<E> batch);
}
