/** Figures of a log, its streams, reader groups and pipelines for Micrometer. {@link io.strandline.metrics.LogMetrics} lists them. */
@NullMarked
package io.strandline.metrics;

import org.jspecify.annotations.NullMarked;
