package io.strandline.log.impl.chunk;

/**
 * A section that holds the events that others held.
 *
 * @param fromOffset where the first of those began. The section may begin later, if the events before it were truncated
 * @param section the section that takes their place
 */
public record Replacement(long fromOffset, ChunkSection section) {}
