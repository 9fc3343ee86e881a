package io.strandline.sync;

/**
 * A state, and how old it may be. It was the newest state when the store was last asked, and nothing is known since then.
 *
 * @param state the newest durable state that is known
 * @param millisAgo milliseconds since the store was asked. Its answer may have described a moment up to {@link
 *     io.strandline.sync.spi.RevisionStore#LOOK_MILLIS} before
 */
public record Confirmed<S>(Revisioned<S> state, long millisAgo) {}
