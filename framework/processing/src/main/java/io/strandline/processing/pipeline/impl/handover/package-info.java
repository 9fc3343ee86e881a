/**
 * The tasks of a run together: which partitions of the source have one, the handover of state to the partitions that follow, and
 * answers that need several tasks. Hidden.
 *
 * <p>It uses {@code task}, {@code checkpoint} and the public package.
 */
@NullMarked
package io.strandline.processing.pipeline.impl.handover;

import org.jspecify.annotations.NullMarked;
