/** Pipelines beside Kafka Streams: a running sum, windows in event time, and the restart of a killed one. */
@NullMarked
package io.strandline.benchmarks.pipeline;

import org.jspecify.annotations.NullMarked;
