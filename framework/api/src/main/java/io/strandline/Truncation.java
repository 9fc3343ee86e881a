package io.strandline;

/**
 * Events that a reader would have read and that are no longer kept.
 *
 * @param stream their stream
 * @param partition id of their partition
 * @param from offset of the first
 * @param to offset after the last, where the reader continues. After a partition that is gone entirely, it continues with
 *     its successors
 */
public record Truncation(StreamName stream, long partition, long from, long to) {}
