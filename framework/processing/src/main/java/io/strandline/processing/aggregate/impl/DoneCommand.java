package io.strandline.processing.aggregate.impl;

/**
 * A command that appended events.
 *
 * @param id its id
 * @param version of the aggregate after it
 * @param partition the partition of its last event, {@link #UNPLACED} while its append is under way
 * @param offset the offset of its last event, or one after it
 */
record DoneCommand(String id, long version, long partition, long offset) {

    static final long UNPLACED = -1;

    boolean isPlaced() {
        return partition != UNPLACED;
    }
}
