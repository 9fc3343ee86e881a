package io.strandline.sync;

/**
 * A state, and how old it may be: it was the newest one when the store was asked last, and nothing is known since.
 *
 * @param state the newest durable state that was heard of
 * @param millisAgo milliseconds since the store was asked; it may have answered with what was so up to {@link
 *     io.strandline.sync.spi.RevisionStore#LOOK_MILLIS} before
 */
public record Confirmed<S>(Revisioned<S> state, long millisAgo) {}
