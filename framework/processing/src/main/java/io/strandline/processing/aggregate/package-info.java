/**
 * Aggregates: domain objects that are a fold over their events.
 *
 * <p>{@link io.strandline.processing.aggregate.Aggregate} defines one, {@link io.strandline.processing.aggregate.Aggregates} runs it
 * on a log. What does so is hidden in {@code impl} and found by {@link io.strandline.processing.aggregate.AggregateProvider}.
 */
@NullMarked
package io.strandline.processing.aggregate;

import org.jspecify.annotations.NullMarked;
