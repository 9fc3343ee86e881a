package io.strandline.log.impl.state;

import io.strandline.ScalingPolicy;
import io.strandline.StreamName;

/**
 * How a stream was created and scales.
 *
 * @param stream the stream
 * @param partitions how many it was created with
 * @param policy how it scales by itself
 */
public record ScalingSettings(StreamName stream, int partitions, ScalingPolicy policy) {}
