package io.strandline.log.impl.chunk;

/**
 * A section that holds what others held.
 *
 * @param fromOffset where the first of those began; the section may begin later, if what is before was truncated
 * @param section the section that takes their place
 */
public record Replacement(long fromOffset, ChunkSection section) {}
