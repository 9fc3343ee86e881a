/**
 * Audits of a pipeline: the steps between two checkpoints are done again, and the states compared. Hidden.
 *
 * <p>It uses {@code handover}, {@code task}, {@code checkpoint}, {@code state} and the public package. The run of a stage uses it.
 */
@NullMarked
package io.strandline.processing.pipeline.impl.audit;

import org.jspecify.annotations.NullMarked;
