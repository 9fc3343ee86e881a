/**
 * One task of a pipeline: the verticle of a partition of the source, with its steps, the state of its keys, cuts, ticks and
 * failures. Hidden.
 *
 * <p>It uses {@code checkpoint}, {@code parking} and the public package.
 */
@NullMarked
package io.strandline.processing.pipeline.impl.task;

import org.jspecify.annotations.NullMarked;
