package io.strandline.testkit.simulation;

import io.strandline.testkit.simulation.model.SentBatch;

/**
 * One batch on its way.
 *
 * @param lane the slot that it is for
 * @param batch the batch
 * @param endSeen what was known of the partition's end when it left
 */
record SentAttempt(WriterLane lane, SentBatch batch, long endSeen) {

    SentAttempt(WriterLane lane, SentBatch batch) {
        this(lane, batch, lane.partition.bounds().endSeen());
    }
}
