package io.strandline.processing.group.impl.state;

/**
 * How far a reader has processed a partition.
 *
 * @param partition id of the partition
 * @param claim number of the assignment under which it did
 * @param offset offset after the last event that it has finished
 * @param attempts deliveries of the event there that failed
 */
public record Progress(long partition, long claim, long offset, int attempts) {}
