package io.strandline.log.impl.transaction;

import io.strandline.log.impl.state.TransactionWrite;
import io.vertx.core.Promise;
import java.util.List;

/**
 * Events of a committed transaction for one stream, on their way into the partitions.
 *
 * @param transaction id of the transaction
 * @param decision its place among the commits of its home shard, which is the sequence of its batches
 * @param writer number of the home shard's writer for the stream when it was written
 * @param writes the events, in the order of the writes
 * @param done completes when every event is in its partition, or the stream is gone
 */
record StreamPart(String transaction, long decision, long writer, List<TransactionWrite> writes, Promise<Void> done) {

    /** Bytes of its records. */
    long bytes() {
        return writes.stream().mapToLong(write -> write.records().length).sum();
    }
}
