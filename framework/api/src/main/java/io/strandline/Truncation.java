package io.strandline;

/**
 * Events that a reader would have read and that are no longer kept.
 *
 * @param partition id of their partition
 * @param from offset of the first
 * @param to offset behind the last, where the reader goes on; behind a partition that is wholly gone it goes on with those
 *     that took over
 */
public record Truncation(long partition, long from, long to) {}
