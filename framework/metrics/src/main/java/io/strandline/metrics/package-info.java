/** Figures of a log and of reader groups for Micrometer. {@link io.strandline.metrics.LogMetrics} lists them. */
@NullMarked
package io.strandline.metrics;

import org.jspecify.annotations.NullMarked;
