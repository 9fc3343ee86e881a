package io.strandline;

/**
 * Where an event stands.
 *
 * @param partition id of its partition
 * @param offset its offset there; for a duplicate the offset of the newest event that this writer has in the partition,
 *     which is the event itself unless the writer went on after it
 * @param duplicate true if the log had the event already and dropped the repeat
 */
public record Appended(long partition, long offset, boolean duplicate) {}
