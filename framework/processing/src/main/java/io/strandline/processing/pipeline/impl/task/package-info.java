/**
 * The tasks of a pipeline: one verticle per partition of the source with the state of its keys, and the handover of
 * state to the partitions that follow. Hidden.
 *
 * <p>It uses {@code checkpoint} and the public package.
 */
@NullMarked
package io.strandline.processing.pipeline.impl.task;

import org.jspecify.annotations.NullMarked;
