package io.strandline;

/**
 * The place of an appended event.
 *
 * @param partition id of its partition
 * @param offset its offset in that partition. For a duplicate, the offset of this writer's newest event in the partition,
 *     which is the event itself unless the writer went on after it
 * @param duplicate true if the log already had the event and dropped the repeat
 */
public record Appended(long partition, long offset, boolean duplicate) {}
