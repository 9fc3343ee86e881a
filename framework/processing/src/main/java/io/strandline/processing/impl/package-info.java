/**
 * What several of the ways to process events share: the stream of parked events, for groups and pipelines, reading until one has
 * had enough, and attempts within a bound, for aggregates too. Hidden.
 *
 * <p>The lowest room: it uses the API of the log alone, and knows no group, aggregate or pipeline.
 */
@NullMarked
package io.strandline.processing.impl;

import org.jspecify.annotations.NullMarked;
