package io.strandline.processing.aggregate;

/**
 * The state of one aggregate.
 *
 * @param state the fold over its events. The initial state if it has none
 * @param version number of its events
 */
public record AggregateState<S>(S state, long version) {}
