package io.strandline.processing.group;

import io.strandline.EventRecord;
import io.strandline.StreamName;
import java.util.List;

/**
 * Successive events of one partition, as a group hands them to a {@link GroupBatchHandler}.
 *
 * @param stream where they were read
 * @param partition id of their partition
 * @param from offset after the batch before it, or where the reader began
 * @param to offset after the last event that the batch accounts for
 * @param records the events in the order of their offsets. Events between {@code from} and {@code to} that are missing here were
 *     passed over: a filter left them out, they were removed unread, or the group skipped or parked them. None if that is so for
 *     all of them
 * @param attempt which delivery this is of the only event, or of a batch without events, from 1. 1 for several events
 */
public record GroupBatch<E>(
        StreamName stream, long partition, long from, long to, List<EventRecord<E>> records, int attempt) {

    public GroupBatch {
        records = List.copyOf(records);
    }
}
