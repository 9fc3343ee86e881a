/**
 * Projections: read models that an application keeps in its own store.
 *
 * <p>{@link io.strandline.processing.projection.Projection} runs one on a log, over a {@link
 * io.strandline.processing.projection.ProjectionStore}. {@link io.strandline.processing.projection.FoldedState} is such a store in
 * memory. What runs a projection is hidden in {@code impl} and found by {@link
 * io.strandline.processing.projection.ProjectionProvider}.
 */
@NullMarked
package io.strandline.processing.projection;

import org.jspecify.annotations.NullMarked;
