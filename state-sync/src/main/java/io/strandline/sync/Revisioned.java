package io.strandline.sync;

/**
 * A state and its revision.
 *
 * @param revision how many appends made it, 0 for the initial state
 */
public record Revisioned<S>(long revision, S state) {}
