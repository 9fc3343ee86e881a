package io.strandline;

/**
 * What the events of one key come to, and how far it is known.
 *
 * @param version how many events of the key it was computed from, 0 or more: those that the log still keeps, as {@link
 *     HistoryOptions} counts them
 * @param state what was computed
 * @param position up to where the key was looked at: its partition, and the offset after the last event that was seen there,
 *     whatever the keys of the events are. To be given to {@link EventWriter#appendIfUnchanged}
 */
public record Versioned<S>(long version, S state, StreamCut position) {}
