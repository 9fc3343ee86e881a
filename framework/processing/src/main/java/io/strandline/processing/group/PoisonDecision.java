package io.strandline.processing.group;

import io.strandline.StreamName;

/**
 * What a group decided about an event that could not be processed.
 *
 * @param stream where it was read
 * @param partition id of its partition
 * @param offset its number there
 * @param attempts deliveries that were counted
 * @param policy {@link PoisonPolicy#SKIP} or {@link PoisonPolicy#PARK}
 * @param cause why it could not be processed, at most 200 characters
 */
public record PoisonDecision(
        StreamName stream, long partition, long offset, int attempts, PoisonPolicy policy, String cause) {}
