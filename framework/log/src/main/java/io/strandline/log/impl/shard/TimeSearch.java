package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Executor;

/**
 * Finds the first event of a partition that is stamped at or after a time. Stamps never decrease within a partition, so
 * every step halves the rest: sections by their last stamps, blocks by the last stamps in the section's index, and
 * batches. At most one index and one block are read. Nothing is read for events in memory.
 *
 * <p>Belongs to one shard and is called on its executor.
 */
final class TimeSearch {

    private final ShardState state;
    private final ChunkReader chunks;
    private final Executor executor;

    TimeSearch(ShardState state, ChunkReader chunks, Executor executor) {
        this.state = state;
        this.chunks = chunks;
        this.executor = executor;
    }

    /** See {@link io.strandline.spi.LogPort#offsetAt}. */
    Future<Long> offsetAt(long id, long stamp) {
        Promise<Long> promise = Promise.promise();
        search(id, stamp, promise);
        return promise.future();
    }

    private void search(long id, long stamp, Promise<Long> promise) {
        Partition partition = state.partition(id);
        if (partition == null) {
            promise.fail(state.gone(id));
            return;
        }
        int first = partition.sectionOfStamp(stamp);
        if (first == partition.sections().size()) {
            promise.complete(inMemory(partition, stamp));
            return;
        }
        ChunkSection section = partition.sections().get(first);
        chunks.offsetAt(section, stamp)
                .onComplete((offset, failure) -> executor.execute(() -> {
                    if (offset != null) {
                        // A truncation may cut through a section.
                        promise.complete(Math.max(offset, partition.startOffset()));
                    } else {
                        searchAgain(section, stamp, promise, failure);
                    }
                }));
    }

    private static long inMemory(Partition partition, long stamp) {
        int batch = partition.tail().indexOfStamp(stamp);
        return batch == partition.tail().size()
                ? partition.endOffset()
                : Math.max(partition.tail().baseOffset(batch), partition.startOffset());
    }

    /** A chunk that vanished during a read was truncated or dropped meanwhile. Then a later section is the first. */
    private void searchAgain(ChunkSection section, long stamp, Promise<Long> promise, Throwable failure) {
        Partition partition = state.partition(section.partition());
        if (partition == null || !partition.sections().contains(section)) {
            search(section.partition(), stamp, promise);
        } else if (failure instanceof StrandlineException) {
            promise.fail(failure);
        } else {
            promise.fail(new StrandlineException.Unavailable(
                    "the first event of partition " + section.partition() + " at or after " + stamp
                            + " cannot be looked for in chunk " + section.chunk(),
                    failure));
        }
    }
}
