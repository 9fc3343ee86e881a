package io.strandline.processing.projection;

/**
 * What one member of a projection has done since it was opened.
 *
 * @param partitions partitions that it has now
 * @param events events that it has applied
 * @param replayed those of them that had been appended when it was opened
 * @param batches batches that it has applied, those without events included
 * @param repeated events that it has left out because the model had them already
 * @param refused batches that the store refused because the position was elsewhere
 * @param retries calls of the store that were made again after a transient failure
 * @param realigned how often it has set the group back to what the store has
 */
public record ProjectionStatistics(
        int partitions,
        long events,
        long replayed,
        long batches,
        long repeated,
        long refused,
        long retries,
        long realigned) {}
