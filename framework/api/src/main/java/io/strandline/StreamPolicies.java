package io.strandline;

/**
 * What a stream does by itself, as it is set now.
 *
 * @param scaling how it scales, see {@link Catalog#setScaling}
 * @param retention what is kept of it, see {@link Catalog#setRetention}
 */
public record StreamPolicies(ScalingPolicy scaling, Retention retention) {}
