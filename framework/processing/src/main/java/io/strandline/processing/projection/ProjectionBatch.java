package io.strandline.processing.projection;

import io.strandline.EventRecord;
import io.strandline.StreamName;
import java.util.List;

/**
 * Successive events of one partition, which are applied to a read model together.
 *
 * @param projection whose model it is
 * @param stream where the events were read
 * @param partition id of their partition
 * @param from the position of the model in the partition before the batch
 * @param to the position after it, greater than {@code from}
 * @param records the events in the order of their offsets, each at {@code from} or after it and before {@code to}. Those missing in
 *     between were filtered, removed unread, skipped or parked. None if that is so for all of them: the position moves all the same
 * @param replayBefore events before this offset are replayed
 */
public record ProjectionBatch<E>(
        ProjectionId projection,
        StreamName stream,
        long partition,
        long from,
        long to,
        List<EventRecord<E>> records,
        long replayBefore) {

    public ProjectionBatch {
        records = List.copyOf(records);
    }

    /**
     * True if the event had been appended when this member opened the projection. So what a model does besides its rows, such as
     * sending a mail, can be left out while it is built. After a crash, the last events before it are replayed once more.
     */
    public boolean isReplay(EventRecord<E> record) {
        return record.offset() < replayBefore;
    }
}
