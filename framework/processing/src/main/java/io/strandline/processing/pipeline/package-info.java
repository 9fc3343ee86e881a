/**
 * Pipelines: keyed computations over a stream whose state and outputs survive any crash exactly once. Public: an
 * application describes a {@link io.strandline.processing.pipeline.Pipeline}, deploys it, and holds a {@link
 * io.strandline.processing.pipeline.RunningPipeline}.
 *
 * <p>The package uses the API of the log and {@code spi} alone. What runs a pipeline is hidden in {@code impl} and found by {@link
 * io.strandline.processing.pipeline.Pipeline.Provider}.
 */
@NullMarked
package io.strandline.processing.pipeline;

import org.jspecify.annotations.NullMarked;
