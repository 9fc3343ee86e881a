package io.strandline.server.impl.subscription;

import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StreamName;
import java.util.Set;

/**
 * What a subscription reads.
 *
 * @param stream the stream
 * @param from where it begins
 * @param partitions ids of the partitions to read. None for all
 * @param readAheadBytes bytes that it holds of events for which it has no credit, or one batch of the log if that is more
 * @param maxBatchBytes bytes of events after which a batch is handed over, or one event if that is more
 */
public record Wanted(
        StreamName stream, StartPosition from, Set<Long> partitions, int readAheadBytes, int maxBatchBytes) {

    /** Most events of a batch. */
    static final int MAX_BATCH_EVENTS = 1_000;

    ReaderOptions readerOptions() {
        return new ReaderOptions().setFrom(from).setPartitions(partitions).setReadAheadBytes(readAheadBytes);
    }
}
